import { describe, expect, it } from 'vitest'
import type { Store } from '../../../src/issuer/ports.ts'
import {
  AUTHORITY_KEY,
  addAgent,
  addDelegation,
  addOwner,
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

async function openAgent(options = {}) {
  const store = await openTenant(options)
  const owner = await addOwner(store)
  const agent = await addAgent(store, owner)
  return { store, owner, agent }
}

describe('planCredential', () => {
  it('records what will be signed, with an index and a lease in one list', async () => {
    const { store, owner, agent } = await openAgent()
    const plan = newPlan(owner, agent, { leaseSize: 3 })

    const planned = await ok(store.planCredential(plan, context()))

    expect(planned).toMatchObject({ id: plan.id, state: 'planned', ownerId: owner.id, agentId: agent.id })
    expect(planned).toMatchObject({
      terms: plan.terms,
      validFrom: plan.validFrom,
      validUntil: plan.validUntil,
    })
    expect(planned.forms).toEqual({})
    expect(planned.position.list).toBe(2)
    expect(new Set([planned.position.index, ...planned.lease]).size).toBe(4)
    expect(await store.credential('acme', plan.id)).toEqual(planned)
  })

  it('puts owners into lists of their own', async () => {
    const { store, owner } = await openAgent()

    const planned = await ok(store.planCredential(newPlan(owner), context()))

    expect(planned).toMatchObject({ kind: 'owner', position: { list: 1 }, lease: [] })
    expect(planned).not.toHaveProperty('agentId')
  })

  it('gives no index twice, also when plans were refused in between [ST-03]', async () => {
    const { store, owner, agent } = await openAgent({ leaseQuotaPerAgent: 1_000 })
    const seen = new Set<number>()
    for (let i = 0; i < 50; i++) {
      await store.planCredential(newPlan(owner, agent, { ownerVersion: 99 }), context())
      const { position, lease } = await ok(store.planCredential(newPlan(owner, agent), context()))
      for (const index of [position.index, ...lease]) seen.add(index)
    }

    expect(seen.size).toBe(50 * 9)
  })

  it.each([
    ['an owner whom nobody knows', { ownerId: 'own_unknown' }, 'not_found'],
    ['an agent whom nobody knows', { agentId: 'agt_unknown' }, 'not_found'],
    ['an older version of the owner', { ownerVersion: 0 }, 'conflict changed_meanwhile'],
    ['a lease that no credential may hold', { leaseSize: 257 }, 'quota_exceeded'],
    ['another tenant', { tenant: 'globex' }, 'not_found'],
  ])('refuses %s', async (_, changes, expected) => {
    const { store, owner, agent } = await openAgent()

    expect(await refusal(store.planCredential(newPlan(owner, agent, changes), context()))).toBe(expected)
    expect(await refusal(store.planCredential(newPlan(owner, agent), context()))).toBe('done')
  })

  it("refuses another owner's agent", async () => {
    const { store, agent } = await openAgent()
    const other = await addOwner(store)

    expect(await refusal(store.planCredential(newPlan(other, agent), context()))).toBe('not_found')
  })

  it.each([
    [
      'owner_suspended',
      (store: Store, owner: string) => store.placeHold({ kind: 'owner', id: owner }, 'admin', 'r', context()),
    ],
    [
      'agent_suspended',
      (store: Store, _: string, agent: string) =>
        store.placeHold({ kind: 'agent', id: agent }, 'admin', 'r', context()),
    ],
    ['owner_offboarded', (store: Store, owner: string) => store.offboardOwner(owner, 'r', context())],
    ['agent_ended', (store: Store, _: string, agent: string) => store.revokeAgent(agent, 'r', context())],
  ])(
    'refuses with %s, for a new credential, a signed one and a renewal [I11] [I12] [I13]',
    async (reason, end) => {
      const { store, owner, agent } = await openAgent()
      const delegation = await issue(store, newPlan(owner, agent))
      const planned = await ok(store.planCredential(newPlan(owner, agent), context()))

      await end(store, owner.id, agent.id)

      expect(await refusal(store.planCredential(newPlan(owner, agent), context()))).toBe(`conflict ${reason}`)
      const held = reason.endsWith('suspended') ? reason : 'delegation_ended'
      const signed = {
        tenant: 'acme',
        id: planned.id,
        validUntil: planned.validUntil,
        mechanism: 'vc+jwt',
        keyId: AUTHORITY_KEY,
        text: 'jwt',
      } as const
      expect(await refusal(recordText(store, signed, context()))).toBe(`conflict ${held}`)
      expect(await store.credential('acme', planned.id)).toMatchObject({ forms: {} })
      const renewal = {
        tenant: 'acme',
        id: delegation.id,
        previousValidUntil: delegation.validUntil,
        leaseSize: 8,
      }
      const later = { ...renewal, validFrom: NOW + 1, validUntil: NOW + 2 * DAY }
      expect(await refusal(store.planRenewal(later, context()))).toBe(`conflict ${held}`)
    },
  )

  it('plans for one owner at most one credential that is not revoked', async () => {
    const { store, owner } = await openAgent()
    const first = await ok(store.planCredential(newPlan(owner), context()))

    const second = await store.planCredential(newPlan(owner), context())

    expect(second).toEqual({ done: true, value: first, replayed: true })
    expect(await store.ownerCredential('acme', owner.id)).toEqual(first)
  })

  it('answers a repeated request with the first plan, whatever became of it', async () => {
    const { store, owner, agent } = await openAgent()
    const by = context({ idempotency: { key: 'k', requestDigest: 'd' } })
    const { id } = await issue(store, newPlan(owner, agent), by)
    await ok(store.revokeDelegation(id, 'leaked', context()))

    const again = await store.planCredential(newPlan(owner, agent), by)

    expect(again).toMatchObject({ done: true, replayed: true, value: { id, state: 'revoked' } })
  })
})

describe('the lease quota of an agent', () => {
  it('counts what its live delegations lease', async () => {
    const { store, owner, agent } = await openAgent({ leaseQuotaPerAgent: 20 })
    await issue(store, newPlan(owner, agent, { leaseSize: 8 }))
    await issue(store, newPlan(owner, agent, { leaseSize: 8 }))

    const third = await store.planCredential(newPlan(owner, agent, { leaseSize: 8 }), context())

    expect(third).toEqual({
      done: false,
      refusal: { code: 'quota_exceeded', limit: 20, dimension: 'agent' },
    })
    expect(await refusal(store.planCredential(newPlan(owner, agent, { leaseSize: 4 }), context()))).toBe(
      'done',
    )
    const other = await addAgent(store, owner)
    expect(await refusal(store.planCredential(newPlan(owner, other, { leaseSize: 8 }), context()))).toBe(
      'done',
    )
  })

  it('is free again when a delegation is revoked or has expired', async () => {
    const { store, owner, agent } = await openAgent({ leaseQuotaPerAgent: 8 })
    const first = await issue(store, newPlan(owner, agent))
    expect(await refusal(store.planCredential(newPlan(owner, agent), context()))).toBe('quota_exceeded')

    await ok(store.revokeDelegation(first.id, 'done', context()))
    await issue(store, newPlan(owner, agent, { validUntil: NOW + 1_000 }))
    expect(await refusal(store.planCredential(newPlan(owner, agent), context()))).toBe('quota_exceeded')

    const later = context({ at: NOW + 1_000 })
    expect(await refusal(store.planCredential(newPlan(owner, agent), later))).toBe('done')
  })
})

describe('the lease quota of an owner', () => {
  const refused = { done: false, refusal: { code: 'quota_exceeded', limit: 20, dimension: 'owner' } }

  it('counts what the live delegations of all agents of the owner lease, and of no other owner', async () => {
    const { store, owner, agent } = await openAgent({ leaseQuotaPerOwner: 20 })
    const second = await addAgent(store, owner)
    await issue(store, newPlan(owner, agent))
    await issue(store, newPlan(owner, second))
    const third = await addAgent(store, owner)
    const other = await addDelegation(store)

    expect(await store.planCredential(newPlan(owner, third), context())).toEqual(refused)
    expect(await refusal(store.planCredential(newPlan(owner, third, { leaseSize: 4 }), context()))).toBe(
      'done',
    )
    const free = newPlan(owner, third, { leaseSize: 0 })
    expect(await refusal(store.planCredential(free, context()))).toBe('done')
    expect(await refusal(store.planCredential(newPlan(other.owner, other.agent), context()))).toBe('done')
  })

  it('is free again when a delegation of another agent is revoked or has expired', async () => {
    const { store, owner, agent } = await openAgent({ leaseQuotaPerOwner: 20 })
    const second = await addAgent(store, owner)
    const first = await issue(store, newPlan(owner, agent))
    await issue(store, newPlan(owner, agent, { validUntil: NOW + 1_000 }))
    expect(await store.planCredential(newPlan(owner, second), context())).toEqual(refused)

    await ok(store.revokeDelegation(first.id, 'done', context()))
    await issue(store, newPlan(owner, second))
    expect(await store.planCredential(newPlan(owner, second), context())).toEqual(refused)

    const later = context({ at: NOW + 1_000 })
    expect(await refusal(store.planCredential(newPlan(owner, second), later))).toBe('done')
  })

  it('lets a delegation give way to another one with as many indexes', async () => {
    const { store, owner, agent } = await openAgent({ leaseQuotaPerOwner: 8 })
    const { id } = await issue(store, newPlan(owner, agent))

    expect(await refusal(store.planCredential(newPlan(owner, agent, { predecessorId: id }), context()))).toBe(
      'done',
    )
  })
})

describe('recordCredential', () => {
  it('makes the credential active with its text', async () => {
    const { store, owner, agent } = await openAgent()
    const { id, validUntil } = await ok(store.planCredential(newPlan(owner, agent), context()))

    const recorded = await ok(
      recordText(
        store,
        { tenant: 'acme', id, validUntil, mechanism: 'vc+jwt', text: 'e30.e30.c2ln', keyId: AUTHORITY_KEY },
        context(),
      ),
    )

    expect(recorded).toMatchObject({ id, state: 'active', forms: { 'vc+jwt': 'e30.e30.c2ln' } })
    expect(await store.credential('acme', id)).toEqual(recorded)
  })

  it('answers the first text when one plan is recorded twice', async () => {
    const { store, owner, agent } = await openAgent()
    const first = await issue(store, newPlan(owner, agent))
    const { id, validUntil } = first

    const second = await recordText(
      store,
      { tenant: 'acme', id, validUntil, mechanism: 'vc+jwt', text: 'another', keyId: AUTHORITY_KEY },
      context(),
    )

    expect(second).toEqual({ done: true, value: first, replayed: true })
  })

  it('adds a text in another form to what was released, once', async () => {
    const { store, owner, agent } = await openAgent()
    const first = await issue(store, newPlan(owner, agent))
    const { id, validUntil } = first
    const further = {
      tenant: 'acme',
      id,
      validUntil,
      mechanism: 'vc+sd-jwt',
      text: 'e30~',
      keyId: AUTHORITY_KEY,
    } as const

    const added = await recordText(store, further, context())
    const again = await recordText(store, { ...further, text: 'e31~' }, context())

    const forms = { ...first.forms, 'vc+sd-jwt': 'e30~' }
    expect(added).toEqual({ done: true, replayed: false, value: { ...first, forms } })
    expect(again).toEqual({ done: true, replayed: true, value: { ...first, forms } })
    expect(await store.credential('acme', id)).toEqual({ ...first, forms })
  })

  it('takes all texts of a version away when it is renewed, and adds none to what has ended', async () => {
    const { store, owner, agent } = await openAgent()
    const { id, validUntil } = await issue(store, newPlan(owner, agent))
    const further = {
      tenant: 'acme',
      id,
      validUntil,
      mechanism: 'vc+sd-jwt',
      text: 'e30~',
      keyId: AUTHORITY_KEY,
    } as const
    await ok(recordText(store, further, context()))
    const times = { previousValidUntil: validUntil, validFrom: NOW + 1, validUntil: validUntil + 1 }
    await ok(store.planRenewal({ tenant: 'acme', id, leaseSize: 8, ...times }, context()))
    const present = await store.credential('acme', id)

    const renewed = { ...further, validUntil: validUntil + 1, text: 'e31~' }
    await ok(recordText(store, renewed, context()))

    expect(Object.keys(present?.forms ?? {})).toEqual(['vc+jwt', 'vc+sd-jwt'])
    expect((await store.credential('acme', id))?.forms).toEqual({ 'vc+sd-jwt': 'e31~' })
    const late = { ...further, mechanism: 'vc+jwt' } as const
    expect(await refusal(recordText(store, late, context()))).toBe('conflict changed_meanwhile')
    await ok(store.revokeDelegation(id, 'leaked', context()))
    const after = { ...late, validUntil: validUntil + 1 }
    expect(await refusal(recordText(store, after, context()))).toBe('conflict delegation_ended')
  })

  it('refuses a text that is not of the plan', async () => {
    const { store, owner, agent } = await openAgent()
    const { id, validUntil } = await ok(store.planCredential(newPlan(owner, agent), context()))
    const signed = {
      tenant: 'acme',
      id,
      validUntil: validUntil + 1,
      mechanism: 'vc+jwt',
      keyId: AUTHORITY_KEY,
      text: 'jwt',
    } as const

    expect(await refusal(recordText(store, signed, context()))).toBe('conflict changed_meanwhile')
    expect(await refusal(recordText(store, { ...signed, id: 'urn:uuid:unknown' }, context()))).toBe(
      'not_found',
    )
    expect(await refusal(recordText(store, { ...signed, tenant: 'globex' }, context()))).toBe('not_found')
    expect(await refusal(recordText(store, { ...signed, validUntil }, context()))).toBe('done')
  })

  it('never releases what was revoked between plan and signature', async () => {
    const { store, owner, agent } = await openAgent()
    const { id, validUntil } = await ok(store.planCredential(newPlan(owner, agent), context()))
    await ok(store.revokeDelegation(id, 'changed my mind', context()))
    const signed = {
      tenant: 'acme',
      id,
      validUntil,
      mechanism: 'vc+jwt',
      text: 'jwt',
      keyId: AUTHORITY_KEY,
    } as const

    expect(await refusal(recordText(store, signed, context()))).toBe('conflict delegation_ended')
    expect(await store.credential('acme', id)).toMatchObject({ state: 'revoked' })
    expect(await store.credential('acme', id)).toMatchObject({ forms: {} })
  })
})

describe('delegations', () => {
  it('are listed by owner or agent, without the credentials of owners', async () => {
    const store = await openTenant()
    const first = await addDelegation(store)
    const second = await addDelegation(store)
    const page = { limit: 10 }

    const all = await store.delegations('acme', {}, page)
    const ofOwner = await store.delegations('acme', { ownerId: second.owner.id }, page)
    const ofAgent = await store.delegations('acme', { agentId: first.agent.id }, page)

    expect(all.items).toEqual([first.delegation, second.delegation])
    expect(ofOwner.items).toEqual([second.delegation])
    expect(ofAgent.items).toEqual([first.delegation])
  })
})
