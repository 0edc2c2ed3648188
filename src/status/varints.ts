/** Most bytes of one number: 7 bits each, for all that a number of JavaScript counts exactly. */
const MAX_BYTES = 8

/** Writes natural numbers one after the other, seven bits in a byte, the lowest first (LEB128). */
export class VarintWriter {
  readonly #bytes: number[]

  /** @param first A byte that goes before them as it is. */
  constructor(first: number) {
    this.#bytes = [first]
  }

  /** @param number A whole number from 0 to 2^53 - 1. */
  write(number: number): void {
    let rest = number
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes.push((rest % 0x80) | 0x80)
    this.#bytes.push(rest)
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }
}

/**
 * Reads natural numbers until the bytes end.
 *
 * @param from Where the first begins.
 * @returns `undefined` for a number that is cut off, longer than it need be, or beyond 2^53 - 1.
 */
export function readVarints(bytes: Uint8Array, from: number): readonly number[] | undefined {
  const numbers: number[] = []
  let number = 0
  let factor = 1
  let length = 0
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    number += (byte & 0x7f) * factor
    length += 1
    if (length > MAX_BYTES || !Number.isSafeInteger(number) || (byte === 0 && length > 1)) return undefined
    if (byte >= 0x80) factor *= 0x80
    else {
      numbers.push(number)
      number = 0
      factor = 1
      length = 0
    }
  }
  return length === 0 ? numbers : undefined
}
