const ROUNDS = 10

/** CPU time of one of `items` in microseconds: the median of ten rounds, after one that does not count. */
export async function cpuTimeOf<T>(items: readonly T[], act: (item: T) => unknown): Promise<number> {
  const size = Math.floor(items.length / (ROUNDS + 1))
  const times: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const start = process.cpuUsage()
    for (const item of items.slice(round * size, (round + 1) * size)) await act(item)
    const { user, system } = process.cpuUsage(start)
    if (round > 0) times.push((user + system) / size)
  }
  return Math.round(times.sort((a, b) => a - b)[ROUNDS / 2] ?? Number.NaN)
}
