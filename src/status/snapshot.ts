import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../core/json.ts'
import { accept, type Verdict } from '../refusal.ts'
import { bitsDigest, decodeBitstring } from './bitstring.ts'
import { isClosed, naturalMember, stringMember } from './closed-object.ts'
import { encodeBitstring } from './encode-bitstring.ts'
import { type Head, openHead } from './head.ts'
import { purposeOfList } from './layout.ts'
import { type CommittedLeaves, openLeafTableJson } from './leaf-table.ts'
import type { SignedBits } from './open-status-list.ts'
import { statusInvalid } from './status-invalid.ts'
import type { StatusTrust } from './status-jws.ts'

/** Most lists of one authority in a snapshot: as many as a verifier follows. */
export const MAX_SNAPSHOT_LISTS = 2048

/** One status issuer's status as one head commits to it. Made by opening a snapshot, or of what a verifier holds. */
export interface Snapshot {
  readonly head: Head
  /** All that the head commits to. */
  readonly committed: CommittedLeaves
  /** Of the live lists those that are held. */
  readonly lists: readonly SnapshotList[]
}

/** A list whose bits are those that the head commits to. */
export type SnapshotList = Pick<SignedBits, 'url' | 'validUntil' | 'bits'>

/** What a snapshot yields: the lists are signed by the head, so they count as said by the key that signed it. */
export interface OpenedSnapshot extends Snapshot {
  readonly lists: readonly SignedBits[]
}

/**
 * Writes a snapshot: `{ head, leafTable, lists: [{ list, validUntil, encodedList }] }` (docs/spec/05-status.md
 * "Snapshot"). Nothing in it needs an escape, so it is quick to read.
 */
export async function encodeSnapshot({ head, committed, lists }: Snapshot): Promise<JsonObject> {
  const written: JsonObject[] = []
  for (const { url, validUntil, bits } of lists)
    written.push({ list: url, validUntil, encodedList: await encodeBitstring(bits) })
  const leaves = [...committed.leaves.values()].map(({ list, version, digest, state }) => {
    return { list, version, digest, state }
  })
  return {
    head: head.token,
    leafTable: { leaves: leaves.sort((a, b) => (a.list < b.list ? -1 : 1)) },
    lists: written,
  }
}

/**
 * Opens a snapshot, wherever it came from: the head is signed by the status issuer, its root covers every leaf, and
 * each leaf the bits of its list. Whether it follows what is held is for the memory.
 *
 * `validUntil` of a list is the word of whoever wrote the snapshot. It adds nothing to the age that a policy allows,
 * which counts from the head, and no head commits to a list that has ended.
 *
 * @returns As `openHead`; `status_invalid` for anything that the head does not commit to.
 */
export async function openSnapshot(
  json: Json | undefined,
  trust: StatusTrust,
): Promise<Verdict<OpenedSnapshot>> {
  if (!isJsonObject(json) || !isClosed(json, ['head', 'leafTable', 'lists'])) return statusInvalid('snapshot')
  const items = member(json, 'lists')
  if (!isJsonArray(items) || items.length > MAX_SNAPSHOT_LISTS) return statusInvalid('lists')
  const head = await openHead(stringMember(json, 'head') ?? '', trust)
  if (!head.verified) return head
  const committed = openLeafTableJson(member(json, 'leafTable'), head.value.root)
  if (!committed.verified) return committed
  const lists = new Map<string, SignedBits>()
  for (const item of items) {
    const list = await openList(item, head.value, committed.value)
    if (!list.verified) return list
    lists.set(list.value.url, list.value)
  }
  if (lists.size !== items.length) return statusInvalid('lists')
  return accept({ head: head.value, committed: committed.value, lists: [...lists.values()] })
}

async function openList(
  item: Json,
  { statusIssuer, keyThumbprint }: Head,
  { leaves }: CommittedLeaves,
): Promise<Verdict<SignedBits>> {
  if (!isJsonObject(item) || !isClosed(item, ['list', 'validUntil', 'encodedList']))
    return statusInvalid('lists')
  const url = stringMember(item, 'list') ?? ''
  const validUntil = naturalMember(item, 'validUntil')
  const leaf = leaves.get(url)
  const purpose = purposeOfList(url)
  if (leaf?.state !== 'live' || purpose === undefined) return statusInvalid('list')
  const { version, digest } = leaf
  if (validUntil === undefined || validUntil <= version) return statusInvalid('validUntil')
  const bits = await decodeBitstring(stringMember(item, 'encodedList') ?? '')
  if (!bits.verified) return bits
  if (bitsDigest(bits.value) !== digest) return statusInvalid('digest')
  const signed = { statusIssuer, keyThumbprint, version, bitsDigest: digest }
  return accept({ url, purpose, validUntil, bits: bits.value, ...signed })
}
