import { isJsonObject, type Json } from '../../core/json.ts'
import { type DidDocument, singleKeyDocument } from '../../did/did-document.ts'
import { thumbprintOf } from '../../did/jwk.ts'
import { parseDidDocument } from '../../did/parse-did-document.ts'
import { createDidResolver, type DidResolver } from '../../did/resolve-did.ts'
import { ProcuraError } from '../../errors.ts'
import type { ParsedChain } from '../../model/chain.ts'
import { type Did, isDid } from '../../model/did.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import type { Receipt } from './receipt.ts'

/** Most DID documents that are given: two services and their authorities before and after a change of keys. */
const MAX_DOCUMENTS = 16

export interface ReceiptResolverOptions {
  readonly documents: ReadonlyMap<string, Json>
  /** When keys had to be good, in milliseconds since 1970. */
  readonly now: number
  /** What counts where no document was kept: {@link statedDocument}. Default: nobody's word. */
  readonly stated?: Verdict<DidDocument>
}

const UNSTATED: Verdict<DidDocument> = refuse('did_unresolvable', { dimension: 'did' })

/** Finds keys as of then, offline: DIDs that are keys, documents that were kept, and the authority's key in a receipt. */
export function receiptResolver({ documents, now, stated = UNSTATED }: ReceiptResolverOptions): DidResolver {
  // The resolver takes no document for that of another DID.
  const method = (did: Did): Verdict<DidDocument> => kept(did, documents, now) ?? stated
  return createDidResolver({ methods: { web: method, webvh: method } })
}

/** The document of the authority by the word of a receipt: the key that it states, as the one that signed link 0. */
export function statedDocument(
  { authorityKey: key }: Pick<Receipt, 'authorityKey'>,
  [root]: ParsedChain,
): Verdict<DidDocument> {
  if (key === undefined) return UNSTATED
  const [{ verificationMethod: id }] = root.signatures
  const controller = root.credential.issuer
  return accept(singleKeyDocument({ id, controller, key, thumbprint: thumbprintOf(key) }))
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

function kept(did: Did, documents: ReadonlyMap<string, Json>, now: number): Verdict<DidDocument> | undefined {
  const json = documents.get(did)
  if (json === undefined) return undefined
  const document = parseDidDocument(json, did, now)
  return document === undefined ? refuse('did_unresolvable', { dimension: 'document' }) : accept(document)
}
