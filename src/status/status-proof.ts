import { encodeUtf8 } from '../core/bytes.ts'
import { isJsonObject, type JsonObject, parseStrictJson } from '../core/json.ts'
import type { DidDocument } from '../did/did-document.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import { accept, type Refused, refuse, type Verdict } from '../refusal.ts'
import { verifyDataIntegrity } from '../securing/data-integrity/verify.ts'
import { asStatusInvalid, statusInvalid } from './status-invalid.ts'
import type { StatusTrust } from './status-jws.ts'

/** A document that a status issuer proved. */
export interface StatusProof {
  /** Without `proof`. */
  readonly payload: JsonObject
  /** RFC 7638 thumbprint of the key that signed. */
  readonly keyThumbprint: string
  /** When the proof ends, in milliseconds since 1970; absent when it does not. */
  readonly expires?: number
}

/**
 * Reads a JSON document and checks that a key of the status issuer proves it, one that its document lists under
 * `assertionMethod` (docs/spec/05-status.md "Accepting status"). Nobody else's DID is resolved.
 *
 * There is exactly one proof: what is remembered of a list is remembered per key.
 *
 * @param maxBytes Longest text, in bytes.
 * @returns `did_unresolvable` when the status issuer's document cannot be had, `status_stale` when the proof has ended,
 *   else `status_invalid`.
 */
export async function openStatusProof(
  text: string,
  maxBytes: number,
  { statusIssuer, resolver, now, skewMs }: StatusTrust,
): Promise<Verdict<StatusProof>> {
  if (text.length > maxBytes || encodeUtf8(text).length > maxBytes) return statusInvalid('token')
  const json = parseStrictJson(text)
  if (!isJsonObject(json)) return refuse('status_invalid')
  const document = await resolver.resolve(statusIssuer)
  if (!document.verified) return refuse('did_unresolvable')
  const verified = await verifyDataIntegrity(json, {
    proofPurpose: 'assertionMethod',
    resolver: onlyOf(document.value),
    now,
    ...(skewMs !== undefined && { skewMs }),
  })
  if (!verified.verified) return asStatusRefusal(verified)
  const [proof, ...others] = verified.value.proofs
  if (proof === undefined || others.length > 0) return statusInvalid('proof')
  const { thumbprint, expires } = proof
  return accept({
    payload: verified.value.document,
    keyThumbprint: thumbprint,
    ...(expires !== undefined && { expires }),
  })
}

function asStatusRefusal(refused: Refused): Refused {
  switch (refused.refusal.code) {
    case 'expired':
      return refuse('status_stale', { dimension: 'proof.expires' })
    case 'signature_invalid':
      return statusInvalid('signature')
    default:
      return asStatusInvalid(refused)
  }
}

/** Knows one DID: whoever else signed is not asked for a key. */
function onlyOf(document: DidDocument): DidResolver {
  const stranger = refuse('key_not_authorized', { dimension: 'proof.verificationMethod' })
  return { resolve: (did) => (did === document.id ? accept(document) : stranger) }
}
