import { describe, expect, it } from 'vitest'
import { addDelegation, bit, context, newPlan, newRun, ok, openTenant, refusal } from './fixtures.ts'

async function openDelegation() {
  const store = await openTenant()
  return { store, ...(await addDelegation(store)) }
}

describe('registerRun', () => {
  it('keeps what the agent signed, under a leased index [E2] [E4]', async () => {
    const { store, delegation } = await openDelegation()
    const input = newRun(delegation, 0, { name: 'triage #4711', lineage: { rootTask: 't', run: 'r' } })

    const run = await ok(store.registerRun(input, context()))

    expect(run).toEqual(input)
    expect(await store.run('acme', run.id)).toEqual(input)
    expect(await bit(store, 'revocation', run.position)).toBe(false)
  })

  it('is harmless to repeat; another run under the same id or index is refused', async () => {
    const { store, delegation } = await openDelegation()
    const input = newRun(delegation)
    const first = await store.registerRun(input, context())

    expect(await store.registerRun(input, context())).toEqual({ ...first, replayed: true })
    const sameId = { ...input, subject: 'did:key:zOther' } as const
    expect(await refusal(store.registerRun(sameId, context()))).toBe('conflict already_registered')
    const sameIndex = newRun(delegation)
    expect(await refusal(store.registerRun(sameIndex, context()))).toBe('conflict already_registered')
    expect(await refusal(store.registerRun(newRun(delegation, 1), context()))).toBe('done')
  })

  it('answers a repeated request by its idempotency key', async () => {
    const { store, delegation } = await openDelegation()
    const by = context({ idempotency: { key: 'k', requestDigest: 'd' } })
    const run = await ok(store.registerRun(newRun(delegation), by))

    expect(await store.registerRun(newRun(delegation, 1), by)).toEqual({
      done: true,
      value: run,
      replayed: true,
    })
  })

  it('refuses an index that is not leased to the delegation', async () => {
    const { store, delegation } = await openDelegation()
    const other = await addDelegation(store)
    const { list } = delegation.position
    const foreign = { list, index: other.delegation.lease[0] ?? -1 }
    const free = { list, index: unleased([delegation, other.delegation]) }

    for (const position of [
      foreign,
      free,
      delegation.position,
      { list: 99, index: 1 },
      { list, index: -1 },
    ]) {
      const run = newRun(delegation, 0, { position })
      expect(await refusal(store.registerRun(run, context()))).toBe('not_allowed not_your_lease')
    }
  })

  it('refuses a run whose index was revoked before', async () => {
    const { store, delegation } = await openDelegation()
    const run = newRun(delegation)
    await ok(store.revokeLease(run.position, 'leaked', {}, context()))

    expect(await refusal(store.registerRun(run, context()))).toBe('conflict run_ended')
  })

  it('refuses two runs with one identity; a helper may be renewed under its own [E2]', async () => {
    const { store, delegation } = await openDelegation()
    const subject = 'did:key:zSame'
    await ok(store.registerRun(newRun(delegation, 0, { subject }), context()))

    expect(await refusal(store.registerRun(newRun(delegation, 1, { subject }), context()))).toBe(
      'conflict did_in_use',
    )
    const helper = { kind: 'SubAgent', subject: 'did:key:zHelper' } as const
    expect(await refusal(store.registerRun(newRun(delegation, 1, helper), context()))).toBe('done')
    expect(await refusal(store.registerRun(newRun(delegation, 2, helper), context()))).toBe('done')
  })

  it('refuses a run below one that has ended', async () => {
    const { store, delegation } = await openDelegation()
    const parent = await ok(store.registerRun(newRun(delegation), context()))
    const child = newRun(delegation, 1, { parentId: parent.id })
    const orphan = newRun(delegation, 2, { parentId: 'urn:uuid:unregistered' })
    await ok(store.completeRun(parent.id, context()))

    expect(await refusal(store.registerRun(child, context()))).toBe('conflict run_ended')
    expect(await refusal(store.registerRun(orphan, context()))).toBe('done')
  })

  it('refuses a run of what is not in force', async () => {
    const { store, owner, agent, delegation } = await openDelegation()
    const planned = await ok(store.planCredential(newPlan(owner, agent), context()))
    expect(await refusal(store.registerRun(newRun(planned), context()))).toBe('conflict delegation_ended')
    const nowhere = newRun({ ...delegation, id: 'urn:uuid:unknown' })
    expect(await refusal(store.registerRun(nowhere, context()))).toBe('not_found')

    await ok(store.placeHold({ kind: 'agent', id: agent.id }, 'admin', 'odd', context()))
    expect(await refusal(store.registerRun(newRun(delegation), context()))).toBe('conflict agent_suspended')

    await ok(store.revokeDelegation(delegation.id, 'leaked', context()))
    expect(await refusal(store.registerRun(newRun(delegation), context()))).toBe('conflict delegation_ended')
  })
})

