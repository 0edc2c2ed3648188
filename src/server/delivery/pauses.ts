import type { Random } from '../../core/clock.ts'

/**
 * After a failure: the first pause, doubled each time up to the last, in milliseconds; each is shortened at random by up to a half, so that
 * what failed together does not come back together. The last is how late somebody hears of a revocation who was away for long.
 */
export const FIRST_PAUSE_MS = 5_000
export const LAST_PAUSE_MS = 600_000

/** The longest that a receiver can ask for (`Retry-After`), in milliseconds. */
export const MAX_ASKED_PAUSE_MS = 3_600_000

/** How long to wait after so many failures, one after the other. @param askedMs What the receiver asked for at least. */
export function pauseAfter(failures: number, random: Random, askedMs = 0): number {
  const longest = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1))
  const [byte = 0] = random(1)
  return Math.max(Math.round(longest * (1 - byte / 512)), Math.min(askedMs, MAX_ASKED_PAUSE_MS))
}

/** Reads `Retry-After` (RFC 9110 §10.2.3), in milliseconds from now; what it is not, asks for nothing. */
export function askedPause(field: string | null, now: number): number {
  if (field === null) return 0
  const seconds = /^\d{1,9}$/.test(field) ? Number(field) * 1000 : Date.parse(field) - now
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0
}
