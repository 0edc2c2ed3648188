import { ProcuraError } from '../errors.ts'

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/
/** Where the fraction begins, or the zone. */
const SECONDS_END = 19
const MS_OF_400_YEARS = 146_097 * 86_400_000

/**
 * Reads an XML Schema `dateTimeStamp` (VCDM 2.0 §4.9: a time zone is required).
 *
 * Years 0000 and beyond 9999, there or in UTC, impossible days, hour 24 and leap seconds are refused. Digits beyond the
 * millisecond are cut.
 *
 * @returns Milliseconds since 1970, or `undefined` when the text is not such a date.
 */
export function parseDateTime(text: string): number | undefined {
  if (!DATE_TIME.test(text)) return undefined
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  if (year < 1 || hour > 23 || minute > 59 || second > 59) return undefined
  if (month < 1 || month > 12 || day < 1 || day > daysOf(month, year)) return undefined
  // Date.UTC reads the years 0 to 99 as 1900 to 1999; the calendar repeats every 400 years.
  const local = Date.UTC(year + 400, month - 1, day, hour, minute, second) - MS_OF_400_YEARS
  const offset = text.endsWith('Z') ? 0 : parseOffset(text.slice(-6))
  const ms = local + readFraction(text) - (offset ?? Number.NaN)
  return isWritable(ms) ? ms : undefined
}

/** The milliseconds of a second; what lies beyond is cut. */
function readFraction(text: string): number {
  if (text.charAt(SECONDS_END) !== '.') return 0
  let ms = 0
  for (let at = SECONDS_END + 1, unit = 100; isDigit(text, at) && unit >= 1; at++, unit /= 10)
    ms += digit(text, at) * unit
  return ms
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1)
}

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 0x30
}

function isDigit(text: string, at: number): boolean {
  const value = digit(text, at)
  return value >= 0 && value <= 9
}

function daysOf(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Milliseconds east of UTC, from `+01:00`. XML Schema allows offsets up to 14:00. */
function parseOffset(zone: string): number | undefined {
  const hours = twoDigits(zone, 1)
  const minutes = twoDigits(zone, 4)
  if (minutes > 59 || hours * 60 + minutes > 14 * 60) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

/** The last millisecond that {@link parseDateTime} reads back: 9999-12-31T23:59:59.999Z. */
export const MAX_DATE_TIME_MS = 253_402_300_799_999
/** 0001-01-01T00:00:00.000Z. */
const MIN_MS = -62_135_596_800_000

/** Whether a time has a form in UTC: an offset can lead out of the years that have. */
function isWritable(ms: number): boolean {
  return ms >= MIN_MS && ms <= MAX_DATE_TIME_MS
}

/**
 * The one form that Procura writes: UTC with milliseconds, `2026-11-22T09:00:00.000Z`.
 *
 * @param ms Milliseconds since 1970; a fraction is cut.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for NaN and for years that have no such form.
 */
export function formatDateTime(ms: number): string {
  if (!isWritable(ms)) {
    throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'a time must lie in the years 1 to 9999')
  }
  return new Date(ms).toISOString()
}
