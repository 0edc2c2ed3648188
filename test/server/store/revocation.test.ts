import { describe, expect, it } from 'vitest'
import { addDelegation, bit, context, issue, newPlan, newRun, ok, openTenant, refusal } from './fixtures.ts'

async function openDelegation() {
  const store = await openTenant()
  return { store, ...(await addDelegation(store)) }
}

describe('revokeDelegation', () => {
  it('ends one delegation; the others of the agent keep working [L2] [PD-20]', async () => {
    const { store, owner, agent, delegation } = await openDelegation()
    const other = await issue(store, newPlan(owner, agent))

    const revoked = await ok(store.revokeDelegation(delegation.id, 'leaked', context()))

    expect(revoked).toEqual({ ...delegation, state: 'revoked', succession: 'closed' })
    expect(await store.credential('acme', delegation.id)).toEqual(revoked)
    expect(await bit(store, 'revocation', delegation.position)).toBe(true)
    expect(await bit(store, 'revocation', other.position)).toBe(false)
    expect(await store.credential('acme', other.id)).toEqual(other)
  })

  it('is harmless to repeat', async () => {
    const { store, delegation } = await openDelegation()
    const first = await store.revokeDelegation(delegation.id, 'leaked', context())
    const before = await store.audit('acme', {}, { limit: 100 })

    expect(await store.revokeDelegation(delegation.id, 'again', context())).toEqual({
      ...first,
      replayed: true,
    })
    expect(await store.audit('acme', {}, { limit: 100 })).toEqual(before)
  })

  it('does not end what is no delegation', async () => {
    const { store, ownerCredential } = await openDelegation()

    for (const id of [ownerCredential.id, 'urn:uuid:unknown']) {
      expect(await refusal(store.revokeDelegation(id, 'r', context()))).toBe('not_found')
    }
  })

  it('leaves a suspension bit as it is [I15]', async () => {
    const { store, delegation } = await openDelegation()
    await ok(store.placeHold({ kind: 'delegation', id: delegation.id }, 'admin', 'odd', context()))

    await ok(store.revokeDelegation(delegation.id, 'leaked', context()))

    expect(await bit(store, 'suspension', delegation.position)).toBe(true)
    expect(await bit(store, 'revocation', delegation.position)).toBe(true)
  })
})

describe('revokeAgent', () => {
  it('ends all its delegations and registered runs, and nothing of another agent [I12] [PD-20]', async () => {
    const { store, owner, agent, delegation } = await openDelegation()
    const second = await issue(store, newPlan(owner, agent))
    const planned = await ok(store.planCredential(newPlan(owner, agent), context()))
    const run = await ok(store.registerRun(newRun(delegation), context()))
    const other = await addDelegation(store)

    const ended = await ok(store.revokeAgent(agent.id, 'leaked', context()))

    expect(ended).toEqual({ ...agent, state: 'revoked' })
    for (const { id, position } of [delegation, second, planned]) {
      expect(await bit(store, 'revocation', position)).toBe(true)
      expect(await store.credential('acme', id)).toMatchObject({ state: 'revoked' })
    }
    expect(await bit(store, 'revocation', run.position)).toBe(true)
    expect(await store.run('acme', run.id)).toMatchObject({ state: 'revoked' })
    expect(await bit(store, 'revocation', other.delegation.position)).toBe(false)
    expect(await store.credential('acme', other.delegation.id)).toEqual(other.delegation)
    expect(await store.owner('acme', owner.id)).toMatchObject({ state: 'active' })
  })

  it('is told by one audit entry with the number and the digest of what ended', async () => {
    const { store, agent, delegation } = await openDelegation()
    await ok(store.registerRun(newRun(delegation), context()))
    const { items: before } = await store.audit('acme', {}, { limit: 100 })

    await ok(store.revokeAgent(agent.id, 'leaked', context()))

    const after = (await store.audit('acme', {}, { limit: 100 })).items.slice(before.length)
    expect(after).toHaveLength(1)
    expect(after[0]).toMatchObject({
      action: 'agent.revoke',
      details: { reason: 'leaked', delegations: 1, runs: 1, digest: expect.stringMatching(/^[\w-]{43}$/) },
    })
  })

  it('is harmless to repeat', async () => {
    const { store, agent } = await openDelegation()
    const first = await store.revokeAgent(agent.id, 'leaked', context())

    expect(await store.revokeAgent(agent.id, 'again', context())).toEqual({ ...first, replayed: true })
    expect(await refusal(store.revokeAgent('agt_unknown', 'r', context()))).toBe('not_found')
  })
})

