import { describe, expect, it } from 'vitest'
import type { Store } from '../../../src/issuer/ports.ts'
import type { Did } from '../../../src/model/did.ts'
import { MAX_LEASED_INDEXES } from '../../../src/model/status-list-entry.ts'
import {
  addAgent,
  addDelegation,
  addOwner,
  bit,
  context,
  DAY,
  issue,
  NOW,
  newPlan,
  ok,
  openTenant,
  recordText,
  refusal,
} from './fixtures.ts'

const NEW_KEY: Did = 'did:key:zNewKey'
const HOUR = 3_600_000

async function openDelegation(changes: object = {}) {
  const store = await openTenant()
  return { store, ...(await addDelegation(store, changes)) }
}

/** What the issuer plans for the new key. */
function successorOf(world: Awaited<ReturnType<typeof openDelegation>>, changes: object = {}) {
  const { owner, agent, delegation } = world
  return newPlan(owner, agent, { predecessorId: delegation.id, ...changes })
}

async function statesOf(store: Store, agentId: string): Promise<Record<string, string>> {
  const { items } = await store.delegations('acme', { agentId }, { limit: 50 })
  return Object.fromEntries(items.map(({ id, state }) => [id, state]))
}

async function actionsOf(store: Store): Promise<string[]> {
  return (await store.audit('acme', {}, { limit: 200 })).items.map(({ action }) => action)
}

describe('an agent that changes its own key over and over', () => {
  /** Changes the key so often, with a delegation for each new one, as the agent itself. */
  async function change(store: Store, world: Awaited<ReturnType<typeof addDelegation>>, times: number) {
    let { agent, delegation } = world
    for (let i = 0; i < times; i++) {
      const principal = { tenant: 'acme', did: agent.did, role: 'agent', agentId: agent.id } as const
      const rotation = { id: agent.id, did: `did:key:zOwn${i}` as Did, endsAt: NOW + HOUR }
      const rotated = await store.rotateAgentKey(rotation, context({ principal }))
      if (!rotated.done) return { agent, refusal: rotated.refusal }
      agent = rotated.value
      delegation = await issue(store, newPlan(world.owner, agent, { predecessorId: delegation.id }))
    }
    return { agent, refusal: undefined }
  }

  it('burns no more indexes in a day than a multiple of its quota, however long it goes on', async () => {
    const store = await openTenant({ leaseQuotaPerAgent: 8 })
    const world = await addDelegation(store)
    const limit = 32 * 8
    const times = Math.ceil(limit / (world.delegation.lease.length + 1))

    expect((await change(store, world, times + 1)).refusal).toEqual({
      code: 'quota_exceeded',
      limit,
      dimension: 'key_changes',
    })
  })

  it('is given another key by an admin all the same, and changes it again a day later', async () => {
    const store = await openTenant({ leaseQuotaPerAgent: 8 })
    const { agent } = await change(store, await addDelegation(store), 100)
    const rotation = (did: Did) => ({ id: agent.id, did, endsAt: NOW + DAY })
    const itself = { tenant: 'acme', did: NEW_KEY, role: 'agent', agentId: agent.id } as const

    expect(await refusal(store.rotateAgentKey(rotation(NEW_KEY), context()))).toBe('done')
    const early = context({ principal: itself, at: NOW + DAY - 1 })
    expect(await refusal(store.rotateAgentKey(rotation('did:key:zEarly'), early))).toBe('quota_exceeded')
    const later = context({ principal: itself, at: NOW + DAY })
    expect(await refusal(store.rotateAgentKey(rotation('did:key:zLater'), later))).toBe('done')
  })
})

