import { sha256Base64url } from '#crypto'
import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import type { PublicKey } from '../../core/crypto/port.ts'
import { isJsonObject, type JsonObject, member } from '../../core/json.ts'
import { isSigningJwk, parsePublicJwk } from '../../did/jwk.ts'
import { accept, type Refused, refuse, type Verdict } from '../../refusal.ts'
import { verifyCompactJws } from '../vc-jose/compact-jws.ts'
import { parseForeignJws } from '../vc-jose/foreign-jws.ts'
import { checkTimes } from '../vc-jose/jwt-claims.ts'
import type { SdJwtParts } from './sd-jwt.ts'

/** `typ` of a key binding (RFC 9901 §4.3). */
export const KEY_BINDING_TYPE = 'kb+jwt'

/** How old a key binding may be, in ms: as long as a token of docs/spec/06-presenting.md lives. */
const MAX_KEY_BINDING_AGE_MS = 300_000

/** Longest key binding, in bytes. Ours have about 600. */
const MAX_KEY_BINDING_BYTES = 4096

/** What a verifier has asked the holder for. Both are compared exactly. */
export interface KeyBindingRequest {
  /** Made for this one presentation. That it is used once is for the caller to see to. */
  readonly nonce: string
  /** The verifier, as it names itself. */
  readonly audience: string
}

/**
 * Checks that the holder has bound this very presentation to a request (RFC 9901 §7.3 step 5): `typ`, `aud`, `nonce`, an
 * `iat` of the last five minutes, `sd_hash` over exactly what was presented, and the signature of the key in `cnf`.
 *
 * @param payload The issuer's payload with what is disclosed of it: it names the holder's key.
 * @returns That key. `audience_mismatch` for another `aud`; `holder_proof_invalid` with the part at fault for all else.
 */
export async function verifyKeyBinding(
  { keyBinding, presented }: SdJwtParts,
  payload: JsonObject,
  request: KeyBindingRequest,
  now: number,
): Promise<Verdict<PublicKey>> {
  if (keyBinding === undefined) return invalid('keyBinding')
  const key = holderKeyOf(payload)
  if (key === undefined) return invalid('cnf')
  const jws = parseForeignJws(keyBinding, KEY_BINDING_TYPE, MAX_KEY_BINDING_BYTES)
  if (!jws.verified) return invalid(jws.refusal.dimension ?? 'keyBinding')
  const refused = checkClaims(jws.value.payload, sha256Base64url(presented), request, now)
  if (refused !== undefined) return refused
  const signed = await verifyCompactJws(jws.value, { key })
  return signed.verified ? accept(key) : invalid('signature')
}

/** The key that the issuer has bound the document to: `cnf.jwk` (RFC 7800 §3.2), of a type that we verify. */
export function holderKeyOf(payload: JsonObject): PublicKey | undefined {
  const confirmation = member(payload, 'cnf')
  const jwk = isJsonObject(confirmation) ? member(confirmation, 'jwk') : undefined
  if (!isJsonObject(jwk) || !isSigningJwk(jwk)) return undefined
  const key = parsePublicJwk(jwk)
  return key.verified ? key.value : undefined
}

function checkClaims(
  claims: JsonObject,
  presentedHash: string,
  { nonce, audience }: KeyBindingRequest,
  now: number,
): Refused | undefined {
  const { aud, iat, sd_hash } = claims
  if (typeof iat !== 'number' || iat * 1000 < now - MAX_KEY_BINDING_AGE_MS - CLOCK_SKEW_MS)
    return invalid('iat')
  const untimely = checkTimes(claims, now)
  if (untimely !== undefined) return invalid(untimely.refusal.dimension ?? 'iat')
  if (aud !== audience) return refuse('audience_mismatch', { dimension: 'aud' })
  if (claims.nonce !== nonce) return invalid('nonce')
  return sd_hash === presentedHash ? undefined : invalid('sd_hash')
}

function invalid(dimension: string): Refused {
  return refuse('holder_proof_invalid', { dimension })
}
