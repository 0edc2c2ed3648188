import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { subjectOf } from '../../src/holder/agent-keys.ts'
import { type Agent, createAgent, createLocalSigner, generateKey, type Run } from '../../src/holder/index.ts'
import { startTestService, type TestService } from '../helpers/issuer-service.ts'
import { isRevoked, load, refusedWith, startWorld, type World } from './rotation-world.ts'

let issuer: TestService

beforeAll(async () => {
  issuer = await startTestService()
})

afterAll(() => issuer.close())

const grantFor = ({ origin }: World, ...actions: string[]) => [
  { type: 'api', locations: [`${origin}/`], actions },
]

function startRun(world: World, agent: Agent = world.agent): Promise<Run> {
  const grant = grantFor(world, 'mail.read', 'mail.send')
  return agent.run({ task: 'triage', grant, lifetime: '15m', maxDepth: 1, leaseSize: 4 })
}

type Change = (world: World) => Promise<unknown>

const rotate =
  (grace: '1s' | 0): Change =>
  async ({ agent }) =>
    agent.rotateKey({ key: await generateKey('Ed25519'), grace })
const rotateOwner: Change = ({ ownerId }) =>
  issuer.admin.post(`/v1/owners/${ownerId}/keys`, { graceSeconds: 1 })
const narrow: Change = (world) =>
  issuer.admin.patch(`/v1/delegations/${world.delegation}`, {
    authorizationDetails: grantFor(world, 'mail.read'),
  })

describe('a live run', () => {
  it.each<[what: string, change: Change]>([
    ['the key of its agent is rotated with grace', rotate('1s')],
    ['the key of its agent is rotated without grace', rotate(0)],
    ["its owner's key is rotated", rotateOwner],
    ['the grant above it is narrowed', narrow],
  ])('goes on under load without one request failing while %s [I9]', async (_, change) => {
    const world = await startWorld(issuer)
    const run = await startRun(world)
    const stop = load(world, run)
    const before = run.chain

    await change(world)
    await isRevoked(issuer, world.delegation)
    await world.verifier.sync()
    await vi.waitFor(() => expect(run.chain[1]).not.toBe(before[1]), { timeout: 10_000 })
    const response = await run.fetch(`${world.origin}/inbox`)
    const statuses = await stop()

    expect(response.status).toBe(200)
    expect(statuses.length).toBeGreaterThan(10)
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(await run.complete()).toBe('completed')
  })

  it('keeps its identity and lineage, and is found under both delegations', async () => {
    const world = await startWorld(issuer)
    const run = await startRun(world)
    const { did, lineage } = run

    await rotate(0)(world)
    await run.token({ audience: `${world.origin}/` })

    const { items } = (await issuer.admin.get(`/v1/runs?agent=${world.agentId}`)).json
    expect(run).toMatchObject({ did, lineage })
    expect(items).toMatchObject([
      { id: run.id, subject: did, lineage },
      { predecessor: run.id, subject: did, lineage },
    ])
  })

  it('takes the runs below it along', async () => {
    const world = await startWorld(issuer)
    const run = await startRun(world)
    const helper = await run.run({ task: 'help', grant: grantFor(world, 'mail.read'), lifetime: '10m' })

    await rotate(0)(world)
    await world.verifier.sync()
    const response = await helper.fetch(`${world.origin}/inbox`)

    expect(await response.json()).toMatchObject({ agent: world.agentId, chain: 4 })
    expect(helper.chain.slice(0, 3)).toEqual(run.chain)
  })

  it('that has no status to revoke goes on as well; one that nobody could ask about does not', async () => {
    const world = await startWorld(issuer, { allowStatusless: true })
    const options = {
      task: 't',
      grant: grantFor(world, 'mail.read'),
      lifetime: '10m',
      register: false,
    } as const
    const statusless = await world.agent.run({ ...options, statusless: true })
    const unregistered = await world.agent.run(options)

    await rotate(0)(world)
    await refusedWith(world, unregistered, 'revoked')

    await statusless.fetch(`${world.origin}/inbox`)
    expect(statusless.chain.slice(0, 2)).toEqual(world.agent.chain)
    expect(unregistered.chain[1]).not.toBe(world.agent.chain[1])
  })
})

describe('a sub-agent with a key of its own', () => {
  it('is delegated to again by the agent that it asks, also after that has another key', async () => {
    const world = await startWorld(issuer)
    const key = await generateKey('Ed25519')
    const to = subjectOf(await createLocalSigner(key))
    const delegate = async () =>
      (await world.agent.delegate({ to, grant: grantFor(world, 'mail.read'), lifetime: '10m' })).chain
    const options = { key, chain: await delegate() }
    const helper = await createAgent({ ...options, refreshFrom: delegate })
    const alone = await createAgent(options)

    await rotate(0)(world)
    await refusedWith(world, alone, 'revoked')

    expect((await helper.fetch(`${world.origin}/inbox`)).status).toBe(200)
  })
})

describe('a run that cannot go on', () => {
  it('says what it has lost when nothing of its grant is left', async () => {
    const world = await startWorld(issuer)
    const grant = grantFor(world, 'mail.send')
    const sender = await world.agent.run({ task: 'send', grant, lifetime: '15m' })
    const reader = await startRun(world)

    await narrow(world)
    await world.agent.refresh()

    await expect(sender.fetch(`${world.origin}/inbox`)).rejects.toMatchObject({
      code: 'ERR_PROCURA_WIDER_THAN_PARENT',
      message: expect.stringContaining('(actions)'),
    })
    await expect(sender.token({ audience: `${world.origin}/` })).rejects.toThrow('cannot go on')
    expect((await reader.fetch(`${world.origin}/inbox`)).status).toBe(200)
  })

  it('stays revoked, and is not derived anew', async () => {
    const world = await startWorld(issuer)
    const run = await startRun(world)
    const other = await startRun(world)
    await issuer.admin.post(`/v1/runs/${run.id}/revoke`, { reason: 'astray' })

    await rotate('1s')(world)

    await expect(run.fetch(`${world.origin}/inbox`)).rejects.toMatchObject({
      code: 'ERR_PROCURA_DELEGATION_ENDED',
      problem: { code: 'run_ended' },
    })
    expect((await other.fetch(`${world.origin}/inbox`)).status).toBe(200)
  })

  it('is refused under every credential that it had once it is revoked by its first id', async () => {
    const world = await startWorld(issuer)
    const run = await startRun(world)
    await rotate('1s')(world)
    expect((await run.fetch(`${world.origin}/inbox`)).status).toBe(200)

    await issuer.admin.post(`/v1/runs/${run.id}/revoke`, { reason: 'astray' })

    await refusedWith(world, run, 'revoked')
    expect((await world.agent.fetch(`${world.origin}/inbox`)).status).toBe(200)
  })
})
