import { sha256 } from '#crypto'
import { merkleNodeHash } from './merkle.ts'

/** A tree that is only added to, of which nothing is kept but what its root needs: one hash for each of its full parts. */
export class MerkleRange {
  /** Full subtrees from the left, each smaller than the one before. */
  readonly #parts: { readonly width: number; readonly hash: Uint8Array }[] = []
  #size = 0

  /** How many leaves were added. */
  get size(): number {
    return this.#size
  }

  /** Adds the hash of a leaf, 32 bytes. */
  add(leafHash: Uint8Array): void {
    let added = { width: 1, hash: leafHash }
    for (let last = this.#parts.at(-1); last?.width === added.width; last = this.#parts.at(-1)) {
      added = { width: added.width * 2, hash: merkleNodeHash(last.hash, added.hash) }
      this.#parts.pop()
    }
    this.#parts.push(added)
    this.#size += 1
  }

  /** Root of what was added so far (RFC 6962 §2.1). */
  root(): Uint8Array {
    const [last, ...others] = this.#parts.map(({ hash }) => hash).toReversed()
    return others.reduce((right, left) => merkleNodeHash(left, right), last ?? sha256(new Uint8Array()))
  }
}
