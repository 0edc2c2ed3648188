import { join } from 'node:path'
import type { ScenarioContext } from './scenario.ts'
import { Client, Failed } from './service-load.ts'
import type { ServiceWorld } from './service-world.ts'
import type { Serving } from './serving.ts'
import { type PlacedCall, placedCalls, readCalls, underStrace } from './system-calls.ts'

/** How long a life without anything to do lasts, in milliseconds: a checkpoint and a heartbeat fall into it. */
const PAUSE_MS = 400

/** What the scripted life comes to. */
export interface Lived {
  /** What was under way when nobody answered any more; `the end` when all was done. */
  readonly reached: string
  readonly failed: number
  readonly succeeded: number
}

/** Does each thing that changes something once, one after the other, so that each call of the disk belongs to one of them. */
export async function liveScripted(world: ServiceWorld, serving: Serving): Promise<Lived> {
  if (!(await serving.listens)) return { reached: 'its start', failed: 0, succeeded: 0 }
  let [failed, succeeded] = [0, 0]
  for (const [name, work] of stepsOf(new Client(world))) {
    try {
      await work()
      succeeded++
    } catch (error) {
      if (error instanceof TypeError) return { reached: name, failed, succeeded }
      if (!(error instanceof Failed) && !(error instanceof Skipped)) throw error
      failed++
    }
  }
  return { reached: 'the end', failed, succeeded }
}

/** What it needs was not made, because that failed. */
class Skipped extends Error {}

function needed<T>(made: T | undefined): T {
  if (made === undefined) throw new Skipped()
  return made
}

type Step = readonly [name: string, work: () => Promise<unknown>]

function stepsOf(client: Client): readonly Step[] {
  let party: Awaited<ReturnType<Client['party']>> | undefined
  let delegation: Awaited<ReturnType<Client['issue']>> | undefined
  let run: Awaited<ReturnType<Client['run']>> | undefined
  const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  return [
    ['registering', async () => (party = await client.party())],
    ['issuing', async () => (delegation = await client.issue(needed(party)))],
    ['a run', async () => (run = await client.run(needed(party), needed(delegation)))],
    ['suspending', async () => client.suspendAndResume(needed(delegation))],
    ['completing', async () => client.complete(needed(party), needed(run))],
    ['revoking', async () => client.revoke(needed(delegation))],
    ['publishing', pause],
    ['rotating a service key', async () => client.rotateService()],
    ['issuing', async () => client.issue(needed(party))],
    ['rotating an agent key', async () => client.rotateAgent(needed(party))],
    ['offboarding', async () => client.offboard(needed(party))],
    ['publishing', pause],
  ]
}

/** The calls of a life without any fault, in a service that has lived before. */
export async function countCalls(
  world: ServiceWorld,
  { folder, progress }: ScenarioContext,
): Promise<readonly PlacedCall[]> {
  let calls: readonly PlacedCall[] = []
  for (const name of ['first', 'second']) {
    progress(`the ${name} undisturbed life`)
    const log = join(folder, `${name}.strace`)
    const serving = world.start({ under: underStrace(log) })
    const { reached, failed } = await liveScripted(world, serving)
    const code = await serving.end('SIGTERM')
    if (reached !== 'the end' || failed > 0 || code !== 0)
      throw new Error(`an undisturbed life ended at ${reached} with ${code}: ${serving.log.join('\n')}`)
    calls = placedCalls(await readCalls(log), world)
  }
  return calls
}
