import { decodeBase64url, encodeBase64url } from '../core/base64url.ts'
import { decodeUtf8, encodeUtf8 } from '../core/bytes.ts'
import type { PublicKey } from '../core/crypto/port.ts'
import { encodePublicJwk } from '../core/crypto/public-jwk.ts'
import { isJsonObject, type JsonObject, parseStrictJson } from '../core/json.ts'
import { type Did, methodSpecificIdOf } from '../model/did.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { type DidDocument, singleKeyDocument } from './did-document.ts'
import { isSigningJwk, parsePublicJwk, thumbprintOf } from './jwk.ts'

/** The `did:jwk` of a public key, with the required members in lexicographic order. */
export function encodeDidJwk(key: PublicKey): Did {
  return `did:jwk:${encodeBase64url(encodeUtf8(JSON.stringify(encodePublicJwk(key))))}`
}

/**
 * Resolves a `did:jwk` of an Ed25519 or P-256 key. Synchronous and without I/O: the DID is the key.
 * A key whose `use`, `key_ops` or `alg` rules out signatures is listed under no relationship.
 *
 * @param did Begins with `did:jwk:`.
 * @returns `unsupported` for another key type; `malformed` when the text is not canonical base64url of strict JSON,
 * or the key is private or not a key.
 */
export function resolveDidJwk(did: Did): Verdict<DidDocument> {
  const jwk = readJwk(methodSpecificIdOf(did))
  if (jwk === undefined) return refuse('malformed', { dimension: 'jwk' })
  const key = parsePublicJwk(jwk)
  if (!key.verified) return key
  const document = singleKeyDocument({
    id: `${did}#0`,
    controller: did,
    key: key.value,
    thumbprint: thumbprintOf(key.value),
  })
  return accept(isSigningJwk(jwk) ? document : withoutRelationships(document))
}

function readJwk(text: string): JsonObject | undefined {
  const bytes = decodeBase64url(text)
  const json = bytes === undefined ? undefined : decodeUtf8(bytes)
  const value = json === undefined ? undefined : parseStrictJson(json)
  return isJsonObject(value) ? value : undefined
}

function withoutRelationships(document: DidDocument): DidDocument {
  return {
    ...document,
    authentication: [],
    assertionMethod: [],
    capabilityInvocation: [],
    capabilityDelegation: [],
  }
}
