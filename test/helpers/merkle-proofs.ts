import { merkleLeafHash, merkleRoot } from '../../src/core/merkle.ts'

/** Leaves that differ. */
export function leavesOf(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, i) => Uint8Array.of(i & 0xff, i >> 8))
}

/** PATH of RFC 6962 §2.1.1, as it is written there; `m` is an index. */
export function naiveInclusion(m: number, leaves: readonly Uint8Array[]): readonly Uint8Array[] {
  const n = leaves.length
  if (n === 1) return []
  const k = largestPower(n)
  return m < k
    ? [...naiveInclusion(m, leaves.slice(0, k)), merkleRoot(leaves.slice(k))]
    : [...naiveInclusion(m - k, leaves.slice(k)), merkleRoot(leaves.slice(0, k))]
}

/** PROOF of RFC 6962 §2.1.2, as it is written there. */
export function naiveConsistency(m: number, leaves: readonly Uint8Array[]): readonly Uint8Array[] {
  return subproof(m, leaves, true)
}

function subproof(m: number, leaves: readonly Uint8Array[], isWhole: boolean): readonly Uint8Array[] {
  const n = leaves.length
  if (m === n) return isWhole ? [] : [merkleRoot(leaves)]
  const k = largestPower(n)
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), isWhole), merkleRoot(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), merkleRoot(leaves.slice(0, k))]
}

function largestPower(n: number): number {
  return 2 ** Math.ceil(Math.log2(n) - 1)
}

/** The tiles of a tree over these leaves, made from whole levels: `level/index` → hashes. */
export function tilesOf(leaves: readonly Uint8Array[]): ReadonlyMap<string, Uint8Array> {
  const tiles = new Map<string, Uint8Array>()
  for (let level = 0; 256 ** level <= Math.max(1, leaves.length); level++) {
    const width = 256 ** level
    const hashes = Array.from({ length: Math.floor(leaves.length / width) }, (_, i) =>
      level === 0
        ? merkleLeafHash(leaves[i] ?? new Uint8Array())
        : merkleRoot(leaves.slice(i * width, (i + 1) * width)),
    )
    for (let i = 0; i * 256 < hashes.length; i++) {
      tiles.set(`${level}/${i}`, new Uint8Array(Buffer.concat(hashes.slice(i * 256, (i + 1) * 256))))
    }
  }
  return tiles
}
