import { readBit, writeBit } from '../../status/bitstring.ts'
import { LIST_ENTRIES } from './index-permutation.ts'

/** A set of positions: 16 KiB for each list in which there is one, however many there are. */
export class IndexMap {
  readonly #lists = new Map<number, Uint8Array>()

  get lists(): readonly number[] {
    return [...this.#lists.keys()]
  }

  /** @returns Whether it was not there yet. An index beyond the list is never there, and never new. */
  add(list: number, index: number): boolean {
    const bits = this.bits(list)
    if (readBit(bits, index) !== false) return false
    writeBit(bits, index, true)
    return true
  }

  has(list: number, index: number): boolean {
    const bits = this.#lists.get(list)
    return bits !== undefined && readBit(bits, index) === true
  }

  /** The positions of one list, MSB-first; made when there were none. */
  bits(list: number): Uint8Array {
    const known = this.#lists.get(list)
    if (known !== undefined) return known
    const made = new Uint8Array(LIST_ENTRIES / 8)
    this.#lists.set(list, made)
    return made
  }
}

/** The bits that are set in one or in the other; both are as long. */
export function either(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte | (b[i] ?? 0))
}

/** Positions of bits that are set in one and not in the other. */
export function* missingFrom(bits: Uint8Array, wanted: Uint8Array): Generator<number> {
  for (const [i, byte] of wanted.entries()) {
    const lacking = byte & ~(bits[i] ?? 0)
    for (let bit = 0; lacking !== 0 && bit < 8; bit++) if ((lacking & (0x80 >> bit)) !== 0) yield i * 8 + bit
  }
}
