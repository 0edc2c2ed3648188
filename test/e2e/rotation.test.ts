import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createAgent, generateKey, memoryStorage } from '../../src/holder/index.ts'
import { startTestService, type TestService } from '../helpers/issuer-service.ts'
import { isRevoked, load, refusedWith, startWorld, type World } from './rotation-world.ts'

let issuer: TestService

beforeAll(async () => {
  issuer = await startTestService()
})

afterAll(() => issuer.close())

describe('a running agent under load', () => {
  it('has its key rotated without one request failing, before and after the grace ends [I9] [KC-03]', async () => {
    const world = await startWorld(issuer)
    const { agent, agentId, delegation, options } = world
    const stop = load(world)
    const before = agent.did

    await agent.rotateKey({ key: await generateKey('Ed25519'), grace: '1s' })
    await isRevoked(issuer, delegation)
    await world.verifier.sync()
    const response = await agent.fetch(`${world.origin}/inbox`)
    const statuses = await stop()

    expect(agent.did).not.toBe(before)
    expect(await response.json()).toMatchObject({ agent: agentId })
    expect(statuses.length).toBeGreaterThan(10)
    expect(new Set(statuses)).toEqual(new Set([200]))
    const { issuer: _, storage: __, ...old } = options
    await refusedWith(world, await createAgent(old), 'revoked')
  })

  it("has its owner's key rotated without one request failing", async () => {
    const world = await startWorld(issuer)
    const stop = load(world)

    await issuer.admin.post(`/v1/owners/${world.ownerId}/keys`, { graceSeconds: 1 })
    await isRevoked(issuer, world.delegation)
    await world.verifier.sync()
    await world.agent.fetch(`${world.origin}/inbox`)
    const statuses = await stop()

    expect(new Set(statuses)).toEqual(new Set([200]))
  })

  it('has its grant narrowed without one request within it failing [I6]', async () => {
    const world = await startWorld(issuer)
    const stop = load(world)
    const reads = [{ type: 'api', locations: [`${world.origin}/`], actions: ['mail.read'] }]

    await issuer.admin.patch(`/v1/delegations/${world.delegation}`, { authorizationDetails: reads })
    await world.verifier.sync()
    await vi.waitFor(async () => expect(world.agent.chain).not.toEqual(world.options.chain), {
      timeout: 10_000,
    })
    const statuses = await stop()

    expect(new Set(statuses)).toEqual(new Set([200]))
  })
})

describe('a run', () => {
  const task = (world: World) => ({
    task: 'triage',
    grant: [{ type: 'api', locations: [`${world.origin}/`], actions: ['mail.read'] }],
    lifetime: '15m' as const,
  })

  it.each<[what: string, change: (world: World) => Promise<unknown>]>([
    [
      'the key of its owner was rotated',
      ({ ownerId }) => issuer.admin.post(`/v1/owners/${ownerId}/keys`, {}),
    ],
    [
      'its grant was narrowed',
      ({ delegation }) => issuer.admin.patch(`/v1/delegations/${delegation}`, { lifetimeSeconds: 3600 }),
    ],
    ['its own key was rotated', async ({ agent }) => agent.rotateKey({ key: await generateKey('Ed25519') })],
  ])('can be started at once after %s', async (_, change) => {
    const world = await startWorld(issuer)
    await change(world)

    await using run = await world.agent.run(task(world))

    await world.verifier.sync()
    expect((await run.fetch(`${world.origin}/inbox`)).status).toBe(200)
  })

  it('works until its end under a key that was rotated meanwhile, while the grace lasts', async () => {
    const world = await startWorld(issuer)
    await using run = await world.agent.run(task(world))

    await world.agent.rotateKey({ key: await generateKey('Ed25519') })
    await world.verifier.sync()

    expect((await run.fetch(`${world.origin}/inbox`)).status).toBe(200)
    expect(await run.complete()).toBe('completed')
  })
})

describe('rotating a key', () => {
  it('in an emergency ends the old key at once, and the new one goes on', async () => {
    const world = await startWorld(issuer)
    const { issuer: _, storage: __, ...stolen } = world.options

    await world.agent.rotateKey({ key: await generateKey('P-256'), grace: 0 })

    await refusedWith(world, await createAgent(stolen), 'revoked')
    expect((await world.agent.fetch(`${world.origin}/inbox`)).status).toBe(200)
  })

  it('is finished when it is asked for again after the answer was lost', async () => {
    const world = await startWorld(issuer)
    const key = await generateKey('Ed25519')
    let lost = 0
    const flaky: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      if (!String(input).endsWith('/keys') || lost++ > 0) return response
      throw new TypeError('the connection was cut')
    }
    const agent = await createAgent({ ...world.options, fetch: flaky, sleep: async () => {} })

    await agent.rotateKey({ key })

    expect(lost).toBeGreaterThan(1)
    expect((await agent.fetch(`${world.origin}/inbox`)).status).toBe(200)
    expect((await issuer.admin.get(`/v1/agents/${world.agentId}`)).json.did).toBe(agent.did)
  })

  it('that was interrupted is finished by a restart with the new key and the old chain', async () => {
    const world = await startWorld(issuer)
    const key = await generateKey('Ed25519')
    await world.agent.rotateKey({ key })

    const restarted = await createAgent({ ...world.options, key, storage: memoryStorage() })

    expect(restarted.did).toBe(world.agent.did)
    expect((await restarted.fetch(`${world.origin}/inbox`)).status).toBe(200)
  })

  it('to a key that somebody has leaves everything as it was', async () => {
    const world = await startWorld(issuer)
    const other = await startWorld(issuer)
    const { key } = other.options

    await expect(world.agent.rotateKey({ key })).rejects.toMatchObject({
      code: 'ERR_PROCURA_ISSUER_REFUSED',
      problem: { code: 'did_in_use' },
    })
    expect((await world.agent.fetch(`${world.origin}/inbox`)).status).toBe(200)
    await world.agent.refresh()
  })

  it('is for agents that the issuer knows, with a grace of a day at most', async () => {
    const world = await startWorld(issuer)
    const { issuer: _, ...alone } = world.options
    const key = await generateKey('Ed25519')

    await expect((await createAgent(alone)).rotateKey({ key })).rejects.toMatchObject({
      code: 'ERR_PROCURA_ISSUER_UNREACHABLE',
    })
    await expect(world.agent.rotateKey({ key, grace: '25h' })).rejects.toMatchObject({
      code: 'ERR_PROCURA_ISSUER_REFUSED',
    })
    await expect(world.agent.rotateKey({ key })).resolves.toBeUndefined()
  })
})
