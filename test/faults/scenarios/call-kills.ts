import { join } from 'node:path'
import { Counts } from '../counts.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { countCalls, liveScripted } from '../scripted-life.ts'
import { ServiceWorld } from '../service-world.ts'
import { type PlacedCall, placedCalls, readCalls, spreadOverPlaces, underStrace } from '../system-calls.ts'

/**
 * Each call is met before it happens, so what came before it is done and the rest is not: a transaction without its last page, a
 * temporary file that is empty (`fchmod`), or written and not renamed (`rename`), or renamed while the next one is empty. What is
 * synced and what is not makes no difference to a kill: the system's cache outlives the process.
 */
export const callKills: Scenario = {
  name: 'call-kills',
  about:
    'The service is killed within each write, fsync and rename of start, issuing, suspending, revoking, cascade, publishing, rotation, checkpoint and end.',
  needs: ['strace'],
  rounds: 60,
  run,
}

async function run(context: ScenarioContext): Promise<Counts> {
  const { progress } = context
  const counts = new Counts()
  const world = await ServiceWorld.create(context, counts)
  const calls = await countCalls(world, context)
  for (const { place } of calls) counts.add(`calls of a life in the ${place}`)
  const chosen = spreadOverPlaces(calls, context)
  for (const [i, call] of chosen.entries()) {
    progress(`kill ${i + 1} of ${chosen.length}: ${call.call} ${call.nth} of the ${call.place}`)
    await killAt(world, context, call)
    if (counts.violations() > 0) return counts
  }
  const last = await world.startListening()
  await world.judgePublished(world.revocations())
  if ((await last.end('SIGTERM')) !== 0) counts.violate('conduct', 'SIGTERM did not end it with 0')
  await world.judgeAll()
  return counts
}

/** The call that is met may be another one than was counted, because threads take turns: where it was is read afterwards. */
async function killAt(
  world: ServiceWorld,
  { folder }: ScenarioContext,
  { call, nth }: PlacedCall,
): Promise<void> {
  const before = world.revocations()
  const log = join(folder, 'kill.strace')
  const serving = world.start({ under: underStrace(log, `${call}:signal=SIGKILL:when=${nth}`) })
  if (await serving.listens) await world.judgePublished(before, serving)
  const { reached } = await liveScripted(world, serving)
  await serving.end('SIGTERM')
  const [last] = placedCalls((await readCalls(log)).slice(-1), world)
  world.counts.add(`kills in the ${last?.place ?? 'rest'}`)
  world.counts.add(`at ${reached}`)
  const told = serving.complaints()
  if (told.length > 0) world.counts.violate('conduct', `it logged ${told.join('\n')}`)
  await world.judgeFiles()
}
