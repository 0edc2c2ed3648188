import { isJsonObject, type Json } from '../../core/json.ts'
import { type DidDocument, singleKeyDocument } from '../../did/did-document.ts'
import { thumbprintOf } from '../../did/jwk.ts'
import { parseDidDocument } from '../../did/parse-did-document.ts'
import { createDidResolver, type DidResolver } from '../../did/resolve-did.ts'
import { ProcuraError } from '../../errors.ts'
import type { ParsedLink } from '../../model/chain.ts'
import { type Did, isDid } from '../../model/did.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import type { Receipt } from './receipt.ts'

/** Most DID documents that are given: two services and their authorities before and after a change of keys. */
const MAX_DOCUMENTS = 16

export interface ReceiptResolverOptions {
  readonly documents: ReadonlyMap<string, Json>
  /** When keys had to be good, in milliseconds since 1970. */
  readonly now: number
  /** Whose word counts for the key of the authority where no document says it. Absent: nobody's. */
  readonly receipt?: Pick<Receipt, 'authorityKey'>
  readonly root?: ParsedLink
}

/** Finds keys as of then, offline: DIDs that are keys, documents that were kept, and the authority's key in a receipt. */
export function receiptResolver(options: ReceiptResolverOptions): DidResolver {
  const method = (did: Did): Verdict<DidDocument> => kept(did, options) ?? stated(did, options)
  return createDidResolver({ methods: { web: method, webvh: method } })
}

/**
 * Reads the option `documents`.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for what is no DID document, or two of one DID.
 */
export function givenDocuments(documents: readonly unknown[]): ReadonlyMap<string, Json> {
  const byDid = new Map<string, Json>()
  for (const document of documents) {
    const json = document as Json
    const id = isJsonObject(json) ? json.id : undefined
    if (typeof id !== 'string' || !isDid(id) || byDid.has(id) || byDid.size === MAX_DOCUMENTS) {
      throw new ProcuraError(
        'ERR_PROCURA_INVALID_ARGUMENT',
        `documents must be at most ${MAX_DOCUMENTS} DID documents, one of each DID`,
      )
    }
    byDid.set(id, json)
  }
  return byDid
}

function kept(did: Did, { documents, now }: ReceiptResolverOptions): Verdict<DidDocument> | undefined {
  const json = documents.get(did)
  if (json === undefined) return undefined
  const document = parseDidDocument(json, did, now)
  return document === undefined ? refuse('did_unresolvable', { dimension: 'document' }) : accept(document)
}

function stated(did: Did, { receipt, root }: ReceiptResolverOptions): Verdict<DidDocument> {
  const key = receipt?.authorityKey
  if (key === undefined || root === undefined || root.credential.issuer !== did)
    return refuse('did_unresolvable', { dimension: 'did' })
  const [{ verificationMethod: id }] = root.signatures
  return accept(singleKeyDocument({ id, controller: did, key, thumbprint: thumbprintOf(key) }))
}
