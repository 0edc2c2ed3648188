import { describe, expect, it } from 'vitest'
import type { Store } from '../../../src/issuer/ports.ts'
import type { HoldTarget, Principal, Rank } from '../../../src/issuer/records.ts'
import type { Did } from '../../../src/model/did.ts'
import { addDelegation, bit, context, issue, newPlan, newRun, ok, openTenant, refusal } from './fixtures.ts'

async function openDelegation() {
  const store = await openTenant()
  const made = await addDelegation(store)
  const { position } = newRun(made.delegation)
  const targets: Record<HoldTarget['kind'], HoldTarget> = {
    owner: { kind: 'owner', id: made.owner.id },
    agent: { kind: 'agent', id: made.agent.id },
    delegation: { kind: 'delegation', id: made.delegation.id },
    lease: { kind: 'lease', position },
  }
  const positions: Record<HoldTarget['kind'], typeof position> = {
    owner: made.ownerCredential.position,
    agent: made.delegation.position,
    delegation: made.delegation.position,
    lease: position,
  }
  return { store, ...made, targets, positions }
}

function by(name: string, role: Principal['role'] = 'admin') {
  return context({ principal: { tenant: 'acme', did: `did:key:z${name}` as Did, role } })
}

function place(store: Store, target: HoldTarget, rank: Rank, name = 'Admin') {
  return store.placeHold(target, rank, 'odd', by(name))
}

const KINDS = ['owner', 'agent', 'delegation', 'lease'] as const

describe('placeHold', () => {
  it.each(KINDS)('sets the suspension bit of the %s, and liftHolds clears it [I11]', async (kind) => {
    const { store, targets, positions } = await openDelegation()

    const hold = await ok(place(store, targets[kind], 'admin'))

    expect(hold).toMatchObject({
      target: targets[kind],
      placedBy: 'did:key:zAdmin',
      rank: 'admin',
      reason: 'odd',
    })
    expect(await store.holds('acme', targets[kind])).toEqual([hold])
    expect(await bit(store, 'suspension', positions[kind])).toBe(true)
    expect(await bit(store, 'revocation', positions[kind])).toBe(false)

    expect(await ok(store.liftHolds(targets[kind], 'admin', by('Admin')))).toEqual([hold])

    expect(await store.holds('acme', targets[kind])).toEqual([])
    expect(await bit(store, 'suspension', positions[kind])).toBe(false)
  })

  it('shows on what is held, and is not copied to what stands below it', async () => {
    const { store, owner, agent, delegation, targets } = await openDelegation()
    await ok(place(store, targets.owner, 'admin'))

    expect(await store.owner('acme', owner.id)).toMatchObject({ suspended: true })
    expect(await store.ownerCredential('acme', owner.id)).toMatchObject({ suspended: true })
    expect(await store.agent('acme', agent.id)).toMatchObject({ suspended: false })
    expect(await store.credential('acme', delegation.id)).toMatchObject({ suspended: false })
    expect(await bit(store, 'suspension', delegation.position)).toBe(false)

    await ok(place(store, targets.agent, 'admin'))
    expect(await store.agent('acme', agent.id)).toMatchObject({ suspended: true })
    expect(await store.credential('acme', delegation.id)).toMatchObject({ suspended: true })
  })

  it('placed again by the same caller changes nothing; another caller places another', async () => {
    const { store, targets } = await openDelegation()
    const first = await place(store, targets.agent, 'owner', 'Ada')

    expect(await place(store, targets.agent, 'owner', 'Ada')).toEqual({ ...first, replayed: true })
    expect(await place(store, targets.agent, 'admin', 'Admin')).toMatchObject({ replayed: false })
    expect(await store.holds('acme', targets.agent)).toHaveLength(2)
  })

  it('is refused for what nobody knows', async () => {
    const { store, delegation, ownerCredential } = await openDelegation()
    const unknown: HoldTarget[] = [
      { kind: 'owner', id: 'own_unknown' },
      { kind: 'agent', id: 'agt_unknown' },
      { kind: 'delegation', id: ownerCredential.id },
      { kind: 'lease', position: delegation.position },
    ]

    for (const target of unknown) expect(await refusal(place(store, target, 'admin'))).toBe('not_found')
  })

  it('is refused, as lifting is, for what has ended', async () => {
    const { store, owner, agent, delegation, targets } = await openDelegation()
    for (const kind of KINDS) await ok(place(store, targets[kind], 'admin'))
    const both = async (kind: HoldTarget['kind']) => [
      await refusal(place(store, targets[kind], 'admin', 'Other')),
      await refusal(store.liftHolds(targets[kind], 'admin', by('Admin'))),
    ]

    await ok(store.revokeLease(newRun(delegation).position, 'r', {}, context()))
    expect(await both('lease')).toEqual(Array(2).fill('conflict run_ended'))
    await ok(store.revokeDelegation(delegation.id, 'r', context()))
    expect(await both('delegation')).toEqual(Array(2).fill('conflict delegation_ended'))
    await ok(store.revokeAgent(agent.id, 'r', context()))
    expect(await both('agent')).toEqual(Array(2).fill('conflict agent_ended'))
    await ok(store.offboardOwner(owner.id, 'r', context()))
    expect(await both('owner')).toEqual(Array(2).fill('conflict owner_offboarded'))
  })
})

