import type { Json } from '../core/json.ts'
import { type Did, didMethodOf, isDid } from './did.ts'

/** Stands for a DID that could not be read, in a result that is discarded. */
export const NO_DID: Did = 'did:key:'

/** `did:key` (multibase base58btc) and `did:jwk` (base64url): the DID is the key, nothing is resolved. */
const KEY_DID = /^did:(?:key:z[1-9A-HJ-NP-Za-km-z]+|jwk:[A-Za-z0-9_-]+)$/

/**
 * The DID of an owner, an agent or a run. Only methods whose DID is the key, so that verifying resolves nothing
 * that an attacker chose (docs/spec/01-roles.md).
 */
export function parseKeyDid(json: Json): Did | undefined {
  return typeof json === 'string' && isDid(json) && KEY_DID.test(json) ? json : undefined
}

/** The DID of an authority or a status issuer: those may be published on the web. */
export function parseServiceDid(json: Json): Did | undefined {
  if (typeof json !== 'string' || !isDid(json)) return undefined
  const method = didMethodOf(json)
  return method === 'web' || method === 'webvh' || KEY_DID.test(json) ? json : undefined
}