describe('rotateAgentKey', () => {
  it('lets the new key call and the old one not, and keeps the identity [I9]', async () => {
    const { store, agent, owner } = await openDelegation()

    const rotated = await ok(
      store.rotateAgentKey({ id: agent.id, did: NEW_KEY, endsAt: NOW + HOUR }, context()),
    )

    expect(rotated).toEqual({ ...agent, did: NEW_KEY })
    expect(await store.principal(agent.did)).toBeUndefined()
    expect(await store.principal(NEW_KEY)).toMatchObject({
      role: 'agent',
      agentId: agent.id,
      ownerId: owner.id,
    })
  })

  it('leaves what the old key holds in force until the grace ends, and ends it then', async () => {
    const { store, agent, delegation } = await openDelegation()
    await ok(store.rotateAgentKey({ id: agent.id, did: NEW_KEY, endsAt: NOW + HOUR }, context()))

    expect(await store.credential('acme', delegation.id)).toMatchObject({
      state: 'active',
      endsAt: NOW + HOUR,
    })
    expect(await store.hasDueEnds('acme', NOW + HOUR - 1)).toBe(false)
    expect(await store.endDue(context({ at: NOW + HOUR - 1 }))).toBe(0)
    expect(await bit(store, 'revocation', delegation.position)).toBe(false)

    expect(await store.hasDueEnds('acme', NOW + HOUR)).toBe(true)
    expect(await store.endDue(context({ at: NOW + HOUR }))).toBe(1)

    expect(await store.credential('acme', delegation.id)).toMatchObject({
      state: 'revoked',
      succession: 'open',
    })
    expect(await bit(store, 'revocation', delegation.position)).toBe(true)
    expect(await store.hasDueEnds('acme', NOW + DAY)).toBe(false)
    expect(await actionsOf(store)).toContain('delegation.end')
  })

  it('ends all of it in the same transaction when there is no grace', async () => {
    const { store, owner, agent, delegation } = await openDelegation()
    const other = await issue(store, newPlan(owner, agent))

    await ok(store.rotateAgentKey({ id: agent.id, did: NEW_KEY, endsAt: NOW }, context()))

    expect(await statesOf(store, agent.id)).toEqual({ [delegation.id]: 'revoked', [other.id]: 'revoked' })
    expect(await bit(store, 'revocation', delegation.position)).toBe(true)
    expect(await bit(store, 'revocation', other.position)).toBe(true)
  })

  it('touches no other agent [I9]', async () => {
    const { store, owner, agent } = await openDelegation()
    const other = await addAgent(store, owner)
    const theirs = await issue(store, newPlan(owner, other))

    await ok(store.rotateAgentKey({ id: agent.id, did: NEW_KEY, endsAt: NOW }, context()))

    expect(await store.credential('acme', theirs.id)).toEqual(theirs)
    expect(await store.principal(other.did)).toMatchObject({ agentId: other.id })
  })

  it('shortens a grace and never prolongs one', async () => {
    const { store, agent, delegation } = await openDelegation()
    await ok(store.rotateAgentKey({ id: agent.id, did: NEW_KEY, endsAt: NOW + HOUR }, context()))

    await ok(store.rotateAgentKey({ id: agent.id, did: 'did:key:zThird', endsAt: NOW + DAY }, context()))
    expect(await store.credential('acme', delegation.id)).toMatchObject({ endsAt: NOW + HOUR })
    await ok(store.rotateAgentKey({ id: agent.id, did: 'did:key:zFourth', endsAt: NOW + 5 }, context()))
    expect(await store.credential('acme', delegation.id)).toMatchObject({ endsAt: NOW + 5 })
  })

  it('is done once for one key', async () => {
    const { store, agent } = await openDelegation()
    const rotation = { id: agent.id, did: NEW_KEY, endsAt: NOW + HOUR }
    await ok(store.rotateAgentKey(rotation, context()))
    const told = (await actionsOf(store)).length

    expect(await store.rotateAgentKey(rotation, context())).toMatchObject({ done: true, replayed: true })
    expect(await actionsOf(store)).toHaveLength(told)
  })

  it('is refused to a key that somebody has or had, an agent that has ended and one that is not there', async () => {
    const { store, owner, agent } = await openDelegation()
    const other = await addAgent(store, owner)
    const rotate = (id: string, did: Did) => store.rotateAgentKey({ id, did, endsAt: NOW }, context())

    expect(await refusal(rotate(agent.id, other.did))).toBe('conflict did_in_use')
    expect(await refusal(rotate(agent.id, NEW_KEY))).toBe('done')
    expect(await refusal(rotate(agent.id, agent.did))).toBe('conflict did_in_use')
    await ok(store.revokeAgent(other.id, 'gone', context()))
    expect(await refusal(rotate(other.id, 'did:key:zMore'))).toBe('conflict agent_ended')
    expect(await refusal(rotate('agt_none', 'did:key:zMore'))).toBe('not_found')
  })

  it('does not record what was signed for the old key meanwhile', async () => {
    const { store, owner, agent } = await openDelegation()
    const { id, validUntil } = await ok(store.planCredential(newPlan(owner, agent), context()))
    await ok(store.rotateAgentKey({ id: agent.id, did: NEW_KEY, endsAt: NOW + HOUR }, context()))
    const signed = { tenant: 'acme', id, validUntil, mechanism: 'vc+jwt', text: 'jwt' } as const
    const about = { ownerDid: owner.did, ownerVersion: owner.version }

    const old = recordText(store, { ...signed, about: { ...about, agentDid: agent.did } }, context())

    expect(await refusal(old)).toBe('conflict changed_meanwhile')
    expect(await refusal(recordText(store, signed, context()))).toBe('done')
  })
})

