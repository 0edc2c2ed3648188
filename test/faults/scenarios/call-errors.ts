import { join } from 'node:path'
import { Counts } from '../counts.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { countCalls, liveScripted } from '../scripted-life.ts'
import { ServiceWorld } from '../service-world.ts'
import { type PlacedCall, placedCalls, readCalls, spreadOverPlaces, underStrace } from '../system-calls.ts'

/** How many calls of the kind fail in a row, from the one that was chosen on. */
const WIDTHS = [1, 1, 3, 12] as const

/** After so many rounds it runs undisturbed, and must do all that is asked of it. */
const UNDISTURBED_EVERY = 5

/** Unlike a kill, this shows what becomes of a change whose `fsync` fails, as on a machine that lost its disk. */
export const callErrors: Scenario = {
  name: 'call-errors',
  about:
    'Each write, fsync and rename of the same life fails with EIO or ENOSPC: what failed is told as a failure, and what was told as done is there.',
  needs: ['strace'],
  rounds: 60,
  run,
}

async function run(context: ScenarioContext): Promise<Counts> {
  const { progress } = context
  const counts = new Counts()
  const world = await ServiceWorld.create(context, counts)
  const calls = await countCalls(world, context)
  const chosen = spreadOverPlaces(calls, context)
  for (const [i, call] of chosen.entries()) {
    progress(`error ${i + 1} of ${chosen.length}: ${call.call} ${call.nth} of the ${call.place}`)
    await failAt(world, context, call)
    if (i % UNDISTURBED_EVERY === 0) await recover(world)
    if (counts.violations() > 0) return counts
  }
  await recover(world)
  await world.judgeAll()
  return counts
}

async function failAt(
  world: ServiceWorld,
  { folder, random }: ScenarioContext,
  { call, nth, place }: PlacedCall,
): Promise<void> {
  const { counts } = world
  const log = join(folder, 'error.strace')
  const error = random.pick(['EIO', 'ENOSPC'] as const)
  const when = `${nth}..${nth + random.pick(WIDTHS) - 1}`
  const serving = world.start({ under: underStrace(log, `${call}:error=${error}:when=${when}`) })
  const { reached, failed, succeeded } = await liveScripted(world, serving)
  const code = await serving.end('SIGTERM')
  const injected = placedCalls(await readCalls(log), world).filter((one) => one.injected)
  counts.add(`${error} injected`, injected.length)
  counts.add('requests failed (5xx)', failed)
  counts.add('requests done', succeeded)
  if (reached === 'its start') counts.add('starts refused')
  else if (reached !== 'the end') counts.add('ended by itself')
  if (place === 'directory' && (failed > 0 || reached !== 'the end' || code !== 0))
    counts.violate('conduct', `${call} ${when} of the directory failed requests, or the service (${code})`)
  if (reached !== 'the end' && (code === 0 || serving.complaints().length === 0))
    counts.violate('conduct', `after ${error} of ${call} ${when} it ended with ${code} and without a word`)
  await world.judgeFiles()
}

/** Started again on a disk that works, it does all that is asked of it. */
async function recover(world: ServiceWorld): Promise<void> {
  const before = world.revocations()
  const serving = await world.startListening()
  await world.judgePublished(before)
  const { failed, reached } = await liveScripted(world, serving)
  const code = await serving.end('SIGTERM')
  world.counts.add('undisturbed lives')
  if (failed > 0 || reached !== 'the end' || code !== 0)
    world.counts.violate(
      'conduct',
      `started again, it failed ${failed} requests, ended at ${reached} with ${code}`,
    )
}