describe('revokeRun', () => {
  it('ends one run [L7]', async () => {
    const { store, delegation } = await openDelegation()
    const run = await ok(store.registerRun(newRun(delegation), context()))
    const first = await store.revokeRun(run.id, 'leaked', context())

    expect(first).toEqual({ done: true, value: { ...run, state: 'revoked' }, replayed: false })
    expect(await bit(store, 'revocation', run.position)).toBe(true)
    expect(await store.revokeRun(run.id, 'again', context())).toEqual({ ...first, replayed: true })
    expect(await refusal(store.revokeRun('urn:uuid:unknown', 'r', context()))).toBe('not_found')
  })

  it('leaves a completed run completed', async () => {
    const { store, delegation } = await openDelegation()
    const run = await ok(store.registerRun(newRun(delegation), context()))
    await ok(store.completeRun(run.id, context()))

    expect(await ok(store.revokeRun(run.id, 'late', context()))).toMatchObject({ state: 'completed' })
    expect(await bit(store, 'revocation', run.position)).toBe(true)
  })
})

describe('revokeLease', () => {
  it('ends whoever holds a leased index, registered or not [E8]', async () => {
    const { store, delegation } = await openDelegation()
    const run = await ok(store.registerRun(newRun(delegation), context()))
    const unregistered = newRun(delegation, 1).position

    await ok(store.revokeLease(run.position, 'leaked', {}, context()))
    await ok(store.revokeLease(unregistered, 'leaked', {}, context()))

    expect(await store.run('acme', run.id)).toMatchObject({ state: 'revoked' })
    expect(await bit(store, 'revocation', run.position)).toBe(true)
    expect(await bit(store, 'revocation', unregistered)).toBe(true)
    expect(await bit(store, 'revocation', delegation.position)).toBe(false)
  })

  it('is for the agent that leased the index, when an agent asks', async () => {
    const { store, agent, delegation } = await openDelegation()
    const other = await addDelegation(store)
    const { position } = newRun(delegation)

    expect(await refusal(store.revokeLease(position, 'r', { leasedTo: other.agent.id }, context()))).toBe(
      'not_allowed not_your_lease',
    )
    expect(await bit(store, 'revocation', position)).toBe(false)
    expect(await refusal(store.revokeLease(position, 'r', { leasedTo: agent.id }, context()))).toBe('done')
    expect(await bit(store, 'revocation', position)).toBe(true)
  })

  it('is harmless to repeat', async () => {
    const { store, delegation } = await openDelegation()
    const { position } = newRun(delegation)
    const first = await store.revokeLease(position, 'r', {}, context())

    expect(await store.revokeLease(position, 'r', {}, context())).toEqual({ ...first, replayed: true })
  })

  it("finds no index that is leased to nobody: free ones, a credential's own, those of no list", async () => {
    const { store, delegation, ownerCredential } = await openDelegation()
    const free = { list: 2, index: (delegation.position.index + 1) % 131_072 }
    const positions = [delegation.position, ownerCredential.position, { list: 9, index: 0 }]

    for (const position of [...positions, { list: 2, index: 131_072 }, { list: 2, index: 0.5 }]) {
      expect(await refusal(store.revokeLease(position, 'r', {}, context()))).toBe('not_found')
    }
    if (!delegation.lease.includes(free.index)) {
      expect(await refusal(store.revokeLease(free, 'r', {}, context()))).toBe('not_found')
    }
  })
})

describe('leaseHolder', () => {
  it('names the delegation that leased an index', async () => {
    const { store, delegation } = await openDelegation()
    const { list } = delegation.position

    for (const index of delegation.lease) {
      expect(await store.leaseHolder('acme', { list, index })).toEqual(delegation)
    }
    expect(await store.leaseHolder('acme', delegation.position)).toBeUndefined()
  })
})
