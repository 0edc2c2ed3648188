import { describe, expect, it } from 'vitest'
import {
  AUTHORITY_KEY,
  addAgent,
  addDelegation,
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

describe('planRenewal', () => {
  async function openDelegation(options = {}) {
    const store = await openTenant(options)
    const made = await addDelegation(store)
    const { id, validUntil } = made.delegation
    const renewal = {
      tenant: 'acme',
      id,
      previousValidUntil: validUntil,
      leaseSize: 8,
      validFrom: NOW + DAY / 2,
      validUntil: NOW + (3 * DAY) / 2,
    }
    return { store, ...made, renewal }
  }

  it('keeps id, index and lease, and replaces the text once it is recorded', async () => {
    const { store, delegation, renewal } = await openDelegation()

    const planned = await ok(store.planRenewal(renewal, context()))
    expect(planned).toMatchObject({
      id: delegation.id,
      position: delegation.position,
      lease: delegation.lease,
    })
    expect(planned).toMatchObject({ validFrom: renewal.validFrom, validUntil: renewal.validUntil })
    expect(planned.forms).toEqual({})
    expect(await store.credential('acme', delegation.id)).toEqual(delegation)

    const signed = {
      tenant: 'acme',
      id: delegation.id,
      validUntil: renewal.validUntil,
      mechanism: 'vc+jwt',
      keyId: AUTHORITY_KEY,
      text: 'renewed',
    } as const
    const renewed = await ok(recordText(store, signed, context()))

    expect(renewed).toMatchObject({
      state: 'active',
      forms: { 'vc+jwt': 'renewed' },
      validUntil: renewal.validUntil,
    })
    expect(renewed.position).toEqual(delegation.position)
  })

  it('can lease more indexes, fresh ones in the same list, never fewer', async () => {
    const { store, delegation, renewal } = await openDelegation()

    const { lease } = await ok(store.planRenewal({ ...renewal, leaseSize: 12 }, context()))

    expect(lease).toHaveLength(12)
    expect(lease.slice(0, 8)).toEqual(delegation.lease)
    expect(new Set([...lease, delegation.position.index]).size).toBe(13)
    const position = { list: delegation.position.list, index: lease[11] ?? -1 }
    expect(await store.leaseHolder('acme', position)).toMatchObject({ id: delegation.id })
    expect((await ok(store.planRenewal({ ...renewal, leaseSize: 2 }, context()))).lease).toEqual(lease)
  })

  it('keeps to the quota of the agent', async () => {
    const { store, renewal } = await openDelegation({ leaseQuotaPerAgent: 10 })

    const refused = store.planRenewal({ ...renewal, leaseSize: 11 }, context())

    expect(await refusal(refused)).toBe('quota_exceeded')
    expect(await refusal(store.planRenewal({ ...renewal, leaseSize: 10 }, context()))).toBe('done')
  })

  it('keeps to the quota of the owner when the lease grows, and renews what is above it as it is', async () => {
    const { store, owner, renewal } = await openDelegation({ leaseQuotaPerOwner: 10 })
    const other = await addAgent(store, owner)
    await issue(store, newPlan(owner, other, { leaseSize: 2 }))

    expect(await store.planRenewal({ ...renewal, leaseSize: 9 }, context())).toEqual({
      done: false,
      refusal: { code: 'quota_exceeded', limit: 10, dimension: 'owner' },
    })
    expect(await refusal(store.planRenewal(renewal, context()))).toBe('done')
  })

  it.each(['leaseQuotaPerAgent', 'leaseQuotaPerOwner'])(
    'counts an expired delegation again when it is renewed: %s',
    async (quota) => {
      const { store, owner, agent, renewal } = await openDelegation({ [quota]: 8 })
      const at = NOW + DAY
      const late = { ...renewal, validFrom: at, validUntil: at + DAY }
      const rest = await ok(
        store.planCredential(newPlan(owner, agent, { validUntil: at + DAY }), context({ at })),
      )

      expect(await refusal(store.planRenewal(late, context({ at })))).toBe('quota_exceeded')

      await ok(store.revokeDelegation(rest.id, 'done', context({ at })))
      expect(await refusal(store.planRenewal(late, context({ at })))).toBe('done')
      const more = newPlan(owner, agent, { validUntil: at + DAY, leaseSize: 1 })
      expect(await refusal(store.planCredential(more, context({ at })))).toBe('quota_exceeded')
    },
  )

  it('lets one of two renewals win', async () => {
    const { store, renewal } = await openDelegation()
    const { id } = renewal
    const other = { ...renewal, validUntil: renewal.validUntil + 5 }
    await ok(store.planRenewal(renewal, context()))
    await ok(store.planRenewal(other, context()))

    const late = {
      tenant: 'acme',
      id,
      validUntil: renewal.validUntil,
      mechanism: 'vc+jwt',
      keyId: AUTHORITY_KEY,
      text: 'first',
    } as const
    expect(await refusal(recordText(store, late, context()))).toBe('conflict changed_meanwhile')
    const signed = {
      tenant: 'acme',
      id,
      validUntil: other.validUntil,
      mechanism: 'vc+jwt',
      keyId: AUTHORITY_KEY,
      text: 'second',
    } as const
    expect(await ok(recordText(store, signed, context()))).toMatchObject({
      forms: { 'vc+jwt': 'second' },
    })

    expect(await refusal(store.planRenewal(renewal, context()))).toBe('conflict changed_meanwhile')
  })

  it('renews the credential of an owner', async () => {
    const { store, ownerCredential, renewal } = await openDelegation()
    const ofOwner = { ...renewal, id: ownerCredential.id, leaseSize: 0 }

    expect(await ok(store.planRenewal(ofOwner, context()))).toMatchObject({
      position: ownerCredential.position,
    })
  })

  it('gives an interrupted issuance other times', async () => {
    const { store, owner, agent, renewal } = await openDelegation()
    const planned = await ok(store.planCredential(newPlan(owner, agent), context()))

    await ok(store.planRenewal({ ...renewal, id: planned.id }, context()))

    expect(await store.credential('acme', planned.id)).toMatchObject({
      state: 'planned',
      validFrom: renewal.validFrom,
      validUntil: renewal.validUntil,
    })
  })

  it('is refused for what nobody knows, a revoked one and another tenant', async () => {
    const { store, delegation, renewal } = await openDelegation()
    expect(await refusal(store.planRenewal({ ...renewal, id: 'urn:uuid:x' }, context()))).toBe('not_found')
    expect(await refusal(store.planRenewal({ ...renewal, tenant: 'globex' }, context()))).toBe('not_found')

    await ok(store.revokeDelegation(delegation.id, 'leaked', context()))

    expect(await refusal(store.planRenewal(renewal, context()))).toBe('conflict delegation_ended')
  })
})
