import type { Issuer } from '../../issuer/issuer.ts'
import type { PublicationTarget, PublishedFile } from '../../issuer/publication-target.ts'
import type { TargetPublication } from '../../issuer/publish-to-target.ts'
import { CONTEXT, CONTEXT_PATH } from '../context-file.ts'
import { originDocument, ownDocument, webStatusDidOf } from '../did-document.ts'
import { trustEntry } from '../trust-entry.ts'

/** Documents about the service itself may be kept this long, in seconds. */
export const DOCUMENT_CACHE_SECONDS = 300

/** A document as it is shown to people and programs. */
export function documentText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** What a verifier reads beside the status: who the issuer is, and with which keys. A host of files shows that of the first tenant. */
async function documentsOf(issuer: Issuer): Promise<readonly PublishedFile[]> {
  const [tenant] = await issuer.store.tenants()
  if (tenant === undefined) return []
  const origin = await originDocument(issuer)
  const status = await ownDocument(issuer, webStatusDidOf(issuer.origin))
  return [
    ...(origin === undefined
      ? []
      : [file('.well-known/did.json', documentText(origin), 'application/did+json')]),
    ...(status === undefined ? [] : [file('status/did.json', documentText(status), 'application/did+json')]),
    file('.well-known/procura', documentText(trustEntry(issuer.origin, tenant)), 'application/json'),
    file(CONTEXT_PATH.slice(1), CONTEXT.text, 'application/ld+json'),
  ]
}

function file(path: string, body: string, contentType: string): PublishedFile {
  return { path, body, contentType, maxAgeSeconds: DOCUMENT_CACHE_SECONDS, immutable: false }
}

/** Why a comparison fails is told where the tenant is published: there it fails, too. */
async function mayBeAhead(publication: TargetPublication): Promise<boolean> {
  try {
    return (await publication.compare()) !== undefined
  } catch {
    return true
  }
}

/** Keeps the documents of a target up to date: before the lists, which may be signed with a key that only the newest ones name. */
export class ReleasedDocuments {
  readonly #issuer: Issuer
  readonly #target: PublicationTarget
  readonly #released = new Map<string, string>()

  constructor(issuer: Issuer, target: PublicationTarget) {
    this.#issuer = issuer
    this.#target = target
  }

  /** Not where a registry has fallen behind what the target shows: its keys may be old, too. */
  async release(publications: readonly TargetPublication[]): Promise<void> {
    const documents = await documentsOf(this.#issuer)
    const changed = documents.filter(({ path, body }) => this.#released.get(path) !== body)
    if (changed.length === 0) return
    for (const publication of publications) if (await mayBeAhead(publication)) return
    for (const document of changed) await this.#replace(document)
  }

  /** Where something else writes in between, the next look goes on from there. */
  async #replace(document: PublishedFile): Promise<void> {
    const held = await this.#target.read(document.path)
    const isThere =
      held?.body === document.body || (await this.#target.replace(document, held?.tag)) !== undefined
    if (isThere) this.#released.set(document.path, document.body)
  }
}
