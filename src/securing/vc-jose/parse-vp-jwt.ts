import { decodeBase64url } from '../../core/base64url.ts'
import { decodeUtf8 } from '../../core/bytes.ts'
import { encodeJcs } from '../../core/jcs.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { MAX_CHAIN_LINKS, VC_CONTEXT } from '../../model/credential.ts'
import { isDid } from '../../model/did.ts'
import { type MemberReader, readDocument } from '../../model/member-reader.ts'
import { accept, type Verdict } from '../../refusal.ts'
import { MAX_NONCE_BYTES, MIN_NONCE_BYTES } from '../http-signature/profile.ts'
import { type CompactJws, parseCompactJws } from './compact-jws.ts'
import {
  ENVELOPED_CREDENTIAL,
  MAX_AUDIENCE_CHARS,
  MAX_VP_JWT_BYTES,
  PRESENTATION,
  VC_JWT_URL,
  VC_SD_JWT_URL,
  VP_JWT_TYPE,
} from './presentation.ts'

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
  members.parsed('@context', (json) => isOnly(json, VC_CONTEXT), true)
  members.parsed('type', (json) => isOnly(json, PRESENTATION), true)
  const claims = {
    texts: members.list('verifiableCredential', { max: MAX_CHAIN_LINKS }, parseMember),
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

function isOnly(json: Json, item: string): true | undefined {
  return isJsonArray(json) && json.length === 1 && json[0] === item ? true : undefined
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

/** One credential: a token in an envelope, or the JSON of one with Data Integrity proofs, whose text is its JCS. */
function parseMember(json: Json): string | undefined {
  if (!isJsonObject(json)) return undefined
  return json.type === ENVELOPED_CREDENTIAL ? tokenIn(json) : decodeUtf8(encodeJcs(json))
}

function tokenIn(envelope: JsonObject): string | undefined {
  const { '@context': context, id, type: _, ...others } = envelope
  if (context !== VC_CONTEXT || typeof id !== 'string' || Object.keys(others).length > 0) return undefined
  const url = id.startsWith(VC_JWT_URL) ? VC_JWT_URL : VC_SD_JWT_URL
  const token = id.slice(url.length)
  const fits = id.startsWith(url) && token.includes('~') === (url === VC_SD_JWT_URL)
  return fits && !token.startsWith('{') ? token : undefined
}
