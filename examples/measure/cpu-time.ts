import { generateKeyPairSync, sign, verify } from 'node:crypto'

const ROUNDS = 10

export interface CpuTime {
  /** Of one item, in microseconds. */
  readonly us: number
  /** The same in units of one raw Ed25519 verification of 600 bytes, measured in turns: comparable between machines. */
  readonly units: number
}

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const message = Buffer.alloc(600, 'a')
const signature = sign(null, message, privateKey)

/** CPU time of the process for each of `items`: the median of ten rounds, after one that does not count. */
export async function cpuTimeOf<T>(items: readonly T[], act: (item: T) => unknown): Promise<CpuTime> {
  const size = Math.floor(items.length / (ROUNDS + 1))
  const rounds: CpuTime[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const us = await timeOf(items.slice(round * size, (round + 1) * size), act)
    const unit = await timeOf(Array.from({ length: size }), () => verify(null, message, publicKey, signature))
    if (round > 0) rounds.push({ us, units: us / unit })
  }
  return { us: median(rounds.map(({ us }) => us)), units: median(rounds.map(({ units }) => units)) }
}

async function timeOf<T>(items: readonly T[], act: (item: T) => unknown): Promise<number> {
  const start = process.cpuUsage()
  for (const item of items) await act(item)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / items.length
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