describe('a delegation whose key was rotated', () => {
  async function openRotated(changes: object = {}) {
    const world = await openDelegation(changes)
    await ok(world.store.rotateAgentKey({ id: world.agent.id, did: NEW_KEY, endsAt: NOW + HOUR }, context()))
    return world
  }

  it('is renewed and secured no more', async () => {
    const { store, delegation } = await openRotated()
    const { id, validUntil } = delegation
    const times = { previousValidUntil: validUntil, validFrom: NOW + 1, validUntil: validUntil + 1 }

    const renewal = store.planRenewal({ tenant: 'acme', id, leaseSize: 8, ...times }, context())
    expect(await refusal(renewal)).toBe('conflict changed_meanwhile')
    const further = { tenant: 'acme', id, validUntil, mechanism: 'vc+sd-jwt', text: 'e30~' } as const
    expect(await refusal(recordText(store, further, context()))).toBe('conflict changed_meanwhile')
  })

  it('gets one successor, with an index and a lease of its own, which does not count twice', async () => {
    const world = await openRotated({ leaseSize: MAX_LEASED_INDEXES })
    const { store, delegation } = world
    const plan = successorOf(world, { leaseSize: MAX_LEASED_INDEXES })

    const first = await ok(store.planCredential(plan, context()))
    const again = await store.planCredential({ ...plan, id: 'urn:uuid:other' }, context())

    expect(first).toMatchObject({ predecessorId: delegation.id, state: 'planned' })
    expect(first.position).not.toEqual(delegation.position)
    expect(again).toEqual({ done: true, replayed: true, value: first })
    expect(await store.successor('acme', delegation.id)).toEqual(first)
  })

  it('stays in force beside its successor until the grace ends', async () => {
    const world = await openRotated()
    const { store, agent, delegation } = world
    const successor = await issue(store, successorOf(world))
    expect(await statesOf(store, agent.id)).toEqual({ [delegation.id]: 'active', [successor.id]: 'active' })

    await store.endDue(context({ at: NOW + HOUR }))

    expect(await statesOf(store, agent.id)).toEqual({ [delegation.id]: 'revoked', [successor.id]: 'active' })
  })

  it.each(['the old one', 'the new one'] as const)('is revoked whole by revoking %s', async (which) => {
    const world = await openRotated()
    const { store, agent, delegation } = world
    const successor = await issue(store, successorOf(world))

    await ok(
      store.revokeDelegation(which === 'the old one' ? delegation.id : successor.id, 'leaked', context()),
    )

    expect(await statesOf(store, agent.id)).toEqual({ [delegation.id]: 'revoked', [successor.id]: 'revoked' })
    expect(await bit(store, 'revocation', delegation.position)).toBe(true)
    expect(await bit(store, 'revocation', successor.position)).toBe(true)
  })

  it('that was revoked never gets a successor, though it had ended already', async () => {
    const world = await openRotated()
    const { store, delegation } = world
    await store.endDue(context({ at: NOW + HOUR }))

    const revoked = await ok(store.revokeDelegation(delegation.id, 'leaked', context()))

    expect(revoked).toMatchObject({ state: 'revoked', succession: 'closed' })
    expect(await refusal(store.planCredential(successorOf(world), context()))).toBe(
      'conflict delegation_ended',
    )
  })

  it('is suspended and resumed whole, and gets no successor meanwhile [I11]', async () => {
    const world = await openRotated()
    const { store, delegation } = world
    await ok(store.placeHold({ kind: 'delegation', id: delegation.id }, 'owner', 'odd', context()))
    expect(await refusal(store.planCredential(successorOf(world), context()))).toBe(
      'conflict delegation_suspended',
    )
    await ok(store.liftHolds({ kind: 'delegation', id: delegation.id }, 'owner', context()))
    const successor = await issue(store, successorOf(world))

    await ok(store.placeHold({ kind: 'delegation', id: delegation.id }, 'owner', 'odd', context()))
    expect(await bit(store, 'suspension', delegation.position)).toBe(true)
    expect(await bit(store, 'suspension', successor.position)).toBe(true)
    await ok(store.liftHolds({ kind: 'delegation', id: successor.id }, 'owner', context()))
    expect(await bit(store, 'suspension', delegation.position)).toBe(false)
    expect(await bit(store, 'suspension', successor.position)).toBe(false)
  })

  it('falls with its owner, and its successor with it [I13]', async () => {
    const world = await openRotated()
    const successor = await issue(world.store, successorOf(world))

    const report = await ok(world.store.offboardOwner(world.owner.id, 'left', context()))

    expect(report).toMatchObject({ delegations: 2 })
    expect(await bit(world.store, 'revocation', successor.position)).toBe(true)
  })

  it('has no successor with another agent', async () => {
    const world = await openRotated()
    const other = await addAgent(world.store, world.owner)
    const stolen = newPlan(world.owner, other, { predecessorId: world.delegation.id })

    expect(await refusal(world.store.planCredential(stolen, context()))).toBe('not_found')
  })
})

