import { performance } from 'node:perf_hooks'

/**
 * Acts `count` times, at most `together` of them at the same time, as clients of a busy service would.
 *
 * @param act Is given 0 to `count` - 1.
 * @returns How many it did in a second, by the clock on the wall. Rejects with the first that rejects.
 */
export async function ratePerSecond(
  count: number,
  together: number,
  act: (i: number) => Promise<unknown>,
): Promise<number> {
  const start = performance.now()
  let next = 0
  const client = async () => {
    while (next < count) await act(next++)
  }
  await Promise.all(Array.from({ length: Math.min(together, count) }, client))
  return count / ((performance.now() - start) / 1000)
}

/** The smallest value that at least this part of the values does not exceed. @param part 0 to 1. */
export function percentile(values: readonly number[], part: number): number {
  const ascending = [...values].sort((a, b) => a - b)
  return ascending[Math.max(0, Math.ceil(part * ascending.length) - 1)] ?? Number.NaN
}
