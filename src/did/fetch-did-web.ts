import { decodeUtf8 } from '../core/bytes.ts'
import type { Clock, Fetch } from '../core/clock.ts'
import { fetchBounded, refuseFetch } from '../core/fetch-bounded.ts'
import { parseStrictJson } from '../core/json.ts'
import type { Did } from '../model/did.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import type { DidDocument } from './did-document.ts'
import { didWebUrl } from './did-web.ts'
import { parseDidDocument } from './parse-did-document.ts'

/** Largest DID document that is read, in bytes: 64 methods and as many services with room to spare. */
export const MAX_DID_DOCUMENT_BYTES: number = 64 * 1024

/** Time for a document, from connecting to its last byte, in milliseconds (docs/spec/10-reference.md "Defaults"). */
export const DID_FETCH_DEADLINE_MS = 3_000

/** Types of a DID document, and what static hosts call JSON. */
const MEDIA_TYPES = [
  'application/did',
  'application/did+json',
  'application/did+ld+json',
  'application/json',
  'application/ld+json',
]

/** What fetching a document of the web needs. */
export interface WebAccess {
  /** Follows no redirect, and connects to public addresses only where the platform lets it tell. */
  readonly fetch: Fetch
  readonly clock: Clock
  /** Hosts that the operator named, see {@link originOfHost}. */
  readonly configuredHosts: ReadonlySet<string>
}

/**
 * Fetches the document of a `did:web`. Costs one request and keeps nothing: {@link FollowedDocuments} does.
 *
 * @returns `did_unresolvable`, whatever the reason; the dimension tells an operator which.
 */
export async function fetchDidWeb(did: Did, access: WebAccess): Promise<Verdict<DidDocument>> {
  const url = didWebUrl(did, access.configuredHosts)
  if (url === undefined) return refuse('did_unresolvable', { dimension: 'did' })
  const bounds = {
    maxBytes: MAX_DID_DOCUMENT_BYTES,
    deadlineMs: DID_FETCH_DEADLINE_MS,
    mediaTypes: MEDIA_TYPES,
  }
  const fetched = await fetchBounded(access.fetch, url, bounds)
  if ('cause' in fetched) return refuseFetch('did_unresolvable', fetched)
  const json = parseStrictJson(decodeUtf8(fetched) ?? '')
  const document = json === undefined ? undefined : parseDidDocument(json, did, access.clock())
  return document === undefined
    ? { ...refuse('did_unresolvable', { dimension: 'document' }), fault: { url } }
    : accept(document)
}
