import { encodePublicJwk } from '../core/crypto/public-jwk.ts'
import type { JsonObject } from '../core/json.ts'
import type { MaybePromise } from '../core/maybe-promise.ts'
import { type Did, didMethodOf, isDid, methodSpecificIdOf } from '../model/did.ts'
import { VERIFICATION_RELATIONSHIPS } from './did-document.ts'
import { resolveDidJwk } from './did-jwk.ts'
import { didKeyMethodId } from './did-key.ts'
import { type KeyMaterialError, readKeyMaterial } from './did-key-material.ts'

/** Representations of a DID document that are served; all three have the same bytes, JSON with a `@context`. */
export const DID_DOCUMENT_MEDIA_TYPES = [
  'application/did',
  'application/did+ld+json',
  'application/did+json',
] as const

export type DidDocumentMediaType = (typeof DID_DOCUMENT_MEDIA_TYPES)[number]

/** Error codes of DID Resolution and of the did:key method. */
export type DidResolutionError =
  | KeyMaterialError
  | 'notFound'
  | 'methodNotSupported'
  | 'representationNotSupported'
  | 'internalError'

/** What resolving a DID gives (DID Resolution § DID Resolution). Without a document there is an `error`. */
export interface DidResolutionResult {
  readonly didResolutionMetadata: {
    readonly contentType?: DidDocumentMediaType
    readonly error?: DidResolutionError
  }
  readonly didDocument: JsonObject | null
  readonly didDocumentMetadata: JsonObject
}

export interface DidResolutionOptions {
  /** Media type of the document. Default `application/did`. */
  readonly accept?: string
  /**
   * Documents of further DIDs, by method: `{ web: … }` for those that the caller serves. Answers `undefined` for a
   * DID that it does not have. Default none, and then `methodNotSupported`.
   */
  readonly methods?: Readonly<Record<string, (did: Did) => MaybePromise<JsonObject | undefined>>>
}

const CONTEXTS = {
  Multikey: ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
  JsonWebKey: ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/jwk/v1'],
} as const

/**
 * Resolves a DID to the full result that DID Resolution describes: the document with its contexts, or an error code.
 * Never throws, and fetches nothing: `did:key` and `did:jwk` are read, other methods are the caller's.
 *
 * A `did:key` may be Ed25519, X25519, P-256, P-384, P-521 or secp256k1, each with its point on the curve; its
 * document has one Multikey. No X25519 key is derived from an Ed25519 key: a key for signatures stays one. A
 * `did:jwk` may be Ed25519 or P-256. For verifying there is {@link createDidResolver}.
 */
export async function resolveDidToResult(
  did: string,
  { accept = 'application/did', methods = {} }: DidResolutionOptions = {},
): Promise<DidResolutionResult> {
  const contentType = DID_DOCUMENT_MEDIA_TYPES.find((type) => type === accept)
  if (contentType === undefined) return failed('representationNotSupported')
  if (!isDid(did)) return failed('invalidDid')
  const document = await documentOf(did, new Map(Object.entries(methods)))
  if (typeof document === 'string') return failed(document)
  return { didResolutionMetadata: { contentType }, didDocument: document, didDocumentMetadata: {} }
}

async function documentOf(
  did: Did,
  methods: ReadonlyMap<string, (did: Did) => MaybePromise<JsonObject | undefined>>,
): Promise<JsonObject | DidResolutionError> {
  const name = didMethodOf(did)
  if (name === 'key') return keyDocument(did)
  if (name === 'jwk') return jwkDocument(did)
  const method = methods.get(name)
  if (method === undefined) return 'methodNotSupported'
  try {
    return (await method(did)) ?? 'notFound'
  } catch {
    return 'internalError'
  }
}

function keyDocument(did: Did): JsonObject | DidResolutionError {
  const publicKeyMultibase = methodSpecificIdOf(did)
  const material = readKeyMaterial(publicKeyMultibase)
  if (typeof material === 'string') return material
  const id = didKeyMethodId(did)
  const relationships = material.use === 'agree' ? ['keyAgreement'] : VERIFICATION_RELATIONSHIPS
  return {
    '@context': CONTEXTS.Multikey,
    id: did,
    verificationMethod: [{ id, type: 'Multikey', controller: did, publicKeyMultibase }],
    ...Object.fromEntries(relationships.map((name) => [name, [id]])),
  }
}

function jwkDocument(did: Did): JsonObject | DidResolutionError {
  const resolved = resolveDidJwk(did)
  if (!resolved.verified) {
    return resolved.refusal.code === 'unsupported' ? 'unsupportedPublicKeyType' : 'invalidDid'
  }
  const { verificationMethods, ...document } = resolved.value
  return {
    '@context': CONTEXTS.JsonWebKey,
    id: did,
    verificationMethod: verificationMethods.map(({ id, controller, key }) => ({
      id,
      type: 'JsonWebKey',
      controller,
      publicKeyJwk: { ...encodePublicJwk(key) },
    })),
    ...Object.fromEntries(VERIFICATION_RELATIONSHIPS.map((name) => [name, document[name]])),
  }
}

function failed(error: DidResolutionError): DidResolutionResult {
  return { didResolutionMetadata: { error }, didDocument: null, didDocumentMetadata: {} }
}
