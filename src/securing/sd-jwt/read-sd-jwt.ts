import type { JsonObject } from '../../core/json.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import { type ForeignJws, parseForeignJws } from '../vc-jose/foreign-jws.ts'
import { applyDisclosures } from './apply-disclosures.ts'
import { type SdJwtParts, splitSdJwt } from './sd-jwt.ts'

/** Longest SD-JWT of any content, in bytes: a presentation of several credentials. */
export const MAX_SD_JWT_BYTES: number = 256 * 1024

/** Most disclosures of one SD-JWT: more than the claims of a large identity document. */
export const MAX_DISCLOSURES = 256

/** An SD-JWT that was read but whose signature nobody has checked. */
export interface ReadSdJwt {
  readonly parts: SdJwtParts
  readonly jws: ForeignJws
  /** What the issuer's payload says with what is disclosed of it. */
  readonly payload: JsonObject
}

/**
 * Reads an SD-JWT of any content (RFC 9901 §7.1, without the signature), with or without a key binding, which is not
 * looked at.
 *
 * @param typ Exact `typ` of the issuer's header.
 * @returns What {@link splitSdJwt}, {@link parseForeignJws} and {@link applyDisclosures} refuse.
 */
export function readSdJwt(text: string, typ: string): Verdict<ReadSdJwt> {
  if (text.length > MAX_SD_JWT_BYTES) return refuse('limit_exceeded', { dimension: 'token' })
  const parts = splitSdJwt(text, MAX_DISCLOSURES)
  if (!parts.verified) return parts
  const jws = parseForeignJws(parts.value.jws, typ, MAX_SD_JWT_BYTES)
  if (!jws.verified) return jws
  const payload = applyDisclosures(jws.value.payload, parts.value.disclosures)
  return payload.verified ? accept({ parts: parts.value, jws: jws.value, payload: payload.value }) : payload
}
