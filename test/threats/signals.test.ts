import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refusedWith, startWorld, type World } from '../e2e/rotation-world.ts'
import { send, startTestService, type TestService } from '../helpers/issuer-service.ts'
import { AUDIENCE, startTransmitter, type TestTransmitter } from '../helpers/signal-transmitter.ts'

let idp: TestTransmitter
let service: TestService
let endpoint: string
let world: World

beforeAll(async () => {
  idp = await startTransmitter()
  service = await startTestService({ signalIssuers: [idp.issuer], publisher: { coalesceMs: 20 } })
  const body = { issuer: idp.issuer, audience: AUDIENCE }
  endpoint = (await service.admin.post('/v1/signals/transmitters', body)).json.endpoint
}, 60_000)
afterAll(async () => {
  await service.close()
  await idp.close()
})

async function startLinkedWorld(): Promise<void> {
  world = await startWorld(service)
  const subject = { issuer: idp.issuer, subject: 'ada' }
  expect((await service.admin.patch(`/v1/owners/${world.ownerId}`, { subject })).status).toBe(200)
}

async function push(token: string): Promise<number> {
  const headers = { 'content-type': 'application/secevent+jwt' }
  return (await send(endpoint, { method: 'POST', headers, body: token })).status
}

async function asked(): Promise<number> {
  await world.verifier.sync()
  return (await world.agent.fetch(`${world.origin}/inbox`)).status
}

describe('a security event', () => {
  it('that somebody else signed, or that is for somebody else, changes nothing for any verifier [PS-01]', async () => {
    await startLinkedWorld()
    const purged = (claims: object) => idp.account('account-purged', claims)
    const [head, payload = '', signature] = (await purged({})).split('.')
    const changed = Buffer.from(payload, 'base64url').toString().replace('"ada"', '"bob"')
    const bad = [
      await idp.sign({ events: {} }, { withForeignKey: true }),
      await purged({ aud: 'https://other.example' }),
      await idp.sign({}, { header: { typ: 'at+jwt' } }),
      `${head}.${Buffer.from(changed).toString('base64url')}.${signature}`,
    ]

    for (const token of bad) expect(await push(token)).toBe(400)
    expect(await asked()).toBe(200)
    expect(await push(await purged({}))).toBe(202)
    await refusedWith(world, world.agent, 'revoked')
  })

  it('that came before has no second effect, and another one under its jti none at all [PS-01]', async () => {
    await startLinkedWorld()
    const token = await idp.account('account-disabled', { jti: 'captured' })
    expect(await push(token)).toBe(202)
    await refusedWith(world, world.agent, 'suspended')
    await service.admin.post(`/v1/owners/${world.ownerId}/resume`)

    expect(await push(token)).toBe(202)
    expect(await push(await idp.account('account-purged', { jti: 'captured' }))).toBe(400)
    const { json } = await service.admin.get(`/v1/owners/${world.ownerId}`)
    expect([json.state, json.suspended]).toEqual(['active', false])
  })

  it('never takes back what the lists say: the more restrictive of the two counts [PS-02]', async () => {
    await startLinkedWorld()
    expect(await asked()).toBe(200)
    await service.admin.post(`/v1/owners/${world.ownerId}/suspend`, { reason: 'odd' })
    expect(await push(await idp.account('account-enabled'))).toBe(202)
    await refusedWith(world, world.agent, 'suspended')

    expect(await push(await idp.account('account-purged'))).toBe(202)
    await refusedWith(world, world.agent, 'revoked')
    const later = Math.floor(Date.now() / 1000) + 5
    expect(await push(await idp.account('account-enabled', { iat: later }))).toBe(202)
    await refusedWith(world, world.agent, 'revoked')
  })
})