describe('a successor of a delegation in force', () => {
  const NARROWER = { lifetimeSeconds: 60 }

  it('takes its place in the transaction in which it is recorded [I6]', async () => {
    const world = await openDelegation()
    const { store, agent, delegation } = world
    const { id, validUntil } = await ok(
      store.planCredential(successorOf(world, { terms: NARROWER }), context()),
    )
    expect(await statesOf(store, agent.id)).toEqual({ [delegation.id]: 'active', [id]: 'planned' })

    const signed = { tenant: 'acme', id, validUntil, mechanism: 'vc+jwt', text: 'jwt' } as const
    await ok(recordText(store, signed, context()))

    expect(await statesOf(store, agent.id)).toEqual({ [delegation.id]: 'revoked', [id]: 'active' })
    expect(await bit(store, 'revocation', delegation.position)).toBe(true)
  })

  it('that was never signed gives way to other terms', async () => {
    const world = await openDelegation()
    const { store, agent, delegation } = world
    const first = await ok(store.planCredential(successorOf(world, { terms: NARROWER }), context()))

    const second = await issue(store, successorOf(world, { terms: { lifetimeSeconds: 30 } }))

    expect(await statesOf(store, agent.id)).toEqual({
      [delegation.id]: 'revoked',
      [first.id]: 'revoked',
      [second.id]: 'active',
    })
  })

  it('that is in force is not replaced by another one from the same place', async () => {
    const world = await openDelegation()
    await issue(world.store, successorOf(world, { terms: NARROWER }))

    const late = world.store.planCredential(successorOf(world, { terms: { lifetimeSeconds: 30 } }), context())

    expect(await refusal(late)).toBe('conflict changed_meanwhile')
  })
})

describe('rotateOwnerKey', () => {
  it('gives another key, destroys the old one, and ends all that rests on it with the grace', async () => {
    const { store, owner, ownerCredential, delegation } = await openDelegation()
    const key = { tenant: 'acme', use: 'owner', wrapped: new Uint8Array(40), createdAt: NOW } as const
    await store.saveKey({ ...key, id: `${owner.did}#key`, did: owner.did })
    await store.saveKey({ ...key, id: `${NEW_KEY}#key`, did: NEW_KEY })

    const rotated = await ok(
      store.rotateOwnerKey({ id: owner.id, did: NEW_KEY, endsAt: NOW + HOUR }, context()),
    )

    expect(rotated).toEqual({ ...owner, did: NEW_KEY, version: owner.version + 1 })
    expect(await store.keys('acme', 'owner', owner.did)).toEqual([])
    expect(await store.keys('acme', 'owner', NEW_KEY)).toHaveLength(1)
    expect(await store.ownerCredential('acme', owner.id)).toBeUndefined()
    const next = await issue(store, newPlan(rotated))
    expect(await store.ownerCredential('acme', owner.id)).toEqual(next)

    expect(await store.endDue(context({ at: NOW + HOUR }))).toBe(2)
    expect(await bit(store, 'revocation', ownerCredential.position)).toBe(true)
    expect(await bit(store, 'revocation', delegation.position)).toBe(true)
    expect(await bit(store, 'revocation', next.position)).toBe(false)
  })

  it('is refused for who is gone, with a control', async () => {
    const { store, owner } = await openDelegation()
    const other = await addOwner(store)
    await ok(store.offboardOwner(owner.id, 'left', context()))
    const rotate = (id: string, did: Did) => store.rotateOwnerKey({ id, did, endsAt: NOW }, context())

    expect(await refusal(rotate(owner.id, NEW_KEY))).toBe('conflict owner_offboarded')
    expect(await refusal(rotate('own_none', NEW_KEY))).toBe('not_found')
    expect(await refusal(rotate(other.id, NEW_KEY))).toBe('done')
  })
})

