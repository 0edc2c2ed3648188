import { LIST_ENTRIES } from '../../src/server/store/index-permutation.ts'

/** Parts of a list whose shares are compared. */
const PARTS = 64

/**
 * The chi-square that 63 degrees of freedom exceed once in a million times. Indexes are drawn without putting any back, which spreads
 * them more evenly than that, so a fair permutation stays below it all the more.
 */
export const SPREAD_LIMIT = 132

/** Chi-square of how indexes are spread over 64 equal parts of a list: 63 is usual; in order they would exceed every limit. */
export function spreadOf(indexes: readonly number[]): number {
  const expected = indexes.length / PARTS
  const shares = new Array<number>(PARTS).fill(0)
  for (const index of indexes) {
    const part = Math.floor((index * PARTS) / LIST_ENTRIES)
    shares[part] = (shares[part] ?? 0) + 1
  }
  return shares.reduce((sum, share) => sum + (share - expected) ** 2 / expected, 0)
}
