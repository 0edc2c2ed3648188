import { describe, expect, it, vi } from 'vitest'
import type { Store } from '../../../../src/issuer/ports.ts'
import { verifyAuditChain } from '../../../../src/server/store/audit-chain.ts'
import {
  ADMIN,
  addAgent,
  addDelegation,
  addOwner,
  addTenant,
  bit,
  context,
  INDEX_SECRET,
  issue,
  NOW,
  newOwner,
  newPlan,
  newRun,
  newTransmitter,
  ok,
  openStore,
  refusal,
  temporaryDatabase,
} from '../fixtures.ts'

/** Stores as several processes would have them: with connections and blocks of indexes of their own. */
async function openSeveral(count: number, options = {}): Promise<Store[]> {
  const database = await temporaryDatabase()
  const stores: Store[] = []
  for (let i = 0; i < count; i++) stores.push(await openStore({ database, ...options }))
  const [first] = stores
  if (first === undefined) throw new Error('at least one')
  await addTenant(first, 'acme', ADMIN.did)
  for (const store of stores) await store.unlock('acme', INDEX_SECRET)
  return stores
}

function one(stores: readonly Store[], i: number): Store {
  const store = stores[i % stores.length]
  if (store === undefined) throw new Error('at least one')
  return store
}

describe('several processes on one server', () => {
  it('give no index twice [ST-03, PD-23]', async () => {
    const stores = await openSeveral(3, { leaseQuotaPerAgent: 100_000 })
    const owner = await addOwner(one(stores, 0))
    const agent = await addAgent(one(stores, 1), owner)

    const planned = await Promise.all(
      Array.from({ length: 600 }, (_, i) =>
        ok(one(stores, i).planCredential(newPlan(owner, agent, { leaseSize: 4 }), context())),
      ),
    )

    const positions = planned.flatMap(({ position, lease }) =>
      [position.index, ...lease].map((index) => `${position.list}/${index}`),
    )
    expect(new Set(positions).size).toBe(3_000)
  })

  it('keep together to the lease quota of an owner', async () => {
    const stores = await openSeveral(3, { leaseQuotaPerOwner: 40 })
    const owner = await addOwner(one(stores, 0))
    const agents = await Promise.all(Array.from({ length: 12 }, () => addAgent(one(stores, 1), owner)))

    const answers = await Promise.all(
      agents.map((agent, i) => refusal(one(stores, i).planCredential(newPlan(owner, agent), context()))),
    )

    expect(answers.filter((answer) => answer === 'done')).toHaveLength(5)
    expect(answers.filter((answer) => answer === 'quota_exceeded')).toHaveLength(7)
  })

  it('write one audit trail without a gap or a fork', async () => {
    const stores = await openSeveral(3)

    await Promise.all(Array.from({ length: 60 }, (_, i) => addOwner(one(stores, i))))

    const { items } = await one(stores, 0).audit('acme', {}, { limit: 1_000 })
    expect(items).toHaveLength(61)
    expect(await verifyAuditChain(items, { tenant: 'acme' })).toMatchObject({ intact: true })
  })

  it('do what a security event asks for once, when it comes at all of them', async () => {
    const stores = await openSeveral(3)
    const subject = { issuer: 'https://login.example', subject: 'ada' }
    const { id } = await addOwner(one(stores, 0), { subject })
    await ok(one(stores, 1).addTransmitter(newTransmitter(), context()))
    const demand = { kind: 'suspend', subjects: [subject] } as const
    const signal = { jti: 'one', digest: 'd', at: NOW, demand, reason: 'security event one' }

    const written = await Promise.all(
      Array.from({ length: 12 }, (_, i) => one(stores, i).receiveSignal('trm_1', signal, context())),
    )

    expect(written.filter((answer) => answer.done && !answer.replayed)).toHaveLength(1)
    expect(written.every((answer) => answer.done && answer.value.outcome === 'suspended')).toBe(true)
    expect(await one(stores, 2).holds('acme', { kind: 'owner', id })).toHaveLength(1)
  })

  it('do what one Idempotency-Key asks for once', async () => {
    const stores = await openSeveral(3)
    const idempotency = { key: 'key-1', requestDigest: 'digest' }

    const made = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        ok(one(stores, i).createOwner(newOwner(), context({ idempotency }))),
      ),
    )

    expect(new Set(made.map(({ id }) => id)).size).toBe(1)
    expect((await one(stores, 0).owners('acme', { limit: 100 })).items).toHaveLength(1)
  })

  it('give an owner whose key is due another one once', async () => {
    const stores = await openSeveral(3)
    const { id, did: previous } = await addOwner(one(stores, 0))

    const answers = await Promise.all(
      stores.map((store, i) =>
        refusal(store.rotateOwnerKey({ id, did: `did:key:zNext${i}`, previous, endsAt: NOW }, context())),
      ),
    )

    expect(answers.sort()).toEqual(['conflict changed_meanwhile', 'conflict changed_meanwhile', 'done'])
  })

  it('take a nonce once', async () => {
    const stores = await openSeveral(3)

    const taken = await Promise.all(
      Array.from({ length: 24 }, (_, i) => one(stores, i).consumeNonce('nonce', 1_000)),
    )

    expect(taken.filter(Boolean)).toHaveLength(1)
  })

  it('leave no live credential when one offboards an owner for whom the others issue [ST-06] [PD-24] [I13]', async () => {
    const stores = await openSeveral(3)
    for (let round = 0; round < 4; round++) {
      const { owner, agent, delegation } = await addDelegation(one(stores, round))
      const issuing = Array.from({ length: 18 }, (_, i) =>
        issue(one(stores, i), newPlan(owner, agent, { leaseSize: 1 })).catch(() => undefined),
      )
      const registering = Array.from({ length: 6 }, (_, nth) =>
        one(stores, nth).registerRun(newRun(delegation, nth), context()),
      )

      await Promise.all([
        ok(one(stores, round + 1).offboardOwner(owner.id, 'left', context())),
        ...issuing,
        ...registering,
      ])

      const filter = { ownerId: owner.id }
      const { items } = await one(stores, 2).delegations('acme', filter, { limit: 100 })
      const { items: runs } = await one(stores, 2).runs('acme', filter, { limit: 100 })
      expect([...items, ...runs].filter(({ state }) => state !== 'revoked')).toEqual([])
      for (const { position } of [...items, ...runs]) {
        expect(await bit(one(stores, 0), 'revocation', position)).toBe(true)
      }
      expect(await refusal(one(stores, 0).planCredential(newPlan(owner, agent), context()))).toBe(
        'conflict owner_offboarded',
      )
    }
  })

  it('hear of a status that another one changed', async () => {
    const stores = await openSeveral(2)
    const { delegation } = await addDelegation(one(stores, 0))
    const told = new Promise((resolve) => one(stores, 1).onStatusChange(resolve))

    await ok(one(stores, 0).revokeDelegation(delegation.id, 'leaked', context()))

    expect(await told).toBe('acme')
  })

  it('are told of their own changes once', async () => {
    const [store] = await openSeveral(1)
    const { delegation } = await addDelegation(one([store as Store], 0))
    const told: string[] = []
    store?.onStatusChange((tenant) => told.push(tenant))

    await ok(one([store as Store], 0).revokeDelegation(delegation.id, 'leaked', context()))
    await new Promise((resolve) => setTimeout(resolve, 300))

    expect(told).toEqual(['acme'])
  })
})

