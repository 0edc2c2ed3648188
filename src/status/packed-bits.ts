import { readBit } from './bitstring.ts'

/** Bits at rest: as they are, or, where few are set, as the sorted indexes of those. Never written to. */
export type PackedBits =
  | { readonly entries: number; readonly dense: Uint8Array }
  | { readonly entries: number; readonly set: Uint32Array }

/** Bytes that one index takes in the sparse form. */
const INDEX_BYTES = 4

/** The sparse form is used when it takes at most this part of the dense one: there it also is quick to search. */
const SPARSE_PART = 1 / 4

/** Packs bits for keeping. The dense form keeps `bits` itself. */
export function packBits(bits: Uint8Array): PackedBits {
  const entries = bits.length * 8
  if (countBits(bits) * INDEX_BYTES > bits.length * SPARSE_PART) return { entries, dense: bits }
  return { entries, set: Uint32Array.from(indexesOf(bits)) }
}

/** The bits as they were packed, as a copy. */
export function unpackBits(bits: PackedBits): Uint8Array {
  if ('dense' in bits) return new Uint8Array(bits.dense)
  const dense = new Uint8Array(bits.entries / 8)
  for (const index of bits.set) setBit(dense, index)
  return dense
}

/**
 * Reads one entry. O(1) in the dense form, ten steps in the sparse one; free of allocation.
 *
 * @returns `undefined` when the index is no position of the list.
 */
export function readPacked(bits: PackedBits, index: number): boolean | undefined {
  if ('dense' in bits) return readBit(bits.dense, index)
  if (!Number.isSafeInteger(index) || index < 0 || index >= bits.entries) return undefined
  return includes(bits.set, index)
}

/** How many entries are set in `held` and not in `next`. */
export function countMissing(held: PackedBits, next: Uint8Array): number {
  if ('set' in held) return held.set.reduce((count, index) => count + (readBit(next, index) ? 0 : 1), 0)
  let missing = 0
  for (let i = 0; i < held.dense.length; i++) missing += countOnes((held.dense[i] ?? 0) & ~(next[i] ?? 0))
  return missing
}

/** The entries that are set in either; `next` is at least as long. Copies only when `next` lacks some. */
export function unionBits(held: PackedBits, next: Uint8Array): Uint8Array {
  if (countMissing(held, next) === 0) return next
  const union = new Uint8Array(next)
  if ('dense' in held)
    for (let i = 0; i < union.length; i++) union[i] = (union[i] ?? 0) | (held.dense[i] ?? 0)
  else for (const index of held.set) setBit(union, index)
  return union
}

function setBit(bits: Uint8Array, index: number): void {
  bits[index >> 3] = (bits[index >> 3] ?? 0) | (0x80 >> (index & 7))
}

/** How many bits are set. Linear in the bytes. */
export function countBits(bits: Uint8Array): number {
  let count = 0
  for (let i = 0; i < bits.length; i++) count += countOnes(bits[i] ?? 0)
  return count
}

function countOnes(byte: number): number {
  let count = 0
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++
  return count
}

function* indexesOf(bits: Uint8Array): Generator<number> {
  for (let i = 0; i < bits.length; i++) {
    if (bits[i] === 0) continue
    for (let bit = 0; bit < 8; bit++) if (readBit(bits, i * 8 + bit)) yield i * 8 + bit
  }
}

/** Binary search. */
function includes(ascending: Uint32Array, index: number): boolean {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) < index) low = middle + 1
    else high = middle
  }
  return ascending[low] === index
}
