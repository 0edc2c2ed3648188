import { describe, expect, it, vi } from 'vitest'
import type { Store } from '../../../src/issuer/ports.ts'
import { verifyAuditChain } from '../../../src/server/store/audit-chain.ts'
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
  newOwner,
  newPlan,
  newRun,
  ok,
  openDatabase,
  openStore,
  refusal,
  temporaryDatabase,
} from './fixtures.ts'

/** Starting a store takes a while on a busy machine. */
vi.setConfig({ testTimeout: 60_000 })

async function openReady(options = {}): Promise<Store> {
  const store = await openStore(options)
  await addTenant(store, 'acme', ADMIN.did)
  return store
}

describe('a store', () => {
  it('finds all that it has acknowledged when it is opened again', async () => {
    const database = await temporaryDatabase()
    const before = await openDatabase(database)
    await addTenant(before, 'acme', ADMIN.did)
    const { delegation } = await addDelegation(before)
    await ok(before.revokeDelegation(delegation.id, 'leaked', context()))
    await before.close()

    const store = await openStore({ database })
    await store.unlock('acme', INDEX_SECRET)

    expect(await store.credential('acme', delegation.id)).toMatchObject({ state: 'revoked' })
    expect(await bit(store, 'revocation', delegation.position)).toBe(true)
    const after = await addDelegation(store)
    const indexes = [delegation, after.delegation].flatMap(({ position, lease }) => [
      position.index,
      ...lease,
    ])
    expect(new Set(indexes).size).toBe(18)
  })

  it('shows a write to every read that begins after it was acknowledged', async () => {
    const store = await openReady()

    for (let i = 0; i < 50; i++) {
      const owner = await addOwner(store)
      expect(await store.owner('acme', owner.id)).toEqual(owner)
    }
  })

  it('undoes a command that fails, and it alone, among those that are committed together', async () => {
    const store = await openReady()
    const owner = await addOwner(store)
    const [first, clash, refused, last] = await Promise.allSettled([
      store.createOwner(newOwner(), context()),
      store.createOwner(newOwner({ id: owner.id, did: 'did:key:zUnused' }), context()),
      store.createOwner(newOwner({ principal: ADMIN.did }), context()),
      store.createOwner(newOwner({ did: 'did:key:zUnused' }), context()),
    ])

    expect(first).toMatchObject({ status: 'fulfilled', value: { done: true } })
    expect(clash).toMatchObject({ status: 'rejected', reason: { code: 'ERR_PROCURA_STORAGE' } })
    expect(refused).toMatchObject({ status: 'fulfilled', value: { done: false } })
    expect(last).toMatchObject({ status: 'fulfilled', value: { done: true } })
    const { items } = await store.audit('acme', {}, { limit: 100 })
    expect(items.filter(({ action }) => action === 'owner.create')).toHaveLength(3)
    expect(await verifyAuditChain(items, { tenant: 'acme' })).toMatchObject({ intact: true })
  })

  it('tells of changed lists once they are committed', async () => {
    const store = await openReady()
    const { delegation } = await addDelegation(store)
    const told = new Promise((resolve) => store.onStatusChange(resolve))

    await ok(store.revokeDelegation(delegation.id, 'leaked', context()))

    expect(await told).toBe('acme')
  })

  it('finishes what it has accepted when it is closed, and then takes nothing more', async () => {
    const database = await temporaryDatabase()
    const store = await openDatabase(database)
    await addTenant(store, 'acme', ADMIN.did)
    const accepted = Array.from({ length: 20 }, () => store.createOwner(newOwner(), context()))

    await store.close()

    for (const written of await Promise.all(accepted)) expect(written.done).toBe(true)
    await expect(store.createOwner(newOwner(), context())).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
    })
    await expect(store.tenants()).rejects.toMatchObject({ code: 'ERR_PROCURA_STORAGE' })
    await store.close()
    const again = await openStore({ database })
    expect((await again.owners('acme', { limit: 100 })).items).toHaveLength(20)
  })
})

