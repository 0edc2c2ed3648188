import { setTimeout as sleep } from 'node:timers/promises'
import { Counts } from '../counts.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { Client, loadService } from '../service-load.ts'
import { ServiceWorld } from '../service-world.ts'
import { judgeVerifying } from '../strict-verifier.ts'

const LANES = 8

/** Longest life of a service that listens, in milliseconds. */
const LIFE_MS = 800

/** Every so many starts the key-encryption key is another one, so that kills meet its change. */
const CHANGE_KEY_EVERY = 4

export const serviceKills: Scenario = {
  name: 'service-kills',
  about:
    'The service is killed (kill -9) at random moments of its life and its start, under a load of everything that it does.',
  needs: [],
  rounds: 80,
  run,
}

async function run(context: ScenarioContext): Promise<Counts> {
  const { rounds, progress, defer } = context
  const counts = new Counts()
  const world = await ServiceWorld.create(context, counts)
  const stop = new AbortController()
  defer(() => stop.abort())
  const following = Promise.all(world.watches.map((watch) => watch.follow(stop.signal)))
  for (let round = 0; round < rounds && counts.violations() === 0; round++) {
    progress(`kill ${round + 1} of ${rounds}, ${world.ledger.length} changes acknowledged`)
    if (round % CHANGE_KEY_EVERY === 0) await world.changeKeyEncryptionKey()
    await killOnce(world, context)
  }
  const last = await world.startListening()
  await judgeVerifying(world)
  await world.judgePublished(world.revocations())
  if ((await last.end('SIGTERM')) !== 0) counts.violate('conduct', 'SIGTERM did not end it with 0')
  stop.abort()
  await following
  await world.judgeAll()
  return counts
}

async function killOnce(world: ServiceWorld, { random }: ScenarioContext): Promise<void> {
  const before = world.revocations()
  const serving = world.start()
  if (random.once(5)) {
    await sleep(random.below(LIFE_MS))
    world.counts.add('kills while it starts')
  } else if (await serving.listens) {
    await world.judgePublished(before)
    if (random.once(5)) await judgeVerifying(world)
    const loading = loadService(new Client(world), random, {
      lanes: LANES,
      mayFail: false,
      rotateEveryMs: 150,
    })
    await sleep(random.below(LIFE_MS))
    serving.signal('SIGKILL')
    await loading
    world.counts.add('kills under load')
  } else world.counts.violate('conduct', `it does not start: ${serving.log.join('\n')}`)
  serving.signal('SIGKILL')
  await serving.ended
  const told = serving.complaints()
  if (told.length > 0) world.counts.violate('conduct', `it logged ${told.join('\n')}`)
  await world.judgeFiles()
}
