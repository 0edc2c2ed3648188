import { describe, expect, it } from 'vitest'
import type { Store, WriteContext, Written } from '../../../src/issuer/ports.ts'
import {
  ADMIN,
  AUTHORITY_KEY,
  addDelegation,
  addTenant,
  context,
  DAY,
  NOW,
  newAgent,
  newEnrolment,
  newOwner,
  newPlan,
  newRun,
  newTransmitter,
  ok,
  openTenant,
  recordText,
  refusal,
} from './fixtures.ts'

const SIGNAL = {
  jti: 'j',
  digest: 'd',
  at: NOW,
  demand: { kind: 'note', outcome: 'verified' },
  reason: 'r',
} as const

const PAGE = { limit: 100 }

/** Everything there is, in tenant `acme`; and a caller of tenant `globex`. */
async function openTwo() {
  const store = await openTenant()
  await addTenant(store, 'globex', 'did:key:zGlobex')
  const made = await addDelegation(store)
  await ok(store.addTransmitter(newTransmitter(), context()))
  const run = await ok(store.registerRun(newRun(made.delegation), context()))
  const foreigner = context({ principal: { ...ADMIN, tenant: 'globex', did: 'did:key:zGlobex' } })
  return { store, ...made, run, foreigner }
}

type Two = Awaited<ReturnType<typeof openTwo>>

type Write = (two: Two, by: WriteContext) => Promise<Written<unknown>>

const WRITES: readonly (readonly [name: string, write: Write])[] = [
  ['createOwner', ({ store }, by) => store.createOwner(newOwner(), by)],
  ['createAgent', ({ store, owner }, by) => store.createAgent(newAgent(owner), by)],
  [
    'createAgent in the own tenant',
    ({ store, owner }, by) => store.createAgent(newAgent(owner, { tenant: 'globex' }), by),
  ],
  ['createEnrolment', ({ store, owner }, by) => store.createEnrolment(newEnrolment(owner), by)],
  [
    'createEnrolment in the own tenant',
    ({ store, owner }, by) => store.createEnrolment({ ...newEnrolment(owner), tenant: 'globex' }, by),
  ],
  ['planCredential', ({ store, owner, agent }, by) => store.planCredential(newPlan(owner, agent), by)],
  [
    'planCredential in the own tenant',
    ({ store, owner, agent }, by) => store.planCredential(newPlan(owner, agent, { tenant: 'globex' }), by),
  ],
  [
    'recordCredential',
    ({ store, delegation: { tenant, id, validUntil } }, by) =>
      recordText(
        store,
        { tenant, id, validUntil, mechanism: 'vc+jwt', text: 'jwt', keyId: AUTHORITY_KEY },
        by,
      ),
  ],
  [
    'planRenewal',
    ({ store, delegation: { tenant, id, validUntil } }, by) =>
      store.planRenewal(
        {
          tenant,
          id,
          previousValidUntil: validUntil,
          leaseSize: 8,
          validFrom: NOW,
          validUntil: NOW + 2 * DAY,
        },
        by,
      ),
  ],
  ['registerRun', ({ store, delegation }, by) => store.registerRun(newRun(delegation, 1), by)],
  [
    'registerRun in the own tenant',
    ({ store, delegation }, by) => store.registerRun(newRun(delegation, 1, { tenant: 'globex' }), by),
  ],
  ['completeRun', ({ store, run }, by) => store.completeRun(run.id, by)],
  ['revokeRun', ({ store, run }, by) => store.revokeRun(run.id, 'r', by)],
  ['revokeDelegation', ({ store, delegation }, by) => store.revokeDelegation(delegation.id, 'r', by)],
  ['updateAgent', ({ store, agent }, by) => store.updateAgent(agent.id, { name: 'Mine' }, by)],
  [
    'transferAgent',
    ({ store, agent, owner }, by) => store.transferAgent(agent.id, { to: owner.id, reason: 'r' }, by),
  ],
  ['recordRetirement', ({ store, agent }, by) => store.recordRetirement(agent.id, {}, by)],
  ['revokeAgent', ({ store, agent }, by) => store.revokeAgent(agent.id, 'r', by)],
  [
    'revokeLease',
    ({ store, delegation }, by) => store.revokeLease(newRun(delegation, 2).position, 'r', {}, by),
  ],
  [
    'placeHold on an owner',
    ({ store, owner }, by) => store.placeHold({ kind: 'owner', id: owner.id }, 'admin', 'r', by),
  ],
  [
    'placeHold on an agent',
    ({ store, agent }, by) => store.placeHold({ kind: 'agent', id: agent.id }, 'admin', 'r', by),
  ],
  [
    'placeHold on a delegation',
    ({ store, delegation }, by) =>
      store.placeHold({ kind: 'delegation', id: delegation.id }, 'admin', 'r', by),
  ],
  [
    'placeHold on a lease',
    ({ store, delegation }, by) =>
      store.placeHold({ kind: 'lease', position: newRun(delegation, 2).position }, 'admin', 'r', by),
  ],
  ['removeTransmitter', ({ store }, by) => store.removeTransmitter('trm_1', by)],
  ['receiveSignal', ({ store }, by) => store.receiveSignal('trm_1', SIGNAL, by)],
  ['liftHolds', ({ store, agent }, by) => store.liftHolds({ kind: 'agent', id: agent.id }, 'admin', by)],
  [
    'rotateAgentKey',
    ({ store, agent }, by) => store.rotateAgentKey({ id: agent.id, did: 'did:key:zNext', endsAt: NOW }, by),
  ],
  [
    'rotateOwnerKey',
    ({ store, owner }, by) => store.rotateOwnerKey({ id: owner.id, did: 'did:key:zNext', endsAt: NOW }, by),
  ],
  [
    'updateOwner',
    ({ store, owner }, by) =>
      store.updateOwner({ id: owner.id, version: 1, to: owner, changed: ['name'], replaces: true }, by),
  ],
  [
    'planCredential in the place of another',
    ({ store, owner, agent, delegation }, by) =>
      store.planCredential(newPlan(owner, agent, { predecessorId: delegation.id }), by),
  ],
  ['offboardOwner', ({ store, owner }, by) => store.offboardOwner(owner.id, 'r', by)],
  ['removePrincipal', ({ store }, by) => store.removePrincipal(ADMIN.did, by)],
]

