import { describe, expect, it, onTestFinished } from 'vitest'
import type { Database } from '../../../src/server/store/sql/database.ts'
import { readLeases } from '../../../src/server/store/sql/leases.ts'
import { openReader } from '../../../src/server/store/sqlite/database.ts'
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
  temporaryFile,
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

/** Reads of a file, and the entries of the audit trail that came with them. */
function watchTrail(file: string): { readonly db: Database; readonly entries: readonly unknown[] } {
  const reader = openReader(file)
  onTestFinished(() => reader.close())
  const entries: unknown[] = []
  const db: Database = {
    get: (sql, ...values) => reader.get(sql, ...values),
    run: (sql, ...values) => reader.run(sql, ...values),
    async all(sql, ...values) {
      const rows = await reader.all(sql, ...values)
      entries.push(...rows.filter((row) => 'hash' in row))
      return rows
    },
  }
  return { db, entries }
}

describe('leases', () => {
  it('tells of each leased index who has it, and who revoked it', async () => {
    const store = await openTenant()
    const { agent, delegation } = await addDelegation(store, { leaseSize: 3 })
    const run = await ok(store.registerRun(newRun(delegation, 0), context()))
    const at = (nth: number) => newRun(delegation, nth).position
    await ok(store.revokeLease(at(1), 'astray', {}, context()))
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

  it('reads of the trail what ended an index of the delegations on the page, and nothing else', async () => {
    const database = await temporaryFile()
    const store = await openTenant({ database })
    const { owner, agent, delegation } = await addDelegation(store, { leaseSize: 2 })
    const next = await issue(store, newPlan(owner, agent))
    for (let nth = 0; nth < 8; nth++)
      await ok(store.revokeLease(newRun(next, nth).position, 'astray', {}, context()))
    await ok(store.revokeLease(newRun(delegation).position, 'first', {}, context()))
    const { db, entries } = watchTrail(database)

    const { items } = await readLeases(db, 'acme', { agentId: agent.id, at: NOW }, { limit: 1 })

    expect(items[0]?.indexes.map(({ revocation }) => revocation?.details)).toEqual([
      { reason: 'first', delegation: delegation.id },
      undefined,
    ])
    expect(entries).toHaveLength(1)
  })
})
