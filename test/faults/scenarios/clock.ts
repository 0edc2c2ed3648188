import { setTimeout as sleep } from 'node:timers/promises'
import { decodeBase64url } from '../../../src/core/base64url.ts'
import { decodeUtf8 } from '../../../src/core/bytes.ts'
import { type Answer, newCaller, send } from '../../helpers/issuer-service.ts'
import { Counts } from '../counts.ts'
import { type FakedClock, fakeClock } from '../faked-clock.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { Client, type Party } from '../service-load.ts'
import { ServiceWorld } from '../service-world.ts'
import type { Serving } from '../serving.ts'
import { judgeVerifying } from '../strict-verifier.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** How long the clock stands wrong, and how soon it must be noticed that it is right again, in milliseconds. */
const WRONG_MS = 2_000
const RIGHT_AGAIN_MS = 15_000

/** Grace that a jump ahead by three days would end, in seconds. */
const GRACE_SECONDS = 86_400

const BELIEVED_AFTER_ROUNDS = 5

export const clock: Scenario = {
  name: 'clock',
  about:
    'The clock of a service under load jumps ahead by three days and back, then back by an hour and ahead again.',
  needs: ['faketime'],
  rounds: 12,
  run,
}

async function run(context: ScenarioContext): Promise<Counts> {
  const { rounds, progress, folder, defer } = context
  const counts = new Counts()
  const faked = fakeClock(folder)
  const world = await ServiceWorld.create(context, counts)
  const serving = await world.startListening({ env: faked.env })
  const stop = new AbortController()
  defer(() => stop.abort())
  const following = Promise.all(world.watches.map((watch) => watch.follow(stop.signal)))
  const party = await new Client(world).party()
  const graced = await withGrace(world)
  for (let round = 0; round < rounds && counts.violations() === 0; round++) {
    for (const aheadMs of [3 * DAY_MS, -HOUR_MS]) {
      progress(`round ${round + 1} of ${rounds}: by ${aheadMs / HOUR_MS} hours`)
      await jumpOnce({ world, faked, serving, party }, aheadMs)
    }
  }
  const { json } = await world.admin.get(`/v1/delegations/${graced}`)
  if (json.state !== 'active')
    counts.violate('conduct', `a grace of a day ended with the jump: ${json.state}`)
  await judgeVerifying(world)
  await world.judgePublished(world.revocations())
  stop.abort()
  await following
  if (rounds > BELIEVED_AFTER_ROUNDS) await believeOnce({ world, faked, serving, party }, progress)
  else if ((await serving.end('SIGTERM')) !== 0) counts.violate('conduct', 'SIGTERM did not end it with 0')
  await world.judgeAll()
  return counts
}

