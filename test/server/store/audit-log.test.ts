import { describe, expect, it } from 'vitest'
import type { Store } from '../../../src/issuer/ports.ts'
import type { AuditEntry } from '../../../src/issuer/records.ts'
import { AUDIT_GENESIS, verifyAuditChain } from '../../../src/server/store/audit-chain.ts'
import {
  ADMIN,
  addDelegation,
  addTenant,
  bit,
  context,
  NOW,
  newOwner,
  newRun,
  ok,
  openTenant,
  temporaryDatabase,
} from './fixtures.ts'
import { MUTATIONS } from './mutations.ts'
import { openRaw, type RawDatabase } from './raw-database.ts'

async function trail(store: Store, tenant = 'acme', filter = {}): Promise<readonly AuditEntry[]> {
  return (await store.audit(tenant, filter, { limit: 1_000 })).items
}

/** Rows of every table but those that hold no state of the registry. */
async function contentOf(db: RawDatabase): Promise<Record<string, unknown[]>> {
  const kept = (await db.tables()).filter((name) => name !== 'audit' && name !== 'lists')
  const content: Record<string, unknown[]> = {}
  for (const name of kept) content[name] = await db.all(`SELECT * FROM ${name}`)
  return content
}

describe('the audit trail', () => {
  it.each(MUTATIONS)('tells of %s, by whom, when and why it may be [A1] [I8]', async (action, mutate) => {
    const store = await openTenant()

    expect(await mutate(store)).toMatchObject({ done: true })

    const last = (await trail(store)).at(-1)
    expect(last).toMatchObject({ action, tenant: 'acme', actor: ADMIN.did, role: 'admin', at: NOW })
    expect(last).toMatchObject({ environment: 'production', requestId: expect.stringMatching(/^req-/) })
  })

  it.each(MUTATIONS)('failing, makes %s fail and change nothing [AL-03] [AL-04]', async (action, mutate) => {
    const database = await temporaryDatabase()
    const opened = await openTenant({ database })
    const db = await openRaw(database)
    const { store, contentBefore } = watched(opened, db)
    await db.failAudit(action)

    const failure = await mutate(store).catch((error: unknown) => error)

    expect(failure).toMatchObject({ code: 'ERR_PROCURA_STORAGE' })
    expect(await contentOf(db)).toEqual(contentBefore())
  })

  it('gone as a table, stops every change [AL-03, PD-11]', async () => {
    const database = await temporaryDatabase()
    const store = await openTenant({ database })
    const { owner, delegation } = await addDelegation(store)
    const db = await openRaw(database)
    await db.dropAudit()

    await expect(store.offboardOwner(owner.id, 'left', context())).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
    })
    await expect(store.createOwner(newOwner(), context())).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
    })

    expect(await store.owner('acme', owner.id)).toEqual(owner)
    expect(await store.credential('acme', delegation.id)).toEqual(delegation)
    expect(await bit(store, 'revocation', delegation.position)).toBe(false)
  })

  it('is an unbroken chain per tenant, whatever happened [A2]', async () => {
    const store = await openTenant()
    await addTenant(store, 'globex', 'did:key:zGlobex')
    for (const [, mutate] of MUTATIONS.filter(([action]) => !action.startsWith('principal')))
      await mutate(store)

    const entries = await trail(store)

    expect(await verifyAuditChain(entries, { tenant: 'acme' })).toMatchObject({
      intact: true,
      last: { seq: entries.length },
    })
    expect(entries[0]).toMatchObject({ seq: 1, prev: AUDIT_GENESIS, action: 'tenant.create' })
    const foreign = await trail(store, 'globex')
    expect(await verifyAuditChain(foreign, { tenant: 'globex' })).toMatchObject({
      intact: true,
      last: { seq: 1 },
    })
  })

  it('names the agent, the accountable owner and the mode of what an agent does [I2] [I7] [A3] [PD-25]', async () => {
    const store = await openTenant()
    const { owner, agent, delegation } = await addDelegation(store)
    const principal = {
      ...ADMIN,
      did: agent.did,
      role: 'agent',
      agentId: agent.id,
      ownerId: owner.id,
    } as const
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

    await ok(store.registerRun(newRun(delegation), context({ principal, traceparent })))

    expect((await trail(store)).at(-1)).toMatchObject({
      actor: agent.did,
      role: 'agent',
      ownerId: owner.id,
      agentId: agent.id,
      mode: 'delegated',
      traceparent,
      details: { lineage: { run: expect.any(String) } },
    })
  })

  it('can be read by owner, by agent and page by page', async () => {
    const store = await openTenant()
    const [first, second] = [await addDelegation(store), await addDelegation(store)]

    const ofOwner = await trail(store, 'acme', { ownerId: first.owner.id })
    const ofAgent = await trail(store, 'acme', { agentId: second.agent.id })

    expect(new Set(ofOwner.map(({ ownerId }) => ownerId))).toEqual(new Set([first.owner.id]))
    expect(ofAgent.map(({ action }) => action)).toEqual([
      'agent.create',
      'delegation.plan',
      'delegation.issue',
    ])
    const page = await store.audit('acme', {}, { limit: 2, after: '1' })
    expect(page).toMatchObject({ items: [{ seq: 2 }, { seq: 3 }], next: '3' })
    for (const after of ['1.5', '1e300', 'x']) {
      expect(await store.audit('acme', {}, { limit: 1, after })).toMatchObject({ items: [{ seq: 1 }] })
    }
  })

  it('has no entry for what was refused', async () => {
    const store = await openTenant()
    const before = await trail(store)

    await store.createOwner(newOwner({ principal: ADMIN.did }), context())
    await store.revokeAgent('agt_unknown', 'r', context())

    expect(await trail(store)).toEqual(before)
  })
})

/** Looks at the tables before each call, so that the last look was before the call that failed. */
function watched(store: Store, db: RawDatabase) {
  let before: Record<string, unknown[]> = {}
  const watching = new Proxy(store, {
    get:
      (target, name) =>
      async (...args: unknown[]) => {
        before = await contentOf(db)
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown
        return await method(...args)
      },
  })
  return { store: watching, contentBefore: () => before }
}
