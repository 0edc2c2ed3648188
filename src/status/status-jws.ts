import type { JsonObject } from '../core/json.ts'
import { findVerificationMethod } from '../did/did-document.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import type { Did } from '../model/did.ts'
import { accept, type Refused, refuse, type Verdict } from '../refusal.ts'
import { parseCompactJws, verifyCompactJws } from '../securing/vc-jose/compact-jws.ts'
import { asStatusInvalid, statusInvalid } from './status-invalid.ts'

/** Who must have signed a list or a head, and when it is read. */
export interface StatusTrust {
  /** The one DID whose keys may sign; named by trust configuration, never by what is opened. */
  readonly statusIssuer: Did
  readonly resolver: DidResolver
  /** Milliseconds since 1970. */
  readonly now: number
  /** How far the signer's clock may be ahead, in milliseconds. Default 30 s. */
  readonly skewMs?: number
}

/** For what was signed at any time, and is compared rather than believed. */
export const WHENEVER: { readonly now: number; readonly skewMs: number } = {
  now: 0,
  skewMs: Number.POSITIVE_INFINITY,
}

/** The payload of a JWS that a status issuer signed. */
export interface StatusJws {
  readonly payload: JsonObject
  /** The JSON text that says it: its UTF-8 bytes are what was signed. */
  readonly payloadText: string
  /** RFC 7638 thumbprint of the key that signed: what is remembered of a list is remembered per key. */
  readonly keyThumbprint: string
}

/**
 * Parses a JWS and checks that a key of the status issuer signed it, one that its document lists under
 * `assertionMethod` (docs/spec/05-status.md "Accepting status").
 *
 * @param typ Exact `typ` of the header. @param maxBytes Longest token, in bytes.
 * @returns `did_unresolvable` when the status issuer's document cannot be had, `unsupported` when its keys are of an
 *   algorithm that is not wanted, else `status_invalid`.
 */
export async function openStatusJws(
  token: string,
  typ: string,
  maxBytes: number,
  { statusIssuer, resolver }: Pick<StatusTrust, 'statusIssuer' | 'resolver'>,
): Promise<Verdict<StatusJws>> {
  const jws = parseCompactJws(token, typ, maxBytes)
  if (!jws.verified) return asStatusInvalid(jws)
  const document = await resolver.resolve(statusIssuer)
  if (!document.verified) return ofIssuer(document)
  const method = findVerificationMethod(document.value, jws.value.kid, 'assertionMethod')
  if (!method.verified) return asStatusInvalid(method)
  const signed = await verifyCompactJws(jws.value, method.value)
  if (!signed.verified) return statusInvalid('signature')
  const { payload, payloadText } = jws.value
  return accept({ payload, payloadText, keyThumbprint: method.value.thumbprint })
}

/** Whatever else keeps a document away, keys of an algorithm that is kept out will not change by waiting. */
function ofIssuer(unresolved: Refused): Refused {
  return unresolved.refusal.dimension === 'algorithm'
    ? unresolved
    : { ...unresolved, ...refuse('did_unresolvable') }
}
