import type { DidDocument } from '../did/did-document.ts'
import { isWebDid } from '../did/did-web.ts'
import { DOCUMENT_FRESH_MS, type FollowedDocuments, type KeptDocument } from '../did/followed-documents.ts'
import type { Did } from '../model/did.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import type { ConfiguredTrust } from './configured-trust.ts'
import { readStatusService } from './status-service.ts'
import type { TrustEntry } from './trust.ts'

/**
 * What is trusted about one authority at present, and how to bring that up to date. Its DID document, or that of its
 * status issuer, may lie on the web. What the operator pinned and what the document says must agree; a bare name is
 * completed from the document.
 */
export class AuthorityTrust {
  readonly authority: Did
  readonly #pinned: TrustEntry | undefined
  readonly #documents: FollowedDocuments
  /** What was made of the document that was read last. */
  #last: { readonly document: DidDocument; readonly entry: Verdict<TrustEntry> } | undefined
  #statusIssuer: Did | undefined
  #isForgotten = false

  constructor(
    { authority, pinned }: Pick<ConfiguredTrust, 'authority' | 'pinned'>,
    documents: FollowedDocuments,
  ) {
    this.authority = authority
    this.#pinned = pinned
    this.#documents = documents
  }

  /** @returns `did_unresolvable` while the document that says it is not held, `status_invalid` when it cannot be right. */
  read(): Verdict<TrustEntry> {
    if (this.#pinned !== undefined && !isWebDid(this.authority)) return accept(this.#pinned)
    const document = this.#documents.read(this.authority)
    if (!document.verified) return document
    if (this.#last?.document !== document.value) {
      this.#last = { document: document.value, entry: entryOf(document.value, this.#pinned) }
    }
    return this.#last.entry
  }

  /** Never rejects. @param maxAgeMs Age that a document may have without being fetched again. */
  async refresh(maxAgeMs: number = DOCUMENT_FRESH_MS): Promise<void> {
    if (this.#isForgotten) return
    await this.#documents.refresh(this.authority, maxAgeMs)
    const entry = this.read()
    if (!entry.verified) return
    const { statusIssuer } = entry.value
    if (this.#statusIssuer !== undefined && this.#statusIssuer !== statusIssuer) {
      this.#documents.forget(this.#statusIssuer)
    }
    this.#statusIssuer = statusIssuer
    await this.#documents.refresh(statusIssuer, maxAgeMs)
  }

  /** The documents of the web that this rests on, as they were fetched. */
  keptDocuments(): readonly KeptDocument[] {
    const entry = this.read()
    const dids = new Set<Did>(entry.verified ? [this.authority, entry.value.statusIssuer] : [this.authority])
    return [...dids].map((did) => this.#documents.kept(did)).filter((kept) => kept !== undefined)
  }

  /** Takes back documents that were fetched before, of the authority and of who it says signs its status. Never rejects. */
  async restore(documents: readonly KeptDocument[]): Promise<void> {
    const restore = async (did: Did) => {
      const kept = documents.find((document) => document.did === did)
      if (kept !== undefined) await this.#documents.restore(kept)
    }
    await restore(this.authority)
    const entry = this.read()
    if (entry.verified && entry.value.statusIssuer !== this.authority) await restore(entry.value.statusIssuer)
  }

  /** The authority is trusted no more: its documents are not followed any further. */
  forget(): void {
    this.#isForgotten = true
    this.#documents.forget(this.authority)
    if (this.#statusIssuer !== undefined) this.#documents.forget(this.#statusIssuer)
  }

  /** Whether all is held that reading and checking the status needs. */
  isReady(): boolean {
    const entry = this.read()
    if (!entry.verified) return false
    const { statusIssuer } = entry.value
    return !isWebDid(statusIssuer) || this.#documents.read(statusIssuer).verified
  }
}

function entryOf(document: DidDocument, pinned: TrustEntry | undefined): Verdict<TrustEntry> {
  const said = readStatusService(document)
  if (said === 'invalid') return refuse('status_invalid', { dimension: 'service' })
  if (said === 'none') {
    return pinned === undefined ? refuse('did_unresolvable', { dimension: 'service' }) : accept(pinned)
  }
  if (pinned === undefined) return accept(said)
  return said.statusIssuer === pinned.statusIssuer
    ? accept(pinned)
    : refuse('status_invalid', { dimension: 'service' })
}
