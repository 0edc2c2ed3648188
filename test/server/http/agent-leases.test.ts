import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { LEASE_QUOTA_PER_AGENT, LEASE_QUOTA_PER_OWNER } from '../../../src/server/limits.ts'
import { addAgent, addDelegation, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld, type World } from '../../helpers/issuer-world.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World

beforeAll(async () => {
  service = await startTestService()
})
beforeEach(async () => {
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

async function leases(caller = world.ownerCaller) {
  return (await caller.get(`/v1/agents/${world.agent.id}/leases`)).json.items
}

function revoke(nth: number, verb = 'revoke') {
  const { revocationList, lease } = world.delegation
  const position = { statusListCredential: revocationList, statusListIndex: String(lease[nth]) }
  return world.agentCaller.post(`/v1/leases/${verb}`, { ...position, reason: 'a helper went astray' })
}

describe('GET /v1/agents/:id/leases', () => {
  it('says of each leased index what it was used for, and by whom it was revoked [D6]', async () => {
    await revoke(3)
    await revoke(4, 'suspend')
    const { delegation, run, agentCaller } = world

    const [shown] = await leases()

    expect(shown).toMatchObject({
      delegation: delegation.id,
      state: 'active',
      ...{ leased: 8, registered: 1, revoked: 1, unregistered: 6, lapsed: 0 },
    })
    const at = (nth: number) => ({ list: delegation.position.list, index: delegation.lease[nth] })
    expect(shown.indexes).toHaveLength(8)
    expect(shown.indexes[0]).toEqual({
      position: at(0),
      use: 'registered',
      state: 'active',
      run: expect.objectContaining({ id: run.id, kind: 'Run', lineage: run.lineage, state: 'active' }),
    })
    expect(shown.indexes[3]).toEqual({
      position: at(3),
      use: 'revoked',
      state: 'revoked',
      revocation: { by: agentCaller.did, at: expect.any(String), reason: 'a helper went astray' },
    })
    expect(shown.indexes[4]).toEqual({ position: at(4), use: 'unregistered', state: 'suspended' })
    expect(shown.indexes[5]).toEqual({ position: at(5), use: 'unregistered', state: 'active' })
  })

  it('says both of a run that was revoked by its index', async () => {
    const { run, agentCaller } = world
    await revoke(0)

    const [shown] = await leases()

    expect(shown).toMatchObject({ registered: 1, revoked: 0 })
    expect(shown.indexes[0]).toMatchObject({
      use: 'registered',
      state: 'revoked',
      run: { id: run.id, state: 'revoked' },
      revocation: { by: agentCaller.did },
    })
  })

  it('counts what nobody can use any more below a delegation that is over, and leases none of it again', async () => {
    const { admin } = service
    const { agent, delegation } = world
    const before = new Set(delegation.lease)
    await admin.post(`/v1/delegations/${delegation.id}/revoke`, { reason: 'done' })
    const next = await addDelegation(admin, agent.id, {})

    const shown = await leases()

    expect(shown).toMatchObject([
      { delegation: delegation.id, state: 'revoked', leased: 8, registered: 1, unregistered: 0, lapsed: 7 },
      { delegation: next.id, state: 'active', leased: 8, registered: 0, unregistered: 8, lapsed: 0 },
    ])
    expect(next.lease.filter((index: number) => before.has(index))).toEqual([])
  })

  it('shows 20 delegations on a page, and those of the next one after that', async () => {
    const { admin } = service
    const { agent } = world
    for (let i = 0; i < 21; i++) await addDelegation(admin, agent.id, { leaseSize: i % 2 })
    const path = `/v1/agents/${agent.id}/leases?limit=20`

    const first = (await admin.get(path)).json

    expect(first.items).toHaveLength(11)
    expect(first.next).toBeUndefined()
    for (let i = 0; i < 10; i++) await addDelegation(admin, agent.id, { leaseSize: 1 })
    const whole = (await admin.get(`/v1/agents/${agent.id}/leases?limit=100`)).json
    expect(whole.items).toHaveLength(20)
    const rest = (await admin.get(`/v1/agents/${agent.id}/leases?after=${whole.next}`)).json
    expect(rest.items).toHaveLength(1)
  })

  it('says how much of the quotas of the agent and of its owner is used, to an agent only of its own', async () => {
    const { agent } = await addAgent(service.url, service.admin, world.owner.id)
    await addDelegation(service.admin, agent.id, { leaseSize: 16 })
    const path = `/v1/agents/${world.agent.id}/leases`

    const own = { limit: LEASE_QUOTA_PER_AGENT, used: 8 }
    expect((await world.ownerCaller.get(path)).json.quotas).toEqual({
      agent: own,
      owner: { limit: LEASE_QUOTA_PER_OWNER, used: 24 },
    })
    expect((await world.agentCaller.get(path)).json.quotas).toEqual({ agent: own })
  })

  it('is read by those who may see the agent, and by nobody else', async () => {
    const neighbour = await buildWorld(service.url, service.admin)
    const path = `/v1/agents/${world.agent.id}/leases`

    for (const caller of [world.agentCaller, world.ownerCaller, service.admin])
      expect((await caller.get(path)).status).toBe(200)
    expect((await neighbour.ownerCaller.get(path)).status).toBe(403)
    expect((await neighbour.agentCaller.get(path)).status).toBe(403)
  })

  it('shows an owner to whom the agent was given nothing of what it made for the one before', async () => {
    const neighbour = await buildWorld(service.url, service.admin)
    const { agent, delegation } = world
    const moved = { owner: neighbour.owner.id, reason: 'another team' }
    expect((await service.admin.post(`/v1/agents/${agent.id}/transfer`, moved)).status).toBe(200)

    expect(await leases(neighbour.ownerCaller)).toEqual([])
    expect(await leases(service.admin)).toMatchObject([{ delegation: delegation.id, lapsed: 7 }])
  })
})
