import { describe, expect, it } from 'vitest'
import {
  addDelegation,
  addOwner,
  bit,
  context,
  issue,
  NOW,
  newPlan,
  newRun,
  ok,
  openTenant,
  recordText,
  refusal,
} from './fixtures.ts'

/** An agent with a delegation, a run and an unregistered lease, and somebody else who could have it. */
async function openTwoOwners() {
  const store = await openTenant()
  const made = await addDelegation(store)
  const run = await ok(store.registerRun(newRun(made.delegation), context()))
  const other = await addOwner(store)
  await issue(store, newPlan(other))
  const give = () => store.transferAgent(made.agent.id, { to: other.id, reason: 'moved' }, context())
  return { store, ...made, run, other, give }
}

/** The agent of the other owner, with a delegation of theirs. */
async function openTransferred() {
  const two = await openTwoOwners()
  const { agent } = await ok(two.give())
  const granted = await issue(two.store, newPlan(two.other, agent))
  return { ...two, agent, granted }
}

describe('transferAgent', () => {
  it('ends all that the agent has of its owner, and keeps the agent', async () => {
    const { store, owner, agent, delegation, run, other, give } = await openTwoOwners()

    const { cascadeId, ...done } = await ok(give())

    expect(done).toEqual({ agent: { ...agent, ownerId: other.id }, from: owner.id, delegations: 1, runs: 1 })
    expect(cascadeId).toMatch(/^cas_/)
    expect(await store.agent('acme', agent.id)).toEqual(done.agent)
    expect(await store.principal(agent.did)).toMatchObject({ agentId: agent.id, ownerId: other.id })
    expect(await store.credential('acme', delegation.id)).toMatchObject({
      state: 'revoked',
      ownerId: owner.id,
    })
    expect(await store.run('acme', run.id)).toMatchObject({ state: 'revoked' })
    for (const { position } of [delegation, run]) expect(await bit(store, 'revocation', position)).toBe(true)
  })

  it('is told in the trail of both owners, each naming the other [I7]', async () => {
    const { store, owner, agent, other, give } = await openTwoOwners()

    const { cascadeId } = await ok(give())

    const last = async (ownerId: string) =>
      (await store.audit('acme', { ownerId }, { limit: 100 })).items.at(-1)
    expect(await last(owner.id)).toMatchObject({
      action: 'agent.release',
      agentId: agent.id,
      details: { to: other.id, reason: 'moved', cascade: cascadeId, delegations: 1, runs: 1 },
    })
    expect(await last(other.id)).toMatchObject({
      action: 'agent.transfer',
      agentId: agent.id,
      details: { from: owner.id, reason: 'moved', cascade: cascadeId },
    })
  })

  it('lets the new owner grant, and the owner before no more', async () => {
    const { store, owner, agent, granted } = await openTransferred()

    expect(granted).toMatchObject({ state: 'active', agentId: agent.id })
    expect(await refusal(store.planCredential(newPlan(owner, agent), context()))).toBe('not_found')
  })

  it('gives no successor to what the owner before granted, whose it was and is not, nor when it comes back', async () => {
    const { store, owner, agent, delegation, other, give } = await openTwoOwners()
    const successor = (by: typeof owner) => newPlan(by, agent, { predecessorId: delegation.id })
    await ok(store.rotateAgentKey({ id: agent.id, did: 'did:key:zNext', endsAt: NOW }, context()))

    await ok(give())
    expect(await refusal(store.planCredential(successor(other), context()))).toBe('conflict delegation_ended')
    await ok(store.transferAgent(agent.id, { to: owner.id, reason: 'back' }, context()))
    expect(await refusal(store.planCredential(successor(owner), context()))).toBe('conflict delegation_ended')
  })

  it('leaves that to an agent whose key was changed and that stays', async () => {
    const { store, owner, agent, delegation } = await openTwoOwners()
    await ok(store.rotateAgentKey({ id: agent.id, did: 'did:key:zNext', endsAt: NOW }, context()))

    const plan = newPlan(owner, agent, { predecessorId: delegation.id })
    expect(await refusal(store.planCredential(plan, context()))).toBe('done')
  })

  it('keeps what the new owner granted from everything that the owner before does or suffers', async () => {
    const { store, owner, agent, delegation, granted } = await openTransferred()
    await ok(store.revokeDelegation(delegation.id, 'late', context()))
    await ok(store.revokeLease(newRun(delegation, 3).position, 'late', {}, context()))
    await ok(store.placeHold({ kind: 'owner', id: owner.id }, 'admin', 'leave', context()))

    await ok(store.offboardOwner(owner.id, 'left', context()))

    expect(await store.agent('acme', agent.id)).toMatchObject({ state: 'active', suspended: false })
    expect(await store.credential('acme', granted.id)).toEqual(granted)
    expect(await bit(store, 'revocation', granted.position)).toBe(false)
  })

  it('makes the agent fall with the new owner [I13] [I14]', async () => {
    const { store, agent, other, granted } = await openTransferred()

    const report = await ok(store.offboardOwner(other.id, 'left', context()))

    expect(report).toMatchObject({ agents: 1, delegations: 1 })
    expect(await store.agent('acme', agent.id)).toMatchObject({ state: 'revoked' })
    expect(await bit(store, 'revocation', granted.position)).toBe(true)
  })

  it('leaves holds on the agent, whoever placed them [I11]', async () => {
    const { store, agent, other, give } = await openTwoOwners()
    await ok(store.placeHold({ kind: 'agent', id: agent.id }, 'owner', 'odd', context()))

    await ok(give())

    expect(await store.agent('acme', agent.id)).toMatchObject({ suspended: true })
    expect(await refusal(store.planCredential(newPlan(other, agent), context()))).toBe(
      'conflict agent_suspended',
    )
    await ok(store.liftHolds({ kind: 'agent', id: agent.id }, 'admin', context()))
    expect(await refusal(store.planCredential(newPlan(other, agent), context()))).toBe('done')
  })

  it('ends an issuance under way, so that nothing of the owner before is released', async () => {
    const { store, owner, agent, give } = await openTwoOwners()
    const { id, validUntil } = await ok(store.planCredential(newPlan(owner, agent), context()))

    await ok(give())

    const signed = { tenant: 'acme', id, validUntil, mechanism: 'vc+jwt', text: 'jwt' } as const
    expect(await refusal(recordText(store, signed, context()))).toBe('conflict delegation_ended')
  })

  it('refuses who could not grant, and whose it is already', async () => {
    const { store, owner, agent, other, give } = await openTwoOwners()
    const to = (id: string) => refusal(store.transferAgent(agent.id, { to: id, reason: 'r' }, context()))

    expect(await to(owner.id)).toBe('conflict same_owner')
    expect(await to('own_nobody')).toBe('not_found')
    await ok(store.placeHold({ kind: 'owner', id: other.id }, 'admin', 'leave', context()))
    expect(await to(other.id)).toBe('conflict owner_suspended')
    await ok(store.offboardOwner(other.id, 'left', context()))
    expect(await to(other.id)).toBe('conflict owner_offboarded')
    await ok(store.revokeAgent(agent.id, 'replaced', context()))
    expect(await to((await addOwner(store)).id)).toBe('conflict agent_ended')
    expect(await refusal(give())).toBe('conflict agent_ended')
  })
})
