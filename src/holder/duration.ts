import { ProcuraError } from '../errors.ts'

/** Milliseconds, or a whole number and a unit: `'30s'`, `'15m'`, `'24h'`, `'30d'`. */
export type Duration = number | `${number}${'s' | 'm' | 'h' | 'd'}`

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

/** Longest duration that is accepted: no delegation lives longer than a year. */
export const MAX_DURATION_MS: number = 366 * 86_400_000

/**
 * Reads a duration.
 *
 * @param name What the duration is for, as the caller wrote it; it leads the message of the error.
 * @returns Milliseconds, positive, at most {@link MAX_DURATION_MS}.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for any other form, zero, fractions and more than 366 days.
 */
export function parseDuration(duration: unknown, name = 'duration'): number {
  const ms = typeof duration === 'string' ? fromText(duration) : duration
  if (typeof ms === 'number' && Number.isSafeInteger(ms) && ms > 0 && ms <= MAX_DURATION_MS) return ms
  throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', `${name} must be ${ruleFor(duration, ms)}`)
}

/** The rule that it breaks: one that is too long has its form, so nothing is said of that. */
function ruleFor(duration: unknown, ms: unknown): string {
  if (typeof ms === 'number' && ms > MAX_DURATION_MS) return 'at most 366 days'
  const text = "a whole number with a unit, such as '30s', '15m', '24h' or '30d'"
  return typeof duration === 'string' ? text : `${text}, or a positive whole number of milliseconds`
}

function fromText(text: string): number | undefined {
  const [, amount, unit = ''] = /^([1-9]\d{0,9})([smhd])$/.exec(text) ?? []
  const unitMs = UNIT_MS.get(unit)
  return unitMs === undefined ? undefined : Number(amount) * unitMs
}
