import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../core/json.ts'
import type { Did, DidUrl } from '../model/did.ts'
import { type DidDocument, VERIFICATION_RELATIONSHIPS, type VerificationMethod } from './did-document.ts'
import { absoluteDidUrl, type NamedMethod, parseVerificationMethod } from './parse-verification-method.ts'

/** Most entries of one list of a document (methods, a relationship, services); a key rotation needs two methods. */
export const MAX_DID_DOCUMENT_ENTRIES = 64

/**
 * Reduces a DID document (DID Core 1.0 §5) to what the protocol reads.
 *
 * Relationships may name methods or embed them. Methods of unknown type and of unknown key type keep their place in
 * the relationships and have no key; so have methods past their `expires` or `revoked`. Anything ill-formed, a key
 * off its curve or a private key refuses the whole document, because what was meant cannot be known.
 *
 * @param did The DID that was asked for; the document's `id` must equal it.
 * @param now Milliseconds since 1970; read again on each refetch of the document.
 * @returns `undefined` when the document is not acceptable.
 */
export function parseDidDocument(document: Json, did: Did, now: number): DidDocument | undefined {
  if (!isJsonObject(document) || member(document, 'id') !== did) return undefined
  const methods = readMethods(document, did, now)
  const services = everyOf(listOf(document, 'service'), (entry) => (isJsonObject(entry) ? entry : undefined))
  const [authentication, assertionMethod, capabilityInvocation, capabilityDelegation] =
    VERIFICATION_RELATIONSHIPS.map((name) =>
      everyOf(listOf(document, name), (entry) => readReference(entry, did)),
    )
  if (methods === undefined || services === undefined) return undefined
  if (authentication === undefined || assertionMethod === undefined) return undefined
  if (capabilityInvocation === undefined || capabilityDelegation === undefined) return undefined
  return {
    id: did,
    verificationMethods: methods,
    authentication,
    assertionMethod,
    capabilityInvocation,
    capabilityDelegation,
    services,
  }
}

/** The usable methods, listed or embedded. No two methods may share an id, or the order would choose the key. */
function readMethods(document: JsonObject, did: Did, now: number): readonly VerificationMethod[] | undefined {
  const embedded = VERIFICATION_RELATIONSHIPS.flatMap((name) =>
    (listOf(document, name) ?? []).filter((entry) => isJsonObject(entry)),
  )
  const listed = listOf(document, 'verificationMethod')
  const entries = listed === undefined ? undefined : [...listed, ...embedded]
  const named = everyOf<NamedMethod>(entries, (entry) => parseVerificationMethod(entry, did, now))
  if (named === undefined || new Set(named.map(({ id }) => id)).size !== named.length) return undefined
  return named.flatMap(({ usable }) => (usable === undefined ? [] : [usable]))
}

function readReference(entry: Json, did: Did): DidUrl | undefined {
  return absoluteDidUrl(isJsonObject(entry) ? member(entry, 'id') : entry, did)
}

/** An optional list member; absent reads as empty. */
function listOf(object: JsonObject, name: string): readonly Json[] | undefined {
  const value = member(object, name) ?? []
  return isJsonArray(value) && value.length <= MAX_DID_DOCUMENT_ENTRIES ? value : undefined
}

/** Reads every entry; one that cannot be read makes the whole list unreadable. */
function everyOf<T>(
  entries: readonly Json[] | undefined,
  read: (entry: Json) => T | undefined,
): readonly T[] | undefined {
  const values: T[] = []
  for (const entry of entries ?? []) {
    const value = read(entry)
    if (value === undefined) return undefined
    values.push(value)
  }
  return entries === undefined ? undefined : values
}
