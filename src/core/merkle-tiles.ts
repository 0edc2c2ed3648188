import { ProcuraError } from '../errors.ts'
import { MERKLE_HASH_BYTES, merkleNodeHash, merkleRootOfHashes } from './merkle.ts'
import { splitPoint } from './merkle-proof.ts'

/** Hashes of a full tile (C2SP tlog-tiles); a tile spans eight levels of the tree. */
export const TILE_HASHES = 256
const TILE_LEVELS = 8

/**
 * Hands out a tile: the hashes, one after the other, of the tree's level `8 · level` from `256 · index` on.
 * `undefined` when there is none.
 */
export type ReadTile = (level: number, index: number) => Promise<Uint8Array | undefined>

/** Leaves from `start` up to `end`, which is not among them. */
interface Span {
  readonly start: number
  readonly end: number
}

/**
 * Roots and proofs of a tree that is kept as tiles. Tiles only ever grow, so whatever size the tree had before can still be
 * asked about. Reads each tile once; a proof needs about two for every eight levels.
 */
export class TiledTree {
  readonly #read: ReadTile
  readonly #tiles = new Map<string, Promise<Uint8Array | undefined>>()

  constructor(read: ReadTile) {
    this.#read = read
  }

  /** Root of the first `size` leaves, at least one. @throws {ProcuraError} `ERR_PROCURA_STORAGE` when a tile is missing. */
  root(size: number): Promise<Uint8Array> {
    return this.#hashOf({ start: 0, end: size })
  }

  /** @returns 32 bytes. @throws as {@link root} */
  leafHash(index: number): Promise<Uint8Array> {
    return this.#node(1, index)
  }

  /** Proof that leaf `index` is in the tree of the first `size` leaves (RFC 6962 §2.1.1). @throws as {@link root} */
  async inclusion(index: number, size: number): Promise<readonly Uint8Array[]> {
    let span: Span = { start: 0, end: size }
    const siblings: Span[] = []
    while (span.end - span.start > 1) {
      const [left, right] = halves(span)
      siblings.push(index < left.end ? right : left)
      span = index < left.end ? left : right
    }
    return await this.#hashesOf(siblings.toReversed())
  }

  /** Proof that the first `from` leaves, at least one, begin the tree of the first `size` (RFC 6962 §2.1.2). @throws as {@link root} */
  async consistency(from: number, size: number): Promise<readonly Uint8Array[]> {
    let span: Span = { start: 0, end: size }
    const spans: Span[] = []
    while (span.end > from) {
      const [left, right] = halves(span)
      spans.push(from <= left.end ? right : left)
      span = from <= left.end ? left : right
    }
    if (span.start > 0) spans.push(span)
    return await this.#hashesOf(spans.toReversed())
  }

  #hashesOf(spans: readonly Span[]): Promise<Uint8Array[]> {
    return Promise.all(spans.map((span) => this.#hashOf(span)))
  }

  async #hashOf(span: Span): Promise<Uint8Array> {
    const width = span.end - span.start
    if (isPowerOfTwo(width)) return await this.#node(width, span.start / width)
    const [left, right] = halves(span)
    return merkleNodeHash(await this.#hashOf(left), await this.#hashOf(right))
  }

  /** Hash of the full subtree over `width` leaves, a power of two, that is the one with this index among its like. */
  async #node(width: number, index: number): Promise<Uint8Array> {
    const level = Math.floor(Math.log2(width) / TILE_LEVELS)
    const count = width / TILE_HASHES ** level
    const first = index * count
    const tile = await this.#tile(level, Math.floor(first / TILE_HASHES))
    const start = (first % TILE_HASHES) * MERKLE_HASH_BYTES
    const hashes = splitHashes(tile?.subarray(start, start + count * MERKLE_HASH_BYTES) ?? new Uint8Array())
    if (hashes.length === count) return merkleRootOfHashes(hashes)
    throw new ProcuraError('ERR_PROCURA_STORAGE', 'the Merkle tree lacks a tile that it must have')
  }

  #tile(level: number, index: number): Promise<Uint8Array | undefined> {
    const key = `${level}/${index}`
    const tile = this.#tiles.get(key) ?? this.#read(level, index)
    this.#tiles.set(key, tile)
    return tile
  }
}

/** The hashes of a tile. */
export function splitHashes(tile: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.floor(tile.length / MERKLE_HASH_BYTES) }, (_, i) =>
    tile.subarray(i * MERKLE_HASH_BYTES, (i + 1) * MERKLE_HASH_BYTES),
  )
}

function halves({ start, end }: Span): readonly [Span, Span] {
  const middle = start + splitPoint(end - start)
  return [
    { start, end: middle },
    { start: middle, end },
  ]
}

/** Exact up to 2⁵³, where the bit operators are not. */
function isPowerOfTwo(width: number): boolean {
  return width === 1 || splitPoint(width) * 2 === width
}
