import { bitsDigest, createBits, readBit, writeBit } from './bitstring.ts'
import type { ListChange } from './changes.ts'
import type { Head } from './head.ts'
import { statusListId, statusListUrl } from './layout.ts'
import { type CommittedLeaves, type Leaf, leafTableRoot } from './leaf-table.ts'
import { type ListMark, type ListMemory, newestMark } from './list-memory.ts'
import type { SignedBits } from './open-status-list.ts'
import { unpackBits } from './packed-bits.ts'
import { MAX_SNAPSHOT_LISTS } from './snapshot.ts'
import { DEFAULT_LIST_VALIDITY_MS } from './status-list-credential.ts'

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
 * Costs 16 KiB and one SHA-256 of them for each list that changed, and a SHA-256 for each leaf. A list that is new begins with
 * no entry set; no more of them are made than a verifier follows.
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
    if (!leaves.has(url) && leaves.size >= MAX_SNAPSHOT_LISTS) return undefined
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
  held: HeldStatus,
  { statusIssuer, keyThumbprint }: Head,
): SignedBits | undefined {
  const before = stateBefore(url, purpose, held)
  if (before === undefined) return undefined
  const { bits, validityMs } = before
  if (!writeAll(bits, set, true) || !writeAll(bits, clear, false)) return undefined
  const digest = bitsDigest(bits)
  const isLater = version > before.version || (version === before.version && digest === before.digest)
  if (!isLater) return undefined
  const validUntil = version + validityMs
  return { url, purpose, statusIssuer, keyThumbprint, version, validUntil, bits, bitsDigest: digest }
}

/** What changes are applied to. */
interface StateBefore {
  /** A copy. */
  readonly bits: Uint8Array
  readonly version: number
  readonly digest: string
  readonly validityMs: number
}

/** A list that neither the head held commits to nor anybody remembers is new: nothing was set in it. */
function stateBefore(
  url: string,
  purpose: ListChange['purpose'],
  { committed, lists }: HeldStatus,
): StateBefore | undefined {
  const [memory, leaf] = [lists.get(url), committed.leaves.get(url)]
  if (memory === undefined && leaf === undefined)
    return { bits: createBits(), version: 0, digest: '', validityMs: DEFAULT_LIST_VALIDITY_MS }
  const held = memory?.purpose === purpose ? newestMark(memory) : undefined
  if (held === undefined || !isCommitted(held, leaf)) return undefined
  const { version, digest, validUntil } = held
  return { bits: unpackBits(held.bits), version, digest, validityMs: validUntil - version }
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
