import type { Json } from '../../core/json.ts'

const SECOND_MS = 1000
const DAY_MS = 86_400_000

/** Longest period of a limit, in milliseconds: a leap year. */
const MAX_PERIOD_MS: number = 366 * DAY_MS

/** From the longest, so that the first that divides a period writes it shortest. */
const UNITS: readonly (readonly [prefix: 'P' | 'PT', unit: string, ms: number])[] = [
  ['P', 'W', 7 * DAY_MS],
  ['P', 'D', DAY_MS],
  ['PT', 'H', 3600 * SECOND_MS],
  ['PT', 'M', 60 * SECOND_MS],
  ['PT', 'S', SECOND_MS],
]

/** One unit of fixed length; years and months have none. */
const PERIOD = /^(PT?)([1-9][0-9]{0,7})([A-Z])$/

/**
 * Reads the period of a limit: an ISO 8601 duration of one unit, `PT30S`, `PT15M`, `PT1H`, `P1D` or `P1W`, of at most
 * {@link MAX_PERIOD_MS} (docs/spec/03-grants.md "Counted limits").
 *
 * @returns Milliseconds.
 */
export function parsePeriod(json: Json): number | undefined {
  const match = typeof json === 'string' ? PERIOD.exec(json) : null
  if (match === null) return undefined
  const [, prefix, amount = '', letter] = match
  const unit = UNITS.find((one) => one[0] === prefix && one[1] === letter)
  const ms = unit === undefined ? Number.NaN : Number(amount) * unit[2]
  return ms <= MAX_PERIOD_MS ? ms : undefined
}

/** The shortest text of a period: `PT24H` was read, `P1D` is written. */
export function formatPeriod(ms: number): string {
  const [prefix, unit, unitMs] = UNITS.find((one) => ms % one[2] === 0) ?? ['PT', 'S', SECOND_MS]
  return `${prefix}${ms / unitMs}${unit}`
}

/** The window of a period that an instant lies in. Windows follow each other without a gap, the first from 1970-01-01T00:00Z. */
export interface Window {
  readonly number: number
  /** Milliseconds since 1970, exclusive. */
  readonly endsAt: number
}

export function windowAt(periodMs: number, now: number): Window {
  const number = Math.floor(now / periodMs)
  return { number, endsAt: (number + 1) * periodMs }
}

/**
 * Whether each window of `child` is made of whole windows of `parent`: what keeps to a maximum in the longer one keeps
 * to it in the shorter ones. No period is the longest window.
 */
export function isLongerWindow(parent: number | undefined, child: number | undefined): boolean {
  if (child === undefined) return true
  return parent !== undefined && child % parent === 0
}