describe('a read that fails', () => {
  it('fails alone, whatever was asked with it', async () => {
    const store = await openStore()
    await addTenant(store, 'acme', ADMIN.did)
    const owner = await addOwner(store)

    const [before, failed, after] = await Promise.allSettled([
      store.owner('acme', owner.id),
      store.leafTable('acme', 'no text of a database \u0000'),
      store.owner('acme', owner.id),
    ])

    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'ERR_PROCURA_STORAGE' } })
    for (const read of [before, after]) expect(read).toEqual({ status: 'fulfilled', value: owner })
  })
})

describe('a store whose connections are cut', () => {
  it('refuses what it cannot do, and goes on by itself', async () => {
    const database = await temporaryDatabase()
    const store = await openStore({ database })
    await addTenant(store, 'acme', ADMIN.did)
    const owner = await addOwner(store)
    const pg = (await import('pg')).default
    const admin = new pg.Client(database.replace(/\/\/\w+@/, '//postgres@'))
    await admin.connect()

    await admin.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    await admin.end()

    await vi.waitFor(async () => expect(await store.owner('acme', owner.id)).toEqual(owner), 5_000)
    expect(await addOwner(store)).toMatchObject({ state: 'active' })
  })
})

describe('whoever listens for changes', () => {
  it('hears of them again after the connection was cut, and that something may have been missed', async () => {
    const database = await temporaryDatabase()
    const [store, other] = [await openStore({ database }), await openStore({ database })]
    await addTenant(store, 'acme', ADMIN.did)
    const { delegation } = await addDelegation(store)
    const told = vi.fn()
    const away = vi.fn()
    other.onStatusChange(told)
    other.onAway(away)
    const pg = (await import('pg')).default
    const admin = new pg.Client(database.replace(/\/\/\w+@/, '//postgres@'))
    await admin.connect()
    const listening = "datname = current_database() AND query LIKE 'LISTEN%'"
    await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${listening}`)
    await admin.end()

    await vi.waitFor(() => expect(told.mock.calls).toEqual([['acme']]), 10_000)
    await ok(store.revokeDelegation(delegation.id, 'leaked', context()))
    await vi.waitFor(() => expect(told.mock.calls).toEqual([['acme'], ['acme']]), 10_000)
    expect(away).not.toHaveBeenCalled()
  })
})

describe('a store whose server refuses connections', () => {
  it('says once that it is away, and once that it is back', async () => {
    const database = await temporaryDatabase()
    const store = await openStore({ database })
    const told: boolean[] = []
    store.onAway((isAway) => told.push(isAway))
    const name = new URL(database).pathname.slice(1)
    const pg = (await import('pg')).default
    const server = new URL(database.replace(/\/\/\w+@/, '//postgres@'))
    server.pathname = '/postgres'
    const admin = new pg.Client(server.href)
    await admin.connect()
    await admin.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`)
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])

    await vi.waitFor(() => expect(told).toEqual([true]), 10_000)
    expect(store.isAway()).toBe(true)
    await admin.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`)
    await admin.end()
    await vi.waitFor(() => expect(told).toEqual([true, false]), 10_000)
    expect(store.isAway()).toBe(false)
  })
})

describe('a store whose server crashes while it works', () => {
  it('rejects what was under way with ERR_PROCURA_STORAGE, and ends nothing', async () => {
    const database = await temporaryDatabase()
    const store = await openStore({ database })
    await addTenant(store, 'acme', ADMIN.did)
    const pg = (await import('pg')).default
    const blocker = new pg.Client(database.replace(/\/\/\w+@/, '//postgres@'))
    await blocker.connect()
    await blocker.query("BEGIN; SELECT 1 FROM procura.tenants WHERE tenant_id = 'acme' FOR UPDATE")

    const waiting = expect(store.createOwner(newOwner(), context())).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
    })
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'`
    await vi.waitFor(async () => expect((await blocker.query(cut)).rowCount).toBeGreaterThan(0), 10_000)
    await waiting
    await blocker.query('ROLLBACK')
    await blocker.end()

    expect(await addOwner(store)).toMatchObject({ state: 'active' })
  })
})
