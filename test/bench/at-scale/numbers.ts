import { encodeUtf8 } from '../../../src/core/bytes.ts'

/** Numbers that look random and are the same in every run with one seed: 0 or more, below 1. */
export function seededNumbers(seed: string): () => number {
  let state = encodeUtf8(seed).reduce((hash, byte) => Math.imul(hash ^ byte, 16_777_619), 2_166_136_261)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** To three significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