describe('many at once', () => {
  it('plan 5,000 credentials with 10,000 distinct indexes [ST-03, PD-23]', async () => {
    const store = await openReady({ leaseQuotaPerAgent: 10_000 })
    const owner = await addOwner(store)
    const agent = await addAgent(store, owner)
    const plans = Array.from({ length: 5_000 }, () => newPlan(owner, agent, { leaseSize: 1 }))

    const planned = await Promise.all(plans.map((plan) => ok(store.planCredential(plan, context()))))

    const indexes = planned.flatMap(({ position, lease }) => [position.index, ...lease])
    expect(new Set(indexes).size).toBe(10_000)
    const inLowerHalf = indexes.filter((index) => index < 65_536).length
    expect(inLowerHalf).toBeGreaterThan(4_700)
    expect(inLowerHalf).toBeLessThan(5_300)
  })

  it('keep together to the lease quota of an owner', async () => {
    const store = await openReady({ leaseQuotaPerOwner: 20 })
    const owner = await addOwner(store)
    const agents = await Promise.all(Array.from({ length: 6 }, () => addAgent(store, owner)))

    const answers = await Promise.all(
      agents.map((agent) => refusal(store.planCredential(newPlan(owner, agent), context()))),
    )

    expect(answers.filter((answer) => answer === 'done')).toHaveLength(2)
  })

  it('revoke neighbouring bits, and none is lost [ST-04]', async () => {
    const store = await openReady({ leaseQuotaPerAgent: 10_000 })
    const owner = await addOwner(store)
    const agent = await addAgent(store, owner)
    const delegations = await Promise.all(
      Array.from({ length: 40 }, () => issue(store, newPlan(owner, agent, { leaseSize: 200 }))),
    )
    const positions = delegations.flatMap(({ lease }) => lease.map((index) => ({ list: 2, index })))

    const doubled = [...positions, ...positions]
    await Promise.all(doubled.map((at) => ok(store.revokeLease(at, 'leaked', {}, context()))))

    const list = (await store.dirtyLists('acme', 0)).find(
      (dirty) => dirty.list === 2 && dirty.purpose === 'revocation',
    )
    const set = new Set(positions.map(({ index }) => index))
    const wrong = Array.from({ length: 131_072 }, (_, index) => index).filter((index) => {
      const byte = list?.bits[index >> 3] ?? 0
      return ((byte & (0x80 >> (index & 7))) !== 0) !== set.has(index)
    })
    expect(set.size).toBe(8_000)
    expect(wrong).toEqual([])
  })

  it('leave no live credential when an owner is offboarded among them [ST-06] [PD-24] [I13]', {
    timeout: 60_000,
  }, async () => {
    const store = await openReady()
    for (let round = 0; round < 5; round++) {
      const { owner, agent, delegation } = await addDelegation(store)
      const issuing = Array.from({ length: 20 }, () =>
        issue(store, newPlan(owner, agent)).catch(() => undefined),
      )
      const registering = Array.from({ length: 8 }, (_, nth) =>
        store.registerRun(newRun(delegation, nth), context()),
      )

      const [report] = await Promise.all([
        ok(store.offboardOwner(owner.id, 'left', context())),
        ...issuing,
        ...registering,
      ])

      expect(report.agents).toBe(1)
      const filter = { ownerId: owner.id }
      const { items } = await store.delegations('acme', filter, { limit: 100 })
      const { items: runs } = await store.runs('acme', filter, { limit: 100 })
      expect([...items, ...runs].filter(({ state }) => state !== 'revoked')).toEqual([])
      for (const { position } of [...items, ...runs]) {
        expect(await bit(store, 'revocation', position)).toBe(true)
      }
      expect(await refusal(store.planCredential(newPlan(owner, agent), context()))).toBe(
        'conflict owner_offboarded',
      )
    }
  })
})
