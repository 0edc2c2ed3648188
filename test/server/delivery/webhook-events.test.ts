import { describe, expect, it } from 'vitest'
import { DEFAULT_EVENT_TYPES, webhookEventOf } from '../../../src/server/delivery/webhook-events.ts'
import { WEBHOOK_EVENT_TYPES } from '../../../src/webhooks/webhook-event.ts'
import { addDelegation, addOwner, context, newRun, ok, openTenant, signingKey } from '../store/fixtures.ts'
import { MUTATIONS } from '../store/mutations.ts'

/** A registry in which nearly everything has happened, and what is told of it. */
async function tellEverything() {
  const store = await openTenant()
  for (const [, mutate] of MUTATIONS) await mutate(store)
  const { delegation, agent, owner } = await addDelegation(store)
  const { position } = newRun(delegation, 3)
  for (const target of [
    { kind: 'delegation', id: delegation.id },
    { kind: 'lease', position },
    { kind: 'owner', id: owner.id },
  ] as const) {
    await ok(store.placeHold(target, 'admin', 'Ada Lovelace asked for it', context()))
    await ok(store.liftHolds(target, 'admin', context()))
  }
  await ok(store.transferAgent(agent.id, { to: (await addOwner(store)).id, reason: 'r' }, context()))
  const key = signingKey('audit', 'acme', { id: 'did:key:zNext#1' })
  await ok(store.rotateKey({ use: 'audit', key, activateAt: 0, isEmergency: true }, context()))
  const { items } = await store.audit('acme', {}, { limit: 1_000 })
  return items.map((entry) => webhookEventOf(entry)).filter((event) => event !== undefined)
}

describe('webhookEventOf', () => {
  it('tells of every type that a webhook can ask for, as far as each is done here: but renewing, succession and catching up', async () => {
    const told = new Set((await tellEverything()).map(({ type }) => type))

    expect(WEBHOOK_EVENT_TYPES.filter((type) => !told.has(type))).toEqual([
      'delegation.renewed',
      'delegation.ended',
      'registry.caught_up',
    ])
  })

  it('tells ids, times and numbers, and no reason, name or lineage [WH-03]', async () => {
    const events = await tellEverything()
    const members = new Set(events.flatMap((event) => Object.keys(event)))

    expect([...members].toSorted()).toEqual(
      [
        'agent',
        'agents',
        'delegations',
        'id',
        'owner',
        'runs',
        'target',
        'tenant',
        'time',
        'type',
      ].toSorted(),
    )
    expect(JSON.stringify(events)).not.toMatch(/Ada Lovelace|asked for|sorts mail|lineage/)
    expect(
      events.every(({ agents = 0, delegations = 0, runs = 0 }) =>
        Number.isInteger(agents + delegations + runs),
      ),
    ).toBe(true)
  })

  it('has types that are told by default among those that can be asked for', () => {
    expect(DEFAULT_EVENT_TYPES.filter((type) => !WEBHOOK_EVENT_TYPES.includes(type))).toEqual([])
  })
})