describe('updateOwner', () => {
  async function openOwner() {
    const { store, owner, ownerCredential, delegation } = await openDelegation()
    const { name, accountable, accountableName, assurance, entitlements, revokers } = owner
    const to = { name, accountable, accountableName, assurance, entitlements, revokers }
    const update = { id: owner.id, version: owner.version, changed: ['name'], replaces: false, to }
    return { store, owner, ownerCredential, delegation, to, update }
  }

  it('changes what the registry says and leaves the credential in force [I3]', async () => {
    const { store, owner, ownerCredential, to, update } = await openOwner()

    const updated = await ok(store.updateOwner({ ...update, to: { ...to, name: 'Sales' } }, context()))

    expect(updated).toEqual({ ...owner, name: 'Sales', version: owner.version + 1 })
    expect(await store.ownerCredential('acme', owner.id)).toEqual(ownerCredential)
  })

  it('revokes the credential in force in the same transaction where it would say too much [I3]', async () => {
    const { store, owner, ownerCredential, delegation, update } = await openOwner()

    const updated = await ok(store.updateOwner({ ...update, replaces: true }, context()))

    expect(await store.ownerCredential('acme', owner.id)).toBeUndefined()
    expect(await bit(store, 'revocation', ownerCredential.position)).toBe(true)
    expect(await bit(store, 'revocation', delegation.position)).toBe(false)
    expect(await refusal(store.planCredential(newPlan(owner), context()))).toBe('conflict changed_meanwhile')
    expect(await issue(store, newPlan(updated))).toMatchObject({
      state: 'active',
      ownerVersion: updated.version,
    })
  })

  it('does not record a credential of the owner as it was before', async () => {
    const { store, owner, ownerCredential, update } = await openOwner()
    const { id, validUntil } = ownerCredential
    const times = { previousValidUntil: validUntil, validFrom: NOW + 1, validUntil: validUntil + 1 }
    await ok(store.planRenewal({ tenant: 'acme', id, leaseSize: 0, ...times }, context()))
    await ok(store.updateOwner(update, context()))
    const signed = {
      tenant: 'acme',
      id,
      validUntil: validUntil + 1,
      mechanism: 'vc+jwt',
      text: 'jwt',
    } as const
    const about = { ownerDid: owner.did, ownerVersion: owner.version }

    expect(await refusal(recordText(store, { ...signed, about }, context()))).toBe(
      'conflict changed_meanwhile',
    )
    expect(await ok(recordText(store, signed, context()))).toMatchObject({ ownerVersion: owner.version + 1 })
  })

  it('names and forgets revokers', async () => {
    const { store, owner, to, update } = await openOwner()
    const revokers: Did[] = ['did:key:zRevoker']

    const named = await ok(store.updateOwner({ ...update, to: { ...to, revokers } }, context()))
    expect(await store.principal('did:key:zRevoker')).toMatchObject({
      role: 'revoker',
      revokerOf: [owner.id],
    })
    await ok(store.updateOwner({ ...update, version: named.version }, context()))
    expect(await store.principal('did:key:zRevoker')).toBeUndefined()
  })

  it('is refused on an older version, and for who is gone', async () => {
    const { store, owner, update } = await openOwner()
    const updated = await ok(store.updateOwner(update, context()))

    expect(await refusal(store.updateOwner(update, context()))).toBe('conflict changed_meanwhile')
    await ok(store.offboardOwner(owner.id, 'left', context()))
    const late = store.updateOwner({ ...update, version: updated.version }, context())
    expect(await refusal(late)).toBe('conflict owner_offboarded')
  })
})
