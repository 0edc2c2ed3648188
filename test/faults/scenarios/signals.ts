import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Counts } from '../counts.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { Client, loadService } from '../service-load.ts'
import { ServiceWorld } from '../service-world.ts'
import type { Serving } from '../serving.ts'

const PROGRAM = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
const LANES = 8

/** When a service that starts is asked to end, at the latest, in milliseconds. */
const START_MS = 1_500

/** Between two signals, in milliseconds, at most. */
const TWICE_MS = 100

export const signals: Scenario = {
  name: 'signals',
  about:
    '`procura serve` is told to end (SIGTERM, SIGINT, SIGHUP) under load, while it starts, and twice in a row.',
  needs: [],
  rounds: 18,
  run,
}

async function run(context: ScenarioContext): Promise<Counts> {
  const counts = new Counts()
  const world = await ServiceWorld.create(context, counts)
  for (let round = 0; round < context.rounds && counts.violations() === 0; round++) {
    context.progress(`signal ${round + 1} of ${context.rounds}, ${world.ledger.length} changes acknowledged`)
    const [end, kind] = ENDS[round % ENDS.length] ?? ENDS[0]
    const before = world.revocations()
    const serving = startProgram(world)
    await end(world, serving, context, before)
    counts.add(kind)
    if (serving.log.length > 0) counts.violate('conduct', `it wrote ${serving.log.join('\n')}`)
    await world.judgeFiles()
  }
  await world.judgeAll()
  return counts
}

type End = (
  world: ServiceWorld,
  serving: Serving,
  context: ScenarioContext,
  before: ReturnType<ServiceWorld['revocations']>,
) => Promise<void>

const ENDS: readonly [readonly [End, string], ...(readonly [End, string])[]] = [
  [endUnderLoad, 'signals under load'],
  [endTwice, 'signals twice in a row'],
  [endAtStart, 'signals while it starts'],
]

function startProgram(world: ServiceWorld): Serving {
  const { dataDir, publishDirectory } = world
  const options = ['--data', dataDir, '--publish-directory', publishDirectory]
  return world.start({ command: [process.execPath, PROGRAM, 'serve', ...options] })
}

/** Each request is answered, or its connection closed; the service ends within its grace, and with 0. */
async function endUnderLoad(
  world: ServiceWorld,
  serving: Serving,
  { random }: ScenarioContext,
  before: ReturnType<ServiceWorld['revocations']>,
): Promise<void> {
  if (!(await serving.listens)) return world.counts.violate('conduct', 'it does not start')
  await world.judgePublished(before)
  const loading = loadService(new Client(world), random, { lanes: LANES, mayFail: false })
  await sleep(random.below(600))
  const name = random.pick(SIGNALS)
  const code = await serving.end(name)
  await loading
  if (code !== 0) world.counts.violate('conduct', `${name} ended it with ${code}`)
}

/** The second signal ends it at once, with whatever code. */
async function endTwice(world: ServiceWorld, serving: Serving, { random }: ScenarioContext): Promise<void> {
  if (!(await serving.listens)) return world.counts.violate('conduct', 'it does not start')
  const loading = loadService(new Client(world), random, { lanes: LANES, mayFail: false })
  await sleep(random.below(600))
  const name = random.pick(SIGNALS)
  serving.signal(name)
  await sleep(random.below(TWICE_MS))
  await serving.end(name)
  await loading
}

/** It has nothing to finish yet, so the signal itself may end it. */
async function endAtStart(world: ServiceWorld, serving: Serving, { random }: ScenarioContext): Promise<void> {
  await sleep(random.below(START_MS))
  const name = random.pick(SIGNALS)
  const code = await serving.end(name)
  if (code !== 0 && code !== null)
    world.counts.violate('conduct', `${name} at the start ended it with ${code}`)
}
