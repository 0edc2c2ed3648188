import { decodeBase64url } from '../../core/base64url.ts'
import type { Json } from '../../core/json.ts'
import { isDid } from '../../model/did.ts'
import { type MemberReader, readDocument } from '../../model/member-reader.ts'
import { accept, type Verdict } from '../../refusal.ts'
import { MAX_NONCE_BYTES, MIN_NONCE_BYTES } from '../http-signature/profile.ts'
import { type CompactJws, parseCompactJws } from './compact-jws.ts'
import { MAX_AUDIENCE_CHARS, MAX_VP_JWT_BYTES, VP_JWT_TYPE } from './presentation.ts'
import { readPresented } from './presented-credential.ts'

/** What a presentation token says. Nobody has checked its signature, nor its times. */
export interface PresentationClaims {
  /** The texts of the credentials, in the order of the token, which means nothing. */
  readonly texts: readonly string[]
  /** The DID that presents. */
  readonly issuer: string
  readonly audience: string
  /** Milliseconds since 1970. */
  readonly issuedAtMs: number
  readonly expiresAtMs: number
  /** What binds the token to one request, once: the digest of that in base64url, and 16 to 64 bytes. */
  readonly binding?: { readonly requestDigest: string; readonly nonce: Uint8Array }
}

export interface PresentationJwt extends PresentationClaims {
  readonly jws: CompactJws
}

/**
 * Reads a presentation secured as `vp+jwt` (docs/spec/06-presenting.md §2; VC-JOSE-COSE §3.1.2) as closed JSON. The
 * signature is not checked, and the credentials are not read: their texts are taken out.
 *
 * Linear in the length of the token, of at most {@link MAX_VP_JWT_BYTES}.
 *
 * @returns What {@link parseCompactJws} refuses; `limit_exceeded` beyond 8 credentials; else `malformed`.
 */
export function parseVpJwt(token: string): Verdict<PresentationJwt> {
  const jws = parseCompactJws(token, VP_JWT_TYPE, MAX_VP_JWT_BYTES)
  if (!jws.verified) return jws
  const claims = readDocument(jws.value.payload, readClaims)
  return claims.verified ? accept({ ...claims.value, jws: jws.value }) : claims
}

function readClaims(members: MemberReader): PresentationClaims {
  const claims = {
    texts: readPresented(members),
    issuer: members.text('iss', isDid),
    audience: members.text('aud', (text) => text !== '' && text.length <= MAX_AUDIENCE_CHARS),
    issuedAtMs: members.parsed('iat', parseSeconds, 0),
    expiresAtMs: members.parsed('exp', parseSeconds, 0),
  }
  if (!members.has('jti') && !members.has('requestDigest')) return claims
  const nonce = members.parsed('jti', parseNonce, new Uint8Array())
  const requestDigest = members.text('requestDigest', isDigest)
  return { ...claims, binding: { requestDigest, nonce } }
}

function parseSeconds(json: Json): number | undefined {
  const isDate = typeof json === 'number' && Number.isSafeInteger(json * 1000) && json >= 0
  return isDate && Number.isInteger(json) ? json * 1000 : undefined
}

function parseNonce(json: Json): Uint8Array | undefined {
  const nonce = typeof json === 'string' ? decodeBase64url(json) : undefined
  const fits = nonce !== undefined && nonce.length >= MIN_NONCE_BYTES && nonce.length <= MAX_NONCE_BYTES
  return fits ? nonce : undefined
}

function isDigest(text: string): boolean {
  return decodeBase64url(text)?.length === 32
}
