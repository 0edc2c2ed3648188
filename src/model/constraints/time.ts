import type { Json } from '../../core/json.ts'
import type { ConstraintKind, TimeConstraint } from './constraint.ts'
import { offsetStandsUntil, zoneOffset } from './zone-offset.ts'

const MINUTES_PER_DAY = 24 * 60
const MINUTE_MS = 60_000
/** 1970-01-01 was a Thursday, ISO weekday 4. */
const EPOCH_WEEKDAY = 4

const CLOCK_TIME = /^(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)$/
/** Names of the IANA database; offsets like `+02:00` are not names. */
const ZONE = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/

/**
 * The request comes within hours of the day, on days of the week, on the clock of a zone (docs/spec/03-grants.md).
 * A window over midnight belongs to the day on which it starts.
 */
export const TIME: ConstraintKind<TimeConstraint> = {
  parse(members) {
    const days = members.list('days', { max: 7 }, parseDay)
    if (new Set(days).size !== days.length) members.fail('days')
    const from = members.parsed('from', parseClockTime, 0)
    const to = members.parsed('to', parseClockTime, MINUTES_PER_DAY)
    if (from === MINUTES_PER_DAY) members.fail('from')
    if (from === to) members.fail('to')
    return { kind: 'time', days, from, to, zone: members.text('zone', (text) => ZONE.test(text)) }
  },

  allows(window, request) {
    const minutes = localMinutes(window, request.now)
    if (minutes === undefined) return false
    const minute = modulo(minutes, MINUTES_PER_DAY)
    return covers(window, weekday(Math.floor(minutes / MINUTES_PER_DAY)), minute, minute + 1)
  },

  allowsUntil(window, { now }) {
    const minutes = localMinutes(window, now)
    if (minutes === undefined) return now
    const minute = modulo(minutes, MINUTES_PER_DAY)
    const days = window.from > window.to && minute >= window.from ? 1 : 0
    const left = days * MINUTES_PER_DAY + window.to - minute
    return Math.min((Math.floor(now / MINUTE_MS) + left) * MINUTE_MS, offsetStandsUntil(now))
  },

  concernsSame() {
    return true
  },

  subsumes(parent, child) {
    if (parent.zone !== child.zone) return false
    if (child.from < child.to) return child.days.every((day) => covers(parent, day, child.from, child.to))
    return child.days.every(
      (day) => covers(parent, day, child.from, MINUTES_PER_DAY) && covers(parent, nextDay(day), 0, child.to),
    )
  },
}

/** Whole minutes on the clock of the zone since its 1970-01-01T00:00. */
function localMinutes({ zone }: TimeConstraint, now: number): number | undefined {
  const offset = zoneOffset(zone, now)
  return offset === undefined ? undefined : Math.floor(now / MINUTE_MS) + offset
}

/** Whether the minutes `from` (inclusive) to `to` (exclusive) of one day all lie in the window. */
function covers(window: TimeConstraint, day: number, from: number, to: number): boolean {
  if (from === to) return true
  const startsToday = window.days.includes(day)
  if (window.from < window.to) return startsToday && window.from <= from && to <= window.to
  return (startsToday && window.from <= from) || (window.days.includes(previousDay(day)) && to <= window.to)
}

function weekday(daysSince1970: number): number {
  return modulo(daysSince1970 + EPOCH_WEEKDAY - 1, 7) + 1
}

function nextDay(day: number): number {
  return (day % 7) + 1
}

function previousDay(day: number): number {
  return day === 1 ? 7 : day - 1
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor
}

function parseDay(json: Json): number | undefined {
  return typeof json === 'number' && Number.isInteger(json) && json >= 1 && json <= 7 ? json : undefined
}

/** Minutes after midnight; `24:00` is the end of the day. */
function parseClockTime(json: Json): number | undefined {
  const match = typeof json === 'string' ? CLOCK_TIME.exec(json) : null
  if (match === null) return undefined
  const [, hour = '24', minute = '0'] = match
  return Number(hour) * 60 + Number(minute)
}
