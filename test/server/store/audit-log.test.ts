import { describe, expect, it, onTestFinished } from 'vitest'
import type { AuditEntry, Store } from '../../../src/issuer/ports.ts'
import { AUDIT_GENESIS, verifyAuditChain } from '../../../src/server/store/audit-chain.ts'
import { type Database, openWriter } from '../../../src/server/store/sqlite/database.ts'
import {
  ADMIN,
  addDelegation,
  addTenant,
  bit,
  context,
  DAY,
  NOW,
  newAgent,
  newOwner,
  newPlan,
  newRun,
  ok,
  openTenant,
  temporaryFile,
} from './fixtures.ts'

async function trail(store: Store, tenant = 'acme', filter = {}): Promise<readonly AuditEntry[]> {
  return (await store.audit(tenant, filter, { limit: 1_000 })).items
}

/** Every verb that changes something, with what it needs; each on things of its own. */
const MUTATIONS: readonly (readonly [action: string, mutate: (store: Store) => Promise<unknown>])[] = [
  ['owner.create', (store) => store.createOwner(newOwner(), context())],
  [
    'agent.create',
    async (store) => store.createAgent(newAgent((await addDelegation(store)).owner), context()),
  ],
  [
    'delegation.plan',
    async (store) => {
      const { owner, agent } = await addDelegation(store)
      return store.planCredential(newPlan(owner, agent), context())
    },
  ],
  [
    'delegation.issue',
    async (store) => {
      const { owner, agent } = await addDelegation(store)
      const { id, validUntil } = await ok(store.planCredential(newPlan(owner, agent), context()))
      return store.recordCredential({ tenant: 'acme', id, validUntil, jwt: 'jwt' }, context())
    },
  ],
  [
    'delegation.plan_renewal',
    async (store) => {
      const { id, validUntil } = (await addDelegation(store)).delegation
      const times = { validFrom: NOW, validUntil: NOW + 2 * DAY }
      const plan = { tenant: 'acme', id, previousValidUntil: validUntil, leaseSize: 8, ...times }
      return store.planRenewal(plan, context())
    },
  ],
  [
    'run.register',
    async (store) => store.registerRun(newRun((await addDelegation(store)).delegation), context()),
  ],
  [
    'run.complete',
    async (store) => {
      const { delegation } = await addDelegation(store)
      const { id } = await ok(store.registerRun(newRun(delegation), context()))
      return store.completeRun(id, context())
    },
  ],
  [
    'run.revoke',
    async (store) => {
      const { delegation } = await addDelegation(store)
      const { id } = await ok(store.registerRun(newRun(delegation), context()))
      return store.revokeRun(id, 'r', context())
    },
  ],
  [
    'delegation.revoke',
    async (store) => store.revokeDelegation((await addDelegation(store)).delegation.id, 'r', context()),
  ],
  ['agent.revoke', async (store) => store.revokeAgent((await addDelegation(store)).agent.id, 'r', context())],
  [
    'owner.offboard',
    async (store) => store.offboardOwner((await addDelegation(store)).owner.id, 'r', context()),
  ],
  [
    'lease.revoke',
    async (store) => {
      const { position } = newRun((await addDelegation(store)).delegation)
      return store.revokeLease(position, 'r', undefined, context())
    },
  ],
  [
    'agent.suspend',
    async (store) => {
      const { agent } = await addDelegation(store)
      return store.placeHold({ kind: 'agent', id: agent.id }, 'admin', 'r', context())
    },
  ],
  [
    'agent.resume',
    async (store) => {
      const target = { kind: 'agent', id: (await addDelegation(store)).agent.id } as const
      await store.placeHold(target, 'admin', 'r', context())
      return store.liftHolds(target, 'admin', context())
    },
  ],
  ['principal.add', (store) => store.addPrincipal('did:key:zNew', 'auditor', context())],
  [
    'principal.remove',
    async (store) => {
      await store.addPrincipal('did:key:zNew', 'auditor', context())
      return store.removePrincipal('did:key:zNew', context())
    },
  ],
]

/** Rows of every table but those that hold no state of the registry. */
function contentOf(db: Database): Record<string, unknown[]> {
  const tables = db.all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
  const kept = tables.map(({ name }) => String(name)).filter((name) => name !== 'audit' && name !== 'lists')
  return Object.fromEntries(kept.map((name) => [name, db.all(`SELECT * FROM ${name}`)]))
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
    const file = await temporaryFile()
    const opened = await openTenant({ file })
    const db = openWriter(file)
    onTestFinished(() => db.close())
    const { store, contentBefore } = watched(opened, db)
    db.exec(`CREATE TRIGGER no_audit BEFORE INSERT ON audit WHEN NEW.entry ->> '$.action' = '${action}'
      BEGIN SELECT RAISE(ABORT, 'the audit device hangs'); END`)

    const failure = await mutate(store).catch((error: unknown) => error)

    expect(failure).toMatchObject({ code: 'ERR_PROCURA_STORAGE' })
    expect(contentOf(db)).toEqual(contentBefore())
  })

  it('gone as a table, stops every change [AL-03]', async () => {
    const file = await temporaryFile()
    const store = await openTenant({ file })
    const { owner, delegation } = await addDelegation(store)
    const db = openWriter(file)
    onTestFinished(() => db.close())
    db.exec('PRAGMA foreign_keys = OFF; DROP TABLE audit')

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

  it('names the agent, the accountable owner and the mode of what an agent does [I2] [I7] [A3]', async () => {
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
function watched(store: Store, db: Database) {
  let before: Record<string, unknown[]> = {}
  const watching = new Proxy(store, {
    get:
      (target, name) =>
      (...args: unknown[]) => {
        before = contentOf(db)
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown
        return method(...args)
      },
  })
  return { store: watching, contentBefore: () => before }
}
