// Prints how many times as many cold chains of 3 are verified in a second with two threads of the pool as without them.
import { performance } from 'node:perf_hooks'
import type { PresentedRequest, Verifier } from '../../../dist/verifier/index.js'
import { median, ROUNDS, WARMUP_ROUNDS } from '../cost.ts'
import { actAsExpected, proveSubject, type Subject } from '../subject.ts'
import { coldSubject, followingVerifier, makeChains } from './own.ts'
import { BenchWorld } from './world.ts'

/** Requests that are under way together. */
const BATCH = 64

const world = await BenchWorld.create()
const plain = await subject(await followingVerifier(world))
const threaded = await subject(await followingVerifier(world, { threads: true }))
const ratios: number[] = []
for (let round = 0; round < ROUNDS + WARMUP_ROUNDS; round++) {
  const slice = <T>(items: readonly T[]) => items.slice(round * BATCH, (round + 1) * BATCH)
  const alone = await wallMs(async () => {
    for (const item of slice(plain.items)) await actAsExpected(plain, item)
  })
  const together = await wallMs(() =>
    Promise.all(slice(threaded.items).map((item) => actAsExpected(threaded, item))),
  )
  if (round >= WARMUP_ROUNDS) ratios.push(alone / together)
}
console.log(JSON.stringify(median(ratios)))

async function subject(verifier: Verifier): Promise<Subject<PresentedRequest>> {
  const made = await coldSubject('verify.workers2', world, await makeChains(world, 3, BATCH), verifier)
  await proveSubject(made)
  return made
}

async function wallMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
