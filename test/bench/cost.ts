import { generateKeyPairSync, sign, verify } from 'node:crypto'

/** Rounds that count, and rounds before them in which the engine gets to know the code. */
export const ROUNDS = 9
export const WARMUP_ROUNDS = 12

/** Items that a subject needs for `perRound` in each round, none of them twice. */
export function itemsFor(perRound: number): number {
  return perRound * (ROUNDS + WARMUP_ROUNDS)
}

/** Raw verifications in each slice of theirs. */
const UNITS_PER_ROUND = 300

export interface Cost {
  /** CPU time of the process for one item, in microseconds. */
  readonly us: number
  /** The same in raw Ed25519 verifications of 600 bytes (`u`), measured in turns: comparable between machines. */
  readonly units: number
}

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const message = Buffer.alloc(600, 'a')
const signature = sign(null, message, privateKey)

/**
 * CPU time of the whole process for one of `items`, each of which is acted on once: the median of {@link ROUNDS}
 * rounds, in each of which a slice of items and a slice of raw verifications take turns.
 */
export async function costOf<T>(items: readonly T[], act: (item: T) => unknown): Promise<Cost> {
  const perRound = Math.floor(items.length / (ROUNDS + WARMUP_ROUNDS))
  const rounds: Cost[] = []
  for (let round = 0; round < ROUNDS + WARMUP_ROUNDS; round++) {
    const us = await timeOf(items.slice(round * perRound, (round + 1) * perRound), act)
    const unit = await timeOf(Array.from({ length: UNITS_PER_ROUND }), () =>
      verify(null, message, publicKey, signature),
    )
    if (round >= WARMUP_ROUNDS) rounds.push({ us, units: us / unit })
  }
  return { us: median(rounds.map(({ us }) => us)), units: median(rounds.map(({ units }) => units)) }
}

async function timeOf<T>(items: readonly T[], act: (item: T) => unknown): Promise<number> {
  const start = process.cpuUsage()
  for (const item of items) await act(item)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / items.length
}

/** The value in the middle, of an even number the mean of the two. */
export function median(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b)
  const middle = ascending.length / 2
  const [low = Number.NaN, high = Number.NaN] = [
    ascending[Math.ceil(middle) - 1],
    ascending[Math.floor(middle)],
  ]
  return (low + high) / 2
}
