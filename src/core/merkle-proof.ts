import { equalBytes } from './bytes.ts'
import { MERKLE_HASH_BYTES, merkleNodeHash, merkleRootOfHashes } from './merkle.ts'

/** Most hashes of a proof in a tree of less than 2⁵³ leaves: one for each level, and one more for consistency. */
const MAX_PROOF_HASHES = 54

/** A tree as somebody holds it: how many leaves, and which root. */
export interface TreeHead {
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
}

/** Where a tree of two or more leaves is split: the largest power of two below its size (RFC 6962 §2.1). */
export function splitPoint(size: number): number {
  let half = 1
  while (half * 2 < size) half *= 2
  return half
}

/**
 * Shows that a leaf stands at `index` in the tree over `leafHashes` (RFC 6962 §2.1.1), for {@link verifyInclusion}. Linear
 * in the number of leaves.
 *
 * @param index Of one of the leaves.
 */
export function inclusionProof(leafHashes: readonly Uint8Array[], index: number): readonly Uint8Array[] {
  if (leafHashes.length <= 1) return []
  const half = splitPoint(leafHashes.length)
  const [left, right] = [leafHashes.slice(0, half), leafHashes.slice(half)]
  return index < half
    ? [...inclusionProof(left, index), merkleRootOfHashes(right)]
    : [...inclusionProof(right, index - half), merkleRootOfHashes(left)]
}

/**
 * Whether a leaf stands at `index` in a tree (RFC 6962 §2.1.1).
 *
 * Never throws; false for a proof of another length, for an index outside the tree and for sizes beyond 2⁵³ − 1.
 *
 * @param leafHash 32 bytes, of the leaf as it is claimed to be.
 */
export function verifyInclusion(
  leafHash: Uint8Array,
  index: number,
  proof: readonly Uint8Array[],
  { size, root }: TreeHead,
): boolean {
  if (!isSize(size) || !isSize(index) || index >= size || !areHashes([leafHash, ...proof])) return false
  const left = [...proof]
  const computed = rootOver(leafHash, { index, size }, left)
  return computed !== undefined && left.length === 0 && equalBytes(computed, root)
}

/** Takes from the end of the proof what the uppermost levels need, so that the lowest come last. */
function rootOver(
  leafHash: Uint8Array,
  { index, size }: { readonly index: number; readonly size: number },
  proof: Uint8Array[],
): Uint8Array | undefined {
  if (size === 1) return leafHash
  const sibling = proof.pop()
  const half = splitPoint(size)
  const isLeft = index < half
  const below = isLeft ? { index, size: half } : { index: index - half, size: size - half }
  const own = sibling && rootOver(leafHash, below, proof)
  if (own === undefined || sibling === undefined) return undefined
  return isLeft ? merkleNodeHash(own, sibling) : merkleNodeHash(sibling, own)
}

/**
 * Whether a tree begins with all leaves of an older one, in the same order (RFC 6962 §2.1.2). Of an empty older tree
 * nothing is shown, so it is refused.
 *
 * Never throws; false for a proof of another length and for sizes beyond 2⁵³ − 1.
 */
export function verifyConsistency(older: TreeHead, newer: TreeHead, proof: readonly Uint8Array[]): boolean {
  const areSizes = isSize(older.size) && isSize(newer.size) && older.size > 0 && older.size <= newer.size
  if (!areSizes || !areHashes(proof)) return false
  const left = [...proof]
  const roots = rootsOver(older, { size: newer.size, isOnEdge: true }, left)
  if (roots === undefined || left.length > 0) return false
  return equalBytes(roots.older, older.root) && equalBytes(roots.newer, newer.root)
}

interface Roots {
  readonly older: Uint8Array
  readonly newer: Uint8Array
}

/** @param part Of the newer tree; `isOnEdge` while its left edge is that of the tree, so that the old root may be all of it. */
function rootsOver(
  older: TreeHead,
  part: { readonly size: number; readonly isOnEdge: boolean },
  proof: Uint8Array[],
): Roots | undefined {
  if (older.size === part.size) {
    const same = part.isOnEdge ? older.root : proof.pop()
    return same && { older: same, newer: same }
  }
  const half = splitPoint(part.size)
  const sibling = proof.pop()
  if (sibling === undefined) return undefined
  if (older.size <= half) {
    const below = rootsOver(older, { ...part, size: half }, proof)
    return below && { older: below.older, newer: merkleNodeHash(below.newer, sibling) }
  }
  const right = { ...older, size: older.size - half }
  const below = rootsOver(right, { size: part.size - half, isOnEdge: false }, proof)
  return (
    below && {
      older: merkleNodeHash(sibling, below.older),
      newer: merkleNodeHash(sibling, below.newer),
    }
  )
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.length <= MAX_PROOF_HASHES && hashes.every(({ length }) => length === MERKLE_HASH_BYTES)
}