describe("a foreign tenant's caller", () => {
  it.each(WRITES)('finds nothing to do with %s [T1]', async (_, write) => {
    const two = await openTwo()
    const before = await everything(two.store)

    const answer = await refusal(write(two, two.foreigner))

    expect(['not_found', 'not_allowed not_your_lease']).toContain(answer)
    expect(await everything(two.store)).toEqual(before)
  })

  it('reads nothing by id [T1]', async () => {
    const { store, owner, agent, delegation, run } = await openTwo()

    expect(await store.owner('globex', owner.id)).toBeUndefined()
    expect(await store.agent('globex', agent.id)).toBeUndefined()
    expect(await store.credential('globex', delegation.id)).toBeUndefined()
    expect(await store.ownerCredential('globex', owner.id)).toBeUndefined()
    expect(await store.run('globex', run.id)).toBeUndefined()
    expect(await store.leaseHolder('globex', run.position)).toBeUndefined()
    expect(await store.leaseHolder('acme', run.position)).toEqual(delegation)
  })

  it('reads nothing by listing, whatever the filter or cursor [T1]', async () => {
    const { store, owner, agent, delegation, run } = await openTwo()
    const page = { limit: 100, after: delegation.id }

    expect(await store.owners('globex', PAGE)).toEqual({ items: [] })
    expect(await store.agents('globex', { ownerId: owner.id }, PAGE)).toEqual({ items: [] })
    expect(await store.delegations('globex', { agentId: agent.id }, PAGE)).toEqual({ items: [] })
    expect(await store.delegations('globex', {}, page)).toEqual({ items: [] })
    expect(await store.runs('globex', { delegationId: delegation.id }, PAGE)).toEqual({ items: [] })
    expect(await store.runs('globex', { parentId: run.parentId }, PAGE)).toEqual({ items: [] })
    expect(await store.leases('globex', { agentId: agent.id, at: NOW }, PAGE)).toEqual({
      items: [],
      leased: { agent: 0, owner: 0 },
    })
    expect(await store.dependants('globex', { agentId: agent.id, at: NOW }, PAGE)).toEqual({ items: [] })
    expect(await store.holds('globex', { kind: 'agent', id: agent.id })).toEqual([])
    expect((await store.principals('globex', PAGE)).items.map(({ did }) => did)).toEqual(['did:key:zGlobex'])
    expect((await store.audit('globex', { ownerId: owner.id }, PAGE)).items).toEqual([])
  })
})

it('orders and numbers lists apart for each tenant [T1]', async () => {
  const { store } = await openTwo()

  const lists = (await store.dirtyLists('globex', 0)).map(({ list, kind }) => [list, kind])

  expect(lists).toEqual([
    [1, 'owner'],
    [1, 'owner'],
    [2, 'agent'],
    [2, 'agent'],
  ])
})

it('lets each tenant use the same ids', async () => {
  const { store, owner, foreigner } = await openTwo()

  const twin = await ok(store.createOwner(newOwner({ tenant: 'globex', id: owner.id }), foreigner))

  expect(twin.id).toBe(owner.id)
  expect(await store.owner('acme', owner.id)).toEqual(owner)
})

async function everything(store: Store): Promise<unknown> {
  return [
    await store.owners('acme', PAGE),
    await store.agents('acme', {}, PAGE),
    await store.delegations('acme', {}, PAGE),
    await store.runs('acme', {}, PAGE),
    await store.audit('acme', {}, PAGE),
    await store.audit('globex', {}, PAGE),
    (await store.dirtyLists('acme', 0)).map((list) => ({
      ...list,
      bits: Buffer.from(list.bits).toString('base64'),
    })),
  ]
}
