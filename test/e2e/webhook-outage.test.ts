import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { initialize } from '../../src/server/initialize.ts'
import { verifyWebhook } from '../../src/webhooks/verify-webhook.ts'
import { type FakedClock, fakeClock } from '../faults/faked-clock.ts'
import { requireOrSkip } from '../helpers/available.ts'
import { addAgent, addOwner, adminCaller, freePort, send } from '../helpers/issuer-service.ts'
import { spawnService } from '../helpers/service-process.ts'
import { eventIn, openReceiver, type WebhookReceiver } from '../helpers/webhook-receiver.ts'

const HOUR = 3_600_000
const DEEDS = [
  ['suspend', { reason: 'odd' }],
  ['resume', {}],
  ['revoke', { reason: 'odd' }],
] as const
const TYPES = ['agent.suspended', 'agent.resumed', 'agent.revoked']

/** What a receiver hears of each agent, of each event what it heard first. */
function heard({ requests }: WebhookReceiver): Record<string, string[]> {
  const seen = new Set<string>()
  const byAgent: Record<string, string[]> = {}
  for (const { id, type, agent } of requests.map(eventIn)) {
    if (seen.has(id)) continue
    seen.add(id)
    byAgent[agent] = [...(byAgent[agent] ?? []), type]
  }
  return byAgent
}

function clockIn(folder: string): FakedClock | undefined {
  try {
    return fakeClock(folder)
  } catch {
    return undefined
  }
}

it('a receiver that was down for an hour hears everything at least once, in the order of each agent, though the issuer is killed before and meanwhile [PS-03]', async (ctx) => {
  const folder = await mkdtemp(join(tmpdir(), 'procura-webhook-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const clock = clockIn(folder)
  requireOrSkip(ctx, 'faketime', clock !== undefined)
  if (clock === undefined) return
  const receiver = await openReceiver()
  const origin = `http://127.0.0.1:${await freePort()}`
  const dataDir = join(folder, 'data')
  const initialized = await initialize({ dataDir, tenant: 'acme', origin })
  const env = { ...clock.env, PROCURA_DELIVERY_HOSTS: receiver.host }
  const start = () => spawnService(dataDir, join(folder, 'cache'), { env })
  const admin = await adminCaller(origin, initialized)

  let service = await start()
  const { json: webhook } = await admin.post('/v1/webhooks', { url: receiver.url, types: TYPES })
  receiver.goDown()
  const owner = await addOwner(admin)
  const agents = [
    (await addAgent(origin, admin, owner.id)).agent.id,
    (await addAgent(origin, admin, owner.id)).agent.id,
  ]
  for (const agent of agents) {
    for (const [verb, body] of DEEDS)
      expect((await admin.post(`/v1/agents/${agent}/${verb}`, body)).status, verb).toBe(200)
  }
  await service.end('SIGKILL')
  clock.jumpTo(HOUR)

  service = await start()
  await receiver.comeUp()
  await receiver.received()
  await service.end('SIGKILL')
  service = await start()
  onTestFinished(async () => void (await service.end('SIGTERM')))

  const now = Date.now() + HOUR
  const log = `/v1/webhooks/${webhook.id}/deliveries`
  const states = async () =>
    (await admin.get(log, { now: Date.now() + HOUR })).json.items.map(({ state }: { state: string }) => state)
  await expect.poll(states, { timeout: 60_000 }).toEqual(Array.from({ length: 6 }, () => 'delivered'))
  expect(heard(receiver)).toEqual(Object.fromEntries(agents.map((agent) => [agent, TYPES])))
  const keys = (await send(`${origin}/webhooks/acme/jwks.json`)).json
  for (const request of receiver.requests)
    expect(await verifyWebhook(request, { url: webhook.url, keys, now })).toMatchObject({ verified: true })
})