describe('completeRun', () => {
  it('sets the bit of the run and of nothing else [E6]', async () => {
    const { store, delegation } = await openDelegation()
    const run = await ok(store.registerRun(newRun(delegation), context()))
    const other = await ok(store.registerRun(newRun(delegation, 1), context()))

    const completed = await ok(store.completeRun(run.id, context()))

    expect(completed).toEqual({ ...run, state: 'completed' })
    expect(await bit(store, 'revocation', run.position)).toBe(true)
    expect(await bit(store, 'revocation', other.position)).toBe(false)
    expect(await bit(store, 'revocation', delegation.position)).toBe(false)
  })

  it('is harmless to repeat, and refused for a run that was revoked', async () => {
    const { store, delegation } = await openDelegation()
    const [run, revoked] = [
      await ok(store.registerRun(newRun(delegation), context())),
      await ok(store.registerRun(newRun(delegation, 1), context())),
    ]
    const first = await store.completeRun(run.id, context())
    await ok(store.revokeRun(revoked.id, 'leaked', context()))

    expect(await store.completeRun(run.id, context())).toEqual({ ...first, replayed: true })
    expect(await refusal(store.completeRun(revoked.id, context()))).toBe('conflict run_ended')
    expect(await refusal(store.completeRun('urn:uuid:unknown', context()))).toBe('not_found')
  })

  it('works while agent and owner are on hold: ending is always allowed', async () => {
    const { store, owner, agent, delegation } = await openDelegation()
    const run = await ok(store.registerRun(newRun(delegation), context()))
    await ok(store.placeHold({ kind: 'agent', id: agent.id }, 'admin', 'odd', context()))
    await ok(store.placeHold({ kind: 'owner', id: owner.id }, 'admin', 'odd', context()))

    expect(await refusal(store.completeRun(run.id, context()))).toBe('done')
  })
})

describe('runs', () => {
  it('are found by parent, delegation, agent and owner [D6]', async () => {
    const { store, owner, agent, delegation } = await openDelegation()
    const other = await addDelegation(store)
    const top = await ok(store.registerRun(newRun(delegation), context()))
    const below = await ok(store.registerRun(newRun(delegation, 1, { parentId: top.id }), context()))
    const foreign = await ok(store.registerRun(newRun(other.delegation), context()))
    const found = async (filter: object) => (await store.runs('acme', filter, { limit: 10 })).items

    expect(await found({})).toEqual([top, below, foreign])
    expect(await found({ parentId: top.id })).toEqual([below])
    expect(await found({ delegationId: delegation.id })).toEqual([top, below])
    expect(await found({ agentId: agent.id })).toEqual([top, below])
    expect(await found({ ownerId: owner.id, parentId: delegation.id })).toEqual([top])
  })
})

/** An index that none of the delegations has. */
function unleased(delegations: readonly { position: { index: number }; lease: readonly number[] }[]): number {
  const taken = new Set(delegations.flatMap(({ position, lease }) => [position.index, ...lease]))
  for (let index = 0; ; index++) if (!taken.has(index)) return index
}