describe('the suspension bit is the OR of holds', () => {
  it.each([
    ['agent', 'delegation'],
    ['delegation', 'agent'],
  ] as const)('so lifting the hold on the %s keeps the bit that the %s wants', async (lifted, kept) => {
    const { store, delegation, targets } = await openDelegation()
    await ok(place(store, targets.agent, 'admin'))
    await ok(place(store, targets.delegation, 'admin'))

    await ok(store.liftHolds(targets[lifted], 'admin', by('Admin')))
    expect(await bit(store, 'suspension', delegation.position)).toBe(true)

    await ok(store.liftHolds(targets[kept], 'admin', by('Admin')))
    expect(await bit(store, 'suspension', delegation.position)).toBe(false)
  })

  it('so a hold on an agent reaches each of its delegations and spares those of others', async () => {
    const { store, owner, agent, delegation, targets } = await openDelegation()
    const second = await issue(store, newPlan(owner, agent))
    const planned = await ok(store.planCredential(newPlan(owner, agent), context()))
    const other = await addDelegation(store)

    await ok(place(store, targets.agent, 'admin'))

    for (const { position } of [delegation, second, planned]) {
      expect(await bit(store, 'suspension', position)).toBe(true)
    }
    expect(await bit(store, 'suspension', other.delegation.position)).toBe(false)
  })
})

describe('liftHolds', () => {
  const RANKS: readonly Rank[] = ['admin', 'revoker', 'owner', 'ancestor']
  const pairs = RANKS.flatMap((placed) => RANKS.map((lifting) => [placed, lifting] as const))

  it.each(pairs)("of somebody else's hold: placed by %s, lifted by %s", async (placed, lifting) => {
    const { store, delegation, targets } = await openDelegation()
    await ok(place(store, targets.delegation, placed, 'One'))
    const mayLift = lifting === 'admin' || RANKS.indexOf(lifting) < RANKS.indexOf(placed)

    const answer = await refusal(store.liftHolds(targets.delegation, lifting, by('Two')))

    expect(answer).toBe(mayLift ? 'done' : 'not_allowed outranked')
    expect(await bit(store, 'suspension', delegation.position)).toBe(!mayLift)
  })

  it.each(RANKS)('of the own hold is allowed to the rank %s', async (rank) => {
    const { store, targets } = await openDelegation()
    await ok(place(store, targets.agent, rank, 'One'))

    expect(await refusal(store.liftHolds(targets.agent, rank, by('One')))).toBe('done')
  })

  it('lifts nothing while a stronger hold of somebody else stands', async () => {
    const { store, targets } = await openDelegation()
    await ok(place(store, targets.agent, 'owner', 'Ada'))
    await ok(place(store, targets.agent, 'admin', 'Admin'))

    expect(await refusal(store.liftHolds(targets.agent, 'owner', by('Ada')))).toBe('not_allowed outranked')
    expect(await store.holds('acme', targets.agent)).toHaveLength(2)
    expect(await ok(store.liftHolds(targets.agent, 'admin', by('Admin')))).toHaveLength(2)
  })

  it('is refused when nothing is on hold', async () => {
    const { store, targets } = await openDelegation()

    for (const kind of KINDS) {
      expect(await refusal(store.liftHolds(targets[kind], 'admin', by('Admin')))).toBe(
        'conflict not_suspended',
      )
    }
  })

  it('lets the agent be issued to again [I11]', async () => {
    const { store, owner, agent, targets } = await openDelegation()
    await ok(place(store, targets.agent, 'admin'))
    expect(await refusal(store.planCredential(newPlan(owner, agent), context()))).toBe(
      'conflict agent_suspended',
    )

    await ok(store.liftHolds(targets.agent, 'admin', by('Admin')))

    expect(await refusal(store.planCredential(newPlan(owner, agent), context()))).toBe('done')
  })
})
