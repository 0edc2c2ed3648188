import { describe, expect, it } from 'vitest'
import {
  addDelegation,
  bit,
  context,
  issue,
  NOW,
  newPlan,
  newRun,
  ok,
  openTenant,
  refusal,
} from './fixtures.ts'

const HOUR = 3_600_000

/** A run under a delegation whose agent has another key by now, and the delegation for that key. */
async function openRotated() {
  const store = await openTenant()
  const { owner, agent, delegation } = await addDelegation(store)
  const id = 'urn:uuid:the-run'
  const run = await ok(store.registerRun(newRun(delegation, 0, { id, lineage: { run: id } }), context()))
  await ok(store.rotateAgentKey({ id: agent.id, did: 'did:key:zNew', endsAt: NOW + HOUR }, context()))
  const successor = await issue(store, newPlan(owner, agent, { predecessorId: delegation.id }))
  const { subject, lineage } = run
  const again = newRun(successor, 0, { subject, lineage })
  return { store, owner, agent, delegation, successor, run, again }
}

describe('a run whose link 1 was replaced', () => {
  it('goes on as another credential of the same identity', async () => {
    const { store, run, again } = await openRotated()

    const registered = await ok(store.registerRun(again, context()))

    expect(registered).toEqual({ ...again, predecessorId: run.id })
    expect(await store.registerRun(again, context())).toEqual({
      done: true,
      value: registered,
      replayed: true,
    })
    expect(await bit(store, 'revocation', run.position)).toBe(false)
  })

  it('goes on as often as its link 1 is replaced, each time in the place of the newest', async () => {
    const { store, owner, agent, run, again, successor } = await openRotated()
    await ok(store.registerRun(again, context()))
    await ok(store.rotateAgentKey({ id: agent.id, did: 'did:key:zNewer', endsAt: NOW + HOUR }, context()))
    const third = await issue(store, newPlan(owner, agent, { predecessorId: successor.id }))
    const { subject, lineage } = run

    const registered = await ok(store.registerRun(newRun(third, 0, { subject, lineage }), context()))

    expect(registered.predecessorId).toBe(again.id)
  })

  it.each(['completed', 'revoked'] as const)('is %s with every credential that it had', async (state) => {
    const { store, run, again } = await openRotated()
    await ok(store.registerRun(again, context()))

    const ended =
      state === 'completed' ? store.completeRun(run.id, context()) : store.revokeRun(run.id, 'odd', context())

    expect(await ok(ended)).toMatchObject({ id: run.id, state })
    for (const { id, position } of [run, again]) {
      expect(await store.run('acme', id)).toMatchObject({ state })
      expect(await bit(store, 'revocation', position)).toBe(true)
    }
  })

  it('is revoked with every credential that it had by the leased index of any of them', async () => {
    const { store, run, again } = await openRotated()
    await ok(store.registerRun(again, context()))

    await ok(store.revokeLease(run.position, 'leaked', {}, context()))

    expect(await store.run('acme', again.id)).toMatchObject({ state: 'revoked' })
    expect(await bit(store, 'revocation', again.position)).toBe(true)
  })

  it('is suspended and resumed with every credential that it has', async () => {
    const { store, run, again } = await openRotated()
    await ok(store.registerRun(again, context()))
    const target = { kind: 'lease', position: run.position } as const

    await ok(store.placeHold(target, 'admin', 'odd', context()))
    expect(await bit(store, 'suspension', again.position)).toBe(true)
    await ok(store.liftHolds(target, 'admin', context()))

    expect(await bit(store, 'suspension', again.position)).toBe(false)
  })

  it('is suspended also by an index whose delegation has given way already, before it goes on and after', async () => {
    const { store, run, again } = await openRotated()
    await store.endDue(context({ at: NOW + HOUR }))
    const target = { kind: 'lease', position: run.position } as const

    await ok(store.placeHold(target, 'admin', 'odd', context()))
    expect(await refusal(store.registerRun(again, context()))).toBe('conflict delegation_suspended')
    await ok(store.liftHolds(target, 'admin', context()))
    await ok(store.registerRun(again, context()))
    await ok(store.placeHold(target, 'admin', 'odd', context()))

    expect(await bit(store, 'suspension', again.position)).toBe(true)
  })

  it('does not go on once it has ended', async () => {
    const { store, run, again } = await openRotated()
    await ok(store.revokeRun(run.id, 'leaked', context()))

    expect(await refusal(store.registerRun(again, context()))).toBe('conflict run_ended')
  })

  it('does not go on under an index that nobody has suspended while it is suspended', async () => {
    const { store, run, again } = await openRotated()
    const target = { kind: 'lease', position: run.position } as const
    await ok(store.placeHold(target, 'admin', 'odd', context()))
    expect(await refusal(store.registerRun(again, context()))).toBe('conflict delegation_suspended')
    await ok(store.liftHolds(target, 'admin', context()))

    expect(await refusal(store.registerRun(again, context()))).toBe('done')
  })

  it('goes on as itself only: not as another run, and not under another delegation', async () => {
    const { store, owner, agent, run, again } = await openRotated()
    const other = await issue(store, newPlan(owner, agent))
    const { subject, lineage } = run
    const renamed = { ...again, lineage: { run: 'another' } }
    const elsewhere = newRun(other, 0, { subject, lineage })

    expect(await refusal(store.registerRun(renamed, context()))).toBe('conflict did_in_use')
    expect(await refusal(store.registerRun(elsewhere, context()))).toBe('conflict did_in_use')
    expect(await refusal(store.registerRun(again, context()))).toBe('done')
  })
})
