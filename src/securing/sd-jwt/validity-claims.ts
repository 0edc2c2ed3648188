import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import { type JsonObject, member } from '../../core/json.ts'
import { type RefusalCode, type Refused, refuse } from '../../refusal.ts'

/**
 * Members at the top that decide whether a document holds (RFC 9901 §9.7, VC-JOSE-COSE §3.2.1). They cannot be hidden:
 * leaving one out would be the holder's way around it.
 */
export const VALIDITY_CLAIMS = [
  'iss',
  'exp',
  'nbf',
  'cnf',
  'issuer',
  'validFrom',
  'validUntil',
  'credentialStatus',
  'credentialSchema',
] as const

/** The NumericDates of a JWT (RFC 7519 §4.1): when each is wrong, and what that is called. */
const TIMES: readonly [claim: string, isWrong: (ms: number, now: number) => boolean, code: RefusalCode][] = [
  ['exp', (ms, now) => ms <= now - CLOCK_SKEW_MS, 'expired'],
  ['nbf', (ms, now) => ms > now + CLOCK_SKEW_MS, 'not_yet_valid'],
  ['iat', (ms, now) => ms > now + CLOCK_SKEW_MS, 'not_yet_valid'],
]

/**
 * Checks `exp`, `nbf` and `iat`, where they are present, within the skew of clocks.
 *
 * @param now Milliseconds since 1970.
 * @returns `undefined` when they hold; else `expired`, `not_yet_valid`, or `malformed` for what is no NumericDate.
 */
export function checkTimes(claims: JsonObject, now: number): Refused | undefined {
  for (const [dimension, isWrong, code] of TIMES) {
    const seconds = member(claims, dimension)
    if (seconds === undefined) continue
    if (typeof seconds !== 'number' || seconds < 0) return refuse('malformed', { dimension })
    if (isWrong(seconds * 1000, now)) return refuse(code, { dimension })
  }
  return undefined
}
