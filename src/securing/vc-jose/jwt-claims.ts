import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import { type JsonObject, member } from '../../core/json.ts'
import { type RefusalCode, type Refused, refuse } from '../../refusal.ts'

/** Claims that a JWT may repeat beside the document that it carries (VC-JOSE-COSE §3.1.3, RFC 7519 §4.1). */
export const JWT_CLAIMS: readonly string[] = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'nonce', 'cnf']

/** The document that a payload is, without the claims beside it. */
export function documentOf(payload: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(payload).filter(([name]) => !JWT_CLAIMS.includes(name)))
}

/**
 * Checks that a payload is a document and does not hold one: the claims of the data model before 2.0 are not present
 * (VC-JOSE-COSE §3.1.3).
 *
 * @returns `undefined`, or `malformed` naming the claim.
 */
export function checkUnwrapped(payload: JsonObject): Refused | undefined {
  const dimension = ['vc', 'vp'].find((name) => Object.hasOwn(payload, name))
  return dimension === undefined ? undefined : refuse('malformed', { dimension })
}

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