/** A delegation that may be presented for a day more. */
async function withGrace(world: ServiceWorld): Promise<string> {
  const client = new Client(world)
  const party = await client.party()
  const { id } = await client.issue(party)
  const { did } = await newCaller(world.url)
  const body = { did, graceSeconds: GRACE_SECONDS }
  const answer = await world.admin.post(`/v1/agents/${party.agent}/keys`, body)
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`)
  return id
}

interface Jumping {
  readonly world: ServiceWorld
  readonly faked: FakedClock
  readonly serving: Serving
  readonly party: Party
}

/** Clients whose clock is right are refused meanwhile; those whose clock jumped along are answered. */
async function jumpOnce({ world, faked, serving, party }: Jumping, aheadMs: number): Promise<void> {
  const { counts } = world
  const client = new Client(world)
  const delegation = await client.issue(party)
  const [logged, before] = [serving.said.length, await headOf(world)]
  faked.jumpTo(aheadMs)
  counts.add('jumps')
  const loading = loadFor(world, { faked, party, ms: WRONG_MS })
  await sleep(WRONG_MS / 2)
  await revokeBy(world, delegation, aheadMs)
  await loading
  const during = await headOf(world)
  if (during.iatMs > Date.now()) counts.violate('INV6', 'a head of a time to come was signed')
  if ((await send(`${world.url}/livez`)).status !== 200) counts.violate('conduct', 'it is not alive')
  const alarms = serving.said.slice(logged).join('\n')
  if (!alarms.includes('ALARM: the clock jumped')) counts.violate('conduct', 'it did not notice the jump')
  if (aheadMs < 0 && !alarms.includes('ALARM: the clock is behind the last signed status'))
    counts.violate('conduct', 'it does not say that the clock is behind')
  faked.jumpTo(0)
  const recovered = performance.now()
  while ((await headOf(world)).seq <= Math.max(before.seq, during.seq)) {
    if (performance.now() - recovered > RIGHT_AGAIN_MS) {
      return counts.violate('conduct', 'it publishes nothing after the clock was mended')
    }
    await sleep(50)
  }
  counts.add('recovered')
  await world.judgePublished(world.revocations())
}

async function revokeBy(world: ServiceWorld, { id, position }: Answer['json'], aheadMs: number) {
  const options = { now: Date.now() + aheadMs }
  const answer = await world.admin.post(`/v1/delegations/${id}/revoke`, { reason: 'a test' }, options)
  if (answer.status === 200) world.ledger.push({ what: 'revoke', id, position })
  else world.counts.violate('conduct', `a revocation meanwhile: ${answer.status} ${answer.text}`)
}

async function loadFor(
  { admin, counts, ledger }: ServiceWorld,
  { faked, party, ms }: { readonly faked: FakedClock; readonly party: Party; readonly ms: number },
): Promise<void> {
  const until = performance.now() + ms
  const body = { agent: party.agent, inherit: true, leaseSize: 0 }
  for (let i = 0; performance.now() < until; i++) {
    const isRight = i % 2 === 1
    const now = Date.now() + (isRight ? 0 : faked.aheadMs)
    const { status, json, text } = await admin.post('/v1/delegations', body, { now })
    // Past the limit of failed sign-ins it is 429.
    if (status === 401 || (isRight && status === 429))
      counts.add('requests with the right time refused meanwhile')
    else if (status !== 201) counts.violate('conduct', `an issuance meanwhile: ${status} ${text}`)
    else {
      ledger.push({ what: 'credential', id: json.id, position: json.position })
      counts.add('issued meanwhile')
      if (Date.parse(json.validUntil) <= Date.parse(json.validFrom))
        counts.violate('conduct', `${json.id} ends before it begins`)
    }
  }
}

/** A clock that stays ahead is believed after a minute; once it is mended, nothing can be published for as long. */
async function believeOnce(
  { world, faked, serving, party }: Jumping,
  progress: ScenarioContext['progress'],
): Promise<void> {
  const { counts } = world
  progress('the clock stays ahead for more than a minute')
  const before = await headOf(world)
  faked.jumpTo(3 * DAY_MS)
  await sleep(75_000)
  const future = await headOf(world)
  if (future.iatMs < before.iatMs + 2 * DAY_MS)
    counts.violate('conduct', 'a clock that stays is not believed')
  faked.jumpTo(0)
  await sleep(5_000)
  const { id, position } = await new Client(world).issue(party)
  await revokeBy(world, { id, position }, 0)
  await sleep(2_000)
  const stopped = await headOf(world)
  if (stopped.seq > future.seq + 5 || stopped.iatMs < future.iatMs)
    counts.violate('INV6', 'the head went back')
  if ((await send(`${world.url}/readyz`)).status !== 503)
    counts.violate('conduct', 'it calls itself ready while it cannot publish')
  if (!serving.said.at(-1)?.includes('behind the last signed status'))
    counts.violate('conduct', `its last words are not the alarm: ${serving.said.at(-1)}`)
  await serving.end('SIGTERM')
  faked.jumpTo(3 * DAY_MS + 300_000)
  const later = await world.startListening({ env: faked.env })
  const last = await headOf(world)
  if (last.seq <= stopped.seq || last.iatMs <= stopped.iatMs)
    counts.violate('conduct', 'it does not publish when the clock has passed what was signed')
  counts.add('jumps that were believed')
  await later.end('SIGTERM')
}

interface Claims {
  readonly seq: number
  readonly iatMs: number
}

/** What the newest head says, whatever time it says. */
async function headOf({ url }: ServiceWorld): Promise<Claims> {
  const { text } = await send(`${url}/status/acme/head`)
  const payload = decodeBase64url(text.split('.')[1] ?? '') ?? new Uint8Array()
  return JSON.parse(decodeUtf8(payload) ?? '') as Claims
}
