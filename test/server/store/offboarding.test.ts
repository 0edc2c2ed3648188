import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  AUTHORITY_KEY,
  addAgent,
  addDelegation,
  bit,
  context,
  issue,
  newPlan,
  newRun,
  ok,
  openTenant,
  recordText,
  refusal,
} from './fixtures.ts'

/** Three agents, one of them with a helper that has a run of its own; one leased index that nobody registered. */
async function openOffice() {
  const store = await openTenant()
  const { owner, ownerCredential, agent, delegation } = await addDelegation(store)
  const others = [await addAgent(store, owner), await addAgent(store, owner)]
  const delegations = [delegation]
  for (const other of others) delegations.push(await issue(store, newPlan(owner, other)))
  const helper = await ok(store.registerRun(newRun(delegation, 0, { kind: 'SubAgent' }), context()))
  const run = await ok(store.registerRun(newRun(delegation, 1, { parentId: helper.id }), context()))
  return { store, owner, ownerCredential, agents: [agent, ...others], delegations, runs: [helper, run] }
}

describe('offboardOwner', () => {
  it('ends all that stands on the owner, over three generations [L1] [I13] [I14] [PD-15]', async () => {
    const { store, owner, ownerCredential, agents, delegations, runs } = await openOffice()

    const report = await ok(store.offboardOwner(owner.id, 'left', context()))

    expect(report).toMatchObject({ ownerId: owner.id, agents: 3, delegations: 3, runs: 2 })
    expect(await store.owner('acme', owner.id)).toMatchObject({ state: 'offboarded', version: 2 })
    expect(await store.ownerCredential('acme', owner.id)).toBeUndefined()
    for (const { position } of [ownerCredential, ...delegations, ...runs]) {
      expect(await bit(store, 'revocation', position)).toBe(true)
    }
    for (const { id } of agents) expect(await store.agent('acme', id)).toMatchObject({ state: 'revoked' })
    for (const { id } of delegations) {
      expect(await store.credential('acme', id)).toMatchObject({ state: 'revoked' })
    }
    for (const { id } of runs) expect(await store.run('acme', id)).toMatchObject({ state: 'revoked' })
  })

  it("spares other owners, and leased indexes that nobody registered: the owner's bit covers those", async () => {
    const { store, owner, delegations } = await openOffice()
    const other = await addDelegation(store)

    await ok(store.offboardOwner(owner.id, 'left', context()))

    for (const { position } of [other.ownerCredential, other.delegation, newRun(other.delegation)]) {
      expect(await bit(store, 'revocation', position)).toBe(false)
    }
    expect(await store.agent('acme', other.agent.id)).toEqual(other.agent)
    expect(await bit(store, 'revocation', newRun(delegations[2] ?? other.delegation).position)).toBe(false)
  })

  it('ends planned credentials, so that an issuance under way is never released [I13]', async () => {
    const { store, owner, agents } = await openOffice()
    const [agent] = agents
    const { id, validUntil } = await ok(store.planCredential(newPlan(owner, agent), context()))

    await ok(store.offboardOwner(owner.id, 'left', context()))

    const signed = {
      tenant: 'acme',
      id,
      validUntil,
      mechanism: 'vc+jwt',
      text: 'jwt',
      keyId: AUTHORITY_KEY,
    } as const
    expect(await refusal(recordText(store, signed, context()))).toBe('conflict delegation_ended')
  })

  it('is told by one audit entry with the number and the digest of what ended', async () => {
    const { store, owner, ownerCredential, delegations, runs } = await openOffice()
    const before = (await store.audit('acme', {}, { limit: 100 })).items.length

    const { cascadeId } = await ok(store.offboardOwner(owner.id, 'left', context()))

    const told = (await store.audit('acme', {}, { limit: 100 })).items.slice(before)
    const ids = [ownerCredential, ...delegations, ...runs].map(({ id }) => `${id}\n`).join('')
    const digest = createHash('sha256').update(ids).digest('base64url')
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject({
      action: 'owner.offboard',
      ownerId: owner.id,
      details: { reason: 'left', cascade: cascadeId, agents: 3, delegations: 3, runs: 2, digest },
    })
  })

  it('does not count what had ended before', async () => {
    const { store, owner, agents, delegations, runs } = await openOffice()
    await ok(store.completeRun(runs[1]?.id ?? '', context()))
    await ok(store.revokeDelegation(delegations[1]?.id ?? '', 'r', context()))
    await ok(store.revokeAgent(agents[2]?.id ?? '', 'r', context()))

    const report = await ok(store.offboardOwner(owner.id, 'left', context()))

    expect(report).toMatchObject({ agents: 2, delegations: 1, runs: 1 })
    expect(await store.run('acme', runs[1]?.id ?? '')).toMatchObject({ state: 'completed' })
  })

  it('answers the same report when it is repeated', async () => {
    const { store, owner } = await openOffice()
    const first = await store.offboardOwner(owner.id, 'left', context())

    expect(await store.offboardOwner(owner.id, 'again', context())).toEqual({ ...first, replayed: true })
    expect(await refusal(store.offboardOwner('own_unknown', 'r', context()))).toBe('not_found')
  })

  it('works on an owner who is on hold; the suspension bit stays', async () => {
    const { store, owner, ownerCredential } = await openOffice()
    await ok(store.placeHold({ kind: 'owner', id: owner.id }, 'admin', 'leave', context()))

    expect(await refusal(store.offboardOwner(owner.id, 'left', context()))).toBe('done')
    expect(await bit(store, 'suspension', ownerCredential.position)).toBe(true)
  })
})
