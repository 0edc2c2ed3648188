import { bitsDigest, readBit, writeBit } from './bitstring.ts'
import type { ListChange } from './changes.ts'
import type { Head } from './head.ts'
import { statusListId, statusListUrl } from './layout.ts'
import { type CommittedLeaves, type Leaf, leafTableRoot } from './leaf-table.ts'
import { type ListMark, type ListMemory, newestMark } from './list-memory.ts'
import type { SignedBits } from './open-status-list.ts'
import { unpackBits } from './packed-bits.ts'

/** What changes lead to: the lists that changed, and all leaves. */
export interface ChangedStatus {
  readonly lists: readonly SignedBits[]
  readonly committed: CommittedLeaves
}

/** What is held: the leaves of the newest head that was accepted, and the lists by URL. */
export interface HeldStatus {
  readonly committed: CommittedLeaves
  readonly lists: ReadonlyMap<string, ListMemory>
}

/**
 * Applies changes to what is held (docs/spec/05-status.md "Changes"). Nobody signs changes: they count only when they
 * yield exactly the root that the head commits to, which covers the digest of each list's bits.
 *
 * Costs 16 KiB and one SHA-256 of them for each list that changed, and a SHA-256 for each leaf.
 *
 * @param base Where the lists lie: `{base}/r7`.
 * @returns `undefined` when they yield anything else, or speak of a list that is not held as committed: take the lists.
 */
export function applyChanges(
  held: HeldStatus,
  changes: readonly ListChange[],
  head: Head,
  base: string,
): ChangedStatus | undefined {
  const lists: SignedBits[] = []
  const leaves = new Map(held.committed.leaves)
  for (const change of changes) {
    const url = statusListUrl(base, statusListId(change.purpose, change.pair))
    const list = applyChange(change, url, held, head)
    if (list === undefined) return undefined
    lists.push(list)
    leaves.set(url, { list: url, version: list.version, digest: list.bitsDigest, state: 'live' })
  }
  if (leafTableRoot([...leaves.values()]) !== head.root) return undefined
  return { lists, committed: { root: head.root, leaves } }
}

function applyChange(
  { purpose, version, set, clear }: ListChange,
  url: string,
  { committed, lists }: HeldStatus,
  { statusIssuer, keyThumbprint }: Head,
): SignedBits | undefined {
  const memory = lists.get(url)
  const held = memory?.purpose === purpose ? newestMark(memory) : undefined
  if (held === undefined || !isCommitted(held, committed.leaves.get(url))) return undefined
  const bits = unpackBits(held.bits)
  if (!writeAll(bits, set, true) || !writeAll(bits, clear, false)) return undefined
  const digest = bitsDigest(bits)
  const isLater = version > held.version || (version === held.version && digest === held.digest)
  if (!isLater) return undefined
  const validUntil = version + (held.validUntil - held.version)
  return { url, purpose, statusIssuer, keyThumbprint, version, validUntil, bits, bitsDigest: digest }
}

/** @returns Whether all of them are positions of the list. */
function writeAll(bits: Uint8Array, indexes: readonly number[], value: boolean): boolean {
  return indexes.every((index) => {
    const isThere = readBit(bits, index) !== undefined
    if (isThere) writeBit(bits, index, value)
    return isThere
  })
}

function isCommitted({ version, digest }: ListMark, leaf: Leaf | undefined): boolean {
  return leaf?.state === 'live' && leaf.version === version && leaf.digest === digest
}
