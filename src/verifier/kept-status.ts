import { decodeBase64url, encodeBase64url } from '../core/base64url.ts'
import {
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
  member,
  parseStrictJson,
} from '../core/json.ts'
import type { KeptDocument } from '../did/followed-documents.ts'
import { type Did, isDid } from '../model/did.ts'
import { accept, type Verdict } from '../refusal.ts'
import { isClosed, naturalMember, stringMember } from '../status/closed-object.ts'
import { encodeKeptRevocations } from '../status/kept-revocations.ts'
import { isUnderOrigins } from '../status/origins.ts'
import { encodeSnapshot, type OpenedSnapshot, openSnapshot, type Snapshot } from '../status/snapshot.ts'
import { statusInvalid } from '../status/status-invalid.ts'
import type { StatusTrust } from '../status/status-jws.ts'
import type { KeptMemory } from '../status/status-memory.ts'
import type { EmergencyFollower } from './emergency-follower.ts'
import { sealText, unsealText } from './sealed-text.ts'
import type { TrustEntry } from './trust.ts'

/** Most bytes kept of one authority: 2,048 lists of 22 KiB, the leaf table, and documents with room to spare. */
export const MAX_KEPT_STATUS_BYTES: number = 64 * 1024 * 1024

/** Most documents of one authority: its own, and that of its status issuer. */
const MAX_KEPT_DOCUMENTS = 2

/** Most files of one document: a log and the proofs of witnesses. */
const MAX_DOCUMENT_FILES = 2

/** What is known of one authority's status, as it is written down. Nothing in it is verified yet. */
export interface WrittenStatus {
  readonly authority: Did
  /** URL of the head. */
  readonly source: string
  readonly documents: readonly KeptDocument[]
  /** The newest emergency list, as it was received; `null` when there was none. */
  readonly emergency: string | null
  readonly snapshot: Json
}

/** What a verifier keeps for itself: also revocations that the lists have no more. */
export interface KeptStatus extends WrittenStatus {
  readonly revocations: Json
}

const STATUS_MEMBERS = ['authority', 'source', 'documents', 'emergency', 'snapshot']

/** Writes down what is held of one authority's status: `{ authority, source, documents, emergency, snapshot }`. */
export async function encodeStatus(
  { authority, source, documents, emergency }: Omit<WrittenStatus, 'snapshot'>,
  snapshot: Snapshot,
): Promise<JsonObject> {
  return {
    authority,
    source,
    documents: documents.map(encodeDocument),
    emergency,
    snapshot: await encodeSnapshot(snapshot),
  }
}

/** @returns `undefined` for what was not written by {@link encodeStatus}; its snapshot is not opened. */
export function parseStatus(json: Json | undefined): WrittenStatus | undefined {
  if (!isJsonObject(json) || !isClosed(json, STATUS_MEMBERS)) return undefined
  const authority = stringMember(json, 'authority')
  const source = stringMember(json, 'source')
  const documents = everyOf(member(json, 'documents'), MAX_KEPT_DOCUMENTS, parseDocument)
  const emergency = member(json, 'emergency')
  if (authority === undefined || !isDid(authority) || source === undefined || documents === undefined)
    return undefined
  if (emergency !== null && typeof emergency !== 'string') return undefined
  return { authority, source, documents, emergency, snapshot: member(json, 'snapshot') ?? null }
}

/**
 * Opens the snapshot in what was written, as that of an authority that is trusted: it must lie where its status lies, and
 * lists beyond the origins that the entry names are left out. Its emergency list comes first, and what that names counts
 * even where the rest does not: a head by a key that it names is nobody's.
 *
 * @returns As `openSnapshot` and `EmergencyFollower.restore`; `status_invalid`, dimension `emergency`, without the
 *   emergency list that the head commits to.
 */
export async function openStatus(
  { source, snapshot, emergency: token }: WrittenStatus,
  entry: TrustEntry,
  context: StatusTrust,
  emergency: EmergencyFollower,
): Promise<Verdict<OpenedSnapshot>> {
  if (source !== entry.head) return statusInvalid('source')
  const listed = await emergency.restore(token, entry)
  if (!listed.verified) return listed
  const opened = await openSnapshot(snapshot, context)
  if (!opened.verified) return opened
  if (!emergency.isCommitted(opened.value.head)) return statusInvalid('emergency')
  const lists = opened.value.lists.filter(({ url }) => isUnderOrigins(url, entry.statusOrigins))
  return accept({ ...opened.value, lists })
}

/**
 * What a status store keeps (docs/spec/05-status.md "Kept status"): one line with the SHA-256 of the JSON that follows, so
 * that nothing counts that was written in part or has changed since.
 */
export async function encodeKeptStatus(
  about: Omit<WrittenStatus, 'snapshot'>,
  { snapshot, revocations }: KeptMemory,
): Promise<Uint8Array> {
  const status = await encodeStatus(about, snapshot)
  const text = JSON.stringify({ status, revocations: await encodeKeptRevocations(revocations) })
  return sealText(text)
}

/** @returns `status_invalid` for anything that was not written whole, or is of another authority. */
export function parseKeptStatus(bytes: Uint8Array, authority: Did): Verdict<KeptStatus> {
  if (bytes.length > MAX_KEPT_STATUS_BYTES) return statusInvalid('size')
  const text = unsealText(bytes)
  if (text === undefined) return statusInvalid('digest')
  const json = parseStrictJson(text)
  if (!isJsonObject(json) || !isClosed(json, ['status', 'revocations'])) return statusInvalid('status')
  const status = parseStatus(member(json, 'status'))
  if (status?.authority !== authority) return statusInvalid('authority')
  return accept({ ...status, revocations: member(json, 'revocations') ?? null })
}

function encodeDocument({ did, fetchedAt, files }: KeptDocument): JsonObject {
  return { did, fetchedAt, files: [...files].map(([url, body]) => ({ url, body: encodeBase64url(body) })) }
}

function parseDocument(json: Json): KeptDocument | undefined {
  if (!isJsonObject(json) || !isClosed(json, ['did', 'fetchedAt', 'files'])) return undefined
  const did = stringMember(json, 'did')
  const fetchedAt = naturalMember(json, 'fetchedAt')
  const files = everyOf(member(json, 'files'), MAX_DOCUMENT_FILES, parseFile)
  if (did === undefined || !isDid(did) || fetchedAt === undefined || files === undefined) return undefined
  return { did, fetchedAt, files: new Map(files) }
}

function parseFile(json: Json): readonly [string, Uint8Array] | undefined {
  if (!isJsonObject(json) || !isClosed(json, ['url', 'body'])) return undefined
  const url = stringMember(json, 'url')
  const body = decodeBase64url(stringMember(json, 'body') ?? '')
  return url === undefined || body === undefined ? undefined : [url, body]
}

function everyOf<T>(
  json: Json | undefined,
  most: number,
  parse: (item: Json) => T | undefined,
): readonly T[] | undefined {
  if (!isJsonArray(json) || json.length > most) return undefined
  const items = json.map(parse).filter((item) => item !== undefined)
  return items.length === json.length ? items : undefined
}
