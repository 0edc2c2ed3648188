import type { PublicKey } from '../core/crypto/port.ts'
import type { JsonObject } from '../core/json.ts'
import type { Did, DidUrl } from '../model/did.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'

/** A key of a DID document that Procura can verify signatures with. */
export interface VerificationMethod {
  readonly id: DidUrl
  readonly controller: Did
  readonly key: PublicKey
  /** RFC 7638 thumbprint of the key as a JWK: SHA-256, base64url. The identity of the key, whatever names it. */
  readonly thumbprint: string
}

/** What a key may be used for (Controlled Identifiers 1.0 §2.3). */
export const VERIFICATION_RELATIONSHIPS = [
  'authentication',
  'assertionMethod',
  'capabilityInvocation',
  'capabilityDelegation',
] as const

export type VerificationRelationship = (typeof VERIFICATION_RELATIONSHIPS)[number]

/**
 * A DID document, reduced to what the protocol reads.
 *
 * `verificationMethods` has only keys of a type that Procura verifies. A relationship lists every method that the
 * document puts under it, those of other types (X25519, P-384, secp256k1) included: they are named, and unusable.
 */
export interface DidDocument extends Readonly<Record<VerificationRelationship, readonly string[]>> {
  readonly id: Did
  readonly verificationMethods: readonly VerificationMethod[]
  /** The service entries as they stand in the document; only a trusted authority's are read. */
  readonly services: readonly JsonObject[]
}

/**
 * Finds the key that `kid` names and that `document` authorises for `relationship`.
 *
 * The method must be listed under the relationship itself, lie under the document's DID and be controlled by it:
 * another controller would let one DID speak with the key of another.
 *
 * @param kid An absolute DID URL.
 * @returns `key_not_authorized`, or `unsupported` when the method is authorised but of a type that cannot be verified.
 */
export function findVerificationMethod(
  document: DidDocument,
  kid: string,
  relationship: VerificationRelationship,
): Verdict<VerificationMethod> {
  if (!kid.startsWith(`${document.id}#`)) return refuse('key_not_authorized', { dimension: 'kid' })
  if (!document[relationship].includes(kid)) {
    return refuse('key_not_authorized', { dimension: relationship })
  }
  const method = document.verificationMethods.find(({ id }) => id === kid)
  if (method === undefined) return refuse('unsupported', { dimension: 'verificationMethod' })
  if (method.controller !== document.id) return refuse('key_not_authorized', { dimension: 'controller' })
  return accept(method)
}

/** Thumbprints of the usable keys that `document` authorises for `relationship`. */
export function thumbprintsFor(
  document: DidDocument,
  relationship: VerificationRelationship,
): ReadonlySet<string> {
  const authorized = document.verificationMethods.filter(({ id }) => document[relationship].includes(id))
  return new Set(authorized.map(({ thumbprint }) => thumbprint))
}

/** The document of a DID that *is* one key: the key holds every relationship. */
export function singleKeyDocument(method: VerificationMethod): DidDocument {
  const ids = [method.id]
  return {
    id: method.controller,
    verificationMethods: [method],
    authentication: ids,
    assertionMethod: ids,
    capabilityInvocation: ids,
    capabilityDelegation: ids,
    services: [],
  }
}
