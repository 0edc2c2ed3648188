import { sha256 } from '#crypto'
import { concatBytes } from './bytes.ts'

/** Length of every hash of a tree, in bytes. */
export const MERKLE_HASH_BYTES = 32

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** Hash of a leaf (RFC 6962 §2.1): the prefix keeps a leaf from passing for an inner node. */
export function merkleLeafHash(leaf: Uint8Array): Uint8Array {
  return sha256(concatBytes(LEAF, leaf))
}

/** Hash of an inner node (RFC 6962 §2.1). */
export function merkleNodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concatBytes(NODE, left, right))
}

/**
 * Root of the Merkle tree over `leaves` in the given order (RFC 6962 §2.1); no leaves give SHA-256 of nothing.
 *
 * Linear in the number of leaves.
 *
 * @returns 32 bytes.
 */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return merkleRootOfHashes(leaves.map(merkleLeafHash))
}

/**
 * As {@link merkleRoot}, over the hashes of leaves, or of whole subtrees of one size.
 *
 * Hashes level by level and lifts an odd last node unchanged, which yields the same tree as splitting at the
 * largest power of two.
 */
export function merkleRootOfHashes(hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes
  while (level.length > 1) level = parents(level)
  return level[0] ?? sha256(new Uint8Array())
}

function parents(level: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = []
  for (let i = 0; i < level.length; i += 2) {
    const left = level[i]
    const right = level[i + 1]
    if (left !== undefined) above.push(right === undefined ? left : merkleNodeHash(left, right))
  }
  return above
}
