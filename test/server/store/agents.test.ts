import { describe, expect, it } from 'vitest'
import {
  addAgent,
  addDelegation,
  addOwner,
  context,
  issue,
  NOW,
  newPlan,
  newRun,
  ok,
  openTenant,
  refusal,
} from './fixtures.ts'

const SOFTWARE = { name: 'triage', version: '2.0.0' }

describe('updateAgent', () => {
  it('changes what is told, and nothing else [L9]', async () => {
    const store = await openTenant()
    const agent = await addAgent(store, await addOwner(store))

    const updated = await ok(store.updateAgent(agent.id, { software: SOFTWARE, name: 'Sorter' }, context()))

    expect(updated).toEqual({ ...agent, software: SOFTWARE, name: 'Sorter' })
    expect(await store.agent('acme', agent.id)).toEqual(updated)
  })

  it('audits what it was and what it is [A1]', async () => {
    const store = await openTenant()
    const { agent, owner } = await addDelegation(store)

    await ok(store.updateAgent(agent.id, { software: SOFTWARE, purpose: 'sorts post' }, context()))

    const entry = (await store.audit('acme', { agentId: agent.id }, { limit: 100 })).items.at(-1)
    expect(entry).toMatchObject({ action: 'agent.update', target: agent.id, ownerId: owner.id })
    expect(entry?.details).toEqual({
      purpose: { from: 'sorts mail', to: 'sorts post' },
      software: { to: SOFTWARE },
    })
  })

  it('audits nothing when all is so already', async () => {
    const store = await openTenant()
    const { agent } = await addDelegation(store)
    const before = await store.audit('acme', {}, { limit: 100 })

    const same = await store.updateAgent(agent.id, { name: agent.name }, context())

    expect(same).toEqual({ done: true, value: agent, replayed: true })
    expect(await store.audit('acme', {}, { limit: 100 })).toEqual(before)
  })

  it('changes nothing of what has ended, or is not there', async () => {
    const store = await openTenant()
    const { agent } = await addDelegation(store)
    await ok(store.revokeAgent(agent.id, 'replaced', context()))

    expect(await refusal(store.updateAgent(agent.id, { name: 'Late' }, context()))).toBe(
      'conflict agent_ended',
    )
    expect(await refusal(store.updateAgent('agt_nobody', { name: 'Late' }, context()))).toBe('not_found')
  })
})

describe('dependants', () => {
  const PAGE = { limit: 100 }

  it('tells of delegations and runs that live, and of nothing else [D6]', async () => {
    const store = await openTenant()
    const { owner, agent, delegation } = await addDelegation(store)
    const ended = await issue(store, newPlan(owner, agent))
    await ok(store.revokeDelegation(ended.id, 'r', context()))
    const lives = await ok(store.registerRun(newRun(delegation, 0), context()))
    const over = await ok(store.registerRun(newRun(delegation, 1), context()))
    await ok(store.completeRun(over.id, context()))
    await ok(store.registerRun(newRun(delegation, 2, { validUntil: NOW + 1 }), context()))
    await addDelegation(store)

    const { items } = await store.dependants('acme', { agentId: agent.id, at: NOW + 1 }, PAGE)

    expect(items).toEqual([{ delegation, runs: [lives], omittedRuns: 0 }])
  })

  it('has room for a thousand runs a page, and counts the others', async () => {
    const store = await openTenant({ leaseQuotaPerAgent: 1100 })
    const { owner, agent } = await addDelegation(store)
    for (let n = 0; n < 4; n++) {
      const delegation = await issue(store, newPlan(owner, agent, { leaseSize: 256 }))
      for (let nth = 0; nth < 256; nth++) await ok(store.registerRun(newRun(delegation, nth), context()))
    }

    const { items } = await store.dependants('acme', { agentId: agent.id, at: NOW }, PAGE)

    expect(items.map(({ runs, omittedRuns }) => [runs.length, omittedRuns])).toEqual([
      [0, 0],
      [256, 0],
      [256, 0],
      [256, 0],
      [232, 24],
    ])
  })
})

describe('leases', () => {
  it('tells of each leased index who has it, and who revoked it', async () => {
    const store = await openTenant()
    const { agent, delegation } = await addDelegation(store, { leaseSize: 3 })
    const run = await ok(store.registerRun(newRun(delegation, 0), context()))
    const at = (nth: number) => newRun(delegation, nth).position
    await ok(store.revokeLease(at(1), 'astray', undefined, context()))
    await addDelegation(store)

    const { items, next } = await store.leases('acme', { agentId: agent.id, at: NOW }, { limit: 100 })

    expect(items).toEqual([
      {
        delegation,
        indexes: [
          { position: at(0), state: 'active', run },
          {
            position: at(1),
            state: 'revoked',
            revocation: expect.objectContaining({ action: 'lease.revoke' }),
          },
          { position: at(2), state: 'active' },
        ],
      },
    ])
    expect(next).toBeUndefined()
    const asked = { agentId: agent.id, ownerId: 'own_other', at: NOW }
    expect((await store.leases('acme', asked, { limit: 100 })).items).toEqual([])
  })
})
