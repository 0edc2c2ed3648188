import { describe, expect, it } from 'vitest'
import {
  DELIVERIES_KEPT_MS,
  DELIVERY_PATIENCE_MS,
  type DeliveryOutcome,
  type Subscription,
} from '../../../src/issuer/delivery-store.ts'
import type { Store } from '../../../src/issuer/ports.ts'
import {
  ADMIN,
  addDelegation,
  addTenant,
  context,
  NOW,
  newDelivery,
  newSubscription,
  ok,
  openTenant,
  refusal,
} from './fixtures.ts'

const PAGE = { limit: 100 }
const SECOND = 1_000

async function openSubscribed() {
  const store = await openTenant()
  const webhook = await ok(store.createSubscription(newSubscription(), context()))
  return { store, webhook }
}

/** Notes deliveries with these ids, all of one agent unless a subject is told, and looks no further through the trail. */
async function note(store: Store, { id, since }: Subscription, ...events: readonly string[]): Promise<void> {
  const deliveries = events.map((name) => {
    const [eventId = '', subject = 'agt_1'] = name.split(' of ')
    return newDelivery(id, { eventId, subject })
  })
  expect(await store.noteEvents('acme', { from: since, until: since, deliveries }, NOW)).toBe(true)
}

async function dueAt(store: Store, { id }: Subscription, at: number): Promise<string[]> {
  return (await store.dueDeliveries('acme', id, { at, limit: 10 })).map(({ eventId }) => eventId)
}

async function statesOf(store: Store, { id }: Subscription): Promise<Record<string, string>> {
  const { items } = await store.deliveries('acme', { subscriptionId: id }, PAGE)
  return Object.fromEntries(items.map(({ eventId, state }) => [eventId, state]))
}

function settle(store: Store, { id }: Subscription, ...outcomes: DeliveryOutcome[]): Promise<number> {
  return store.settleDeliveries('acme', id, outcomes, NOW)
}

const delivered = (eventId: string): DeliveryOutcome => ({ eventId, isDelivered: true, httpStatus: 204 })
const putOff = (eventId: string, afterMs: number): DeliveryOutcome => ({
  eventId,
  isDelivered: false,
  problem: 'timeout',
  retryAt: NOW + afterMs,
  endpointRetryAt: NOW + afterMs,
})

describe('createSubscription', () => {
  it('begins after the entry that tells of it, which names the host and nothing else of the URL', async () => {
    const { store, webhook } = await openSubscribed()
    const last = (await store.audit('acme', {}, PAGE)).items.at(-1)

    expect(webhook).toMatchObject({ state: 'active', since: last?.seq, failures: 0, retryAt: 0 })
    expect(last).toMatchObject({
      action: 'webhook.create',
      target: webhook.id,
      details: { types: ['agent.revoked'], host: 'receiver.example' },
    })
    expect(await store.subscribed('acme')).toEqual({ position: last?.seq, subscriptions: [webhook] })
  })

  it('refuses one more of its kind than the limit, and takes one of another kind', async () => {
    const store = await openTenant()
    for (let i = 0; i < 3; i++) await ok(store.createSubscription(newSubscription(), context()))

    expect(await refusal(store.createSubscription(newSubscription(), context()))).toBe('quota_exceeded')
    expect(await refusal(store.createSubscription(newSubscription({ kind: 'stream' }), context()))).toBe(
      'done',
    )
  })

  it('has one effect for one idempotency key', async () => {
    const store = await openTenant()
    const idempotency = { key: 'k', requestDigest: 'd' }
    const first = await ok(store.createSubscription(newSubscription(), context({ idempotency })))
    const again = await store.createSubscription(newSubscription(), context({ idempotency }))

    expect(again).toMatchObject({ done: true, replayed: true, value: first })
  })

  it('of another tenant is neither seen nor changed', async () => {
    const { store, webhook } = await openSubscribed()
    await addTenant(store, 'globex', 'did:key:zGlobex')
    const by = context({ principal: { ...ADMIN, tenant: 'globex', did: 'did:key:zGlobex' } })

    expect(await store.subscription('globex', webhook.id)).toBeUndefined()
    expect(await refusal(store.changeSubscription(webhook.id, { state: 'paused' }, by))).toBe('not_found')
    expect(await refusal(store.deleteSubscription(webhook.id, by))).toBe('not_found')
    expect(await refusal(store.redeliver(webhook.id, undefined, by))).toBe('not_found')
    expect(await store.addDelivery('globex', newDelivery(webhook.id), NOW)).toBe(false)
    expect(await refusal(store.createSubscription(newSubscription(), by))).toBe('not_found')
  })
})

describe('deleteSubscription', () => {
  it('forgets what was on its way; the next subscription begins where it begins', async () => {
    const { store, webhook } = await openSubscribed()
    await note(store, webhook, 'e1')
    await ok(store.deleteSubscription(webhook.id, context()))
    await addDelegation(store)
    const next = await ok(store.createSubscription(newSubscription(), context()))

    expect(await store.subscribed('acme')).toEqual({ position: next.since, subscriptions: [next] })
    expect(next.since).toBeGreaterThan(webhook.since)
    expect((await store.deliveries('acme', { subscriptionId: webhook.id }, PAGE)).items).toEqual([])
  })
})

describe('noteEvents', () => {
  it('looks at each entry once: a second step from the same place is refused and notes nothing', async () => {
    const { store, webhook } = await openSubscribed()
    await addDelegation(store)
    const step = { from: webhook.since, until: webhook.since + 2 }
    const first = await store.noteEvents(
      'acme',
      { ...step, deliveries: [newDelivery(webhook.id, { eventId: 'e1' })] },
      NOW,
    )
    const second = await store.noteEvents(
      'acme',
      { ...step, deliveries: [newDelivery(webhook.id, { eventId: 'e2' })] },
      NOW,
    )

    expect([first, second]).toEqual([true, false])
    expect(await dueAt(store, webhook, NOW)).toEqual(['e1'])
    expect((await store.subscribed('acme')).position).toBe(webhook.since + 2)
  })

  it('notes one event for one subscription once', async () => {
    const { store, webhook } = await openSubscribed()
    await note(store, webhook, 'e1', 'e1')
    await settle(store, webhook, delivered('e1'))
    await note(store, webhook, 'e1')

    expect(await statesOf(store, webhook)).toEqual({ e1: 'delivered' })
  })

  it('passes over a subscription that was deleted meanwhile', async () => {
    const { store, webhook } = await openSubscribed()
    const other = await ok(store.createSubscription(newSubscription(), context()))
    await ok(store.deleteSubscription(other.id, context()))
    const deliveries = [newDelivery(other.id), newDelivery(webhook.id, { eventId: 'e1' })]

    expect(
      await store.noteEvents('acme', { from: webhook.since, until: webhook.since, deliveries }, NOW),
    ).toBe(true)
    expect(await dueAt(store, webhook, NOW)).toEqual(['e1'])
  })
})

describe('settleDeliveries', () => {
  it('keeps what a subject has to be told in order: while one is put off, what follows is, whenever it came', async () => {
    const { store, webhook } = await openSubscribed()
    await note(store, webhook, 'a1 of a', 'a2 of a', 'b1 of b')
    await settle(store, webhook, putOff('a1', 5 * SECOND))
    await note(store, webhook, 'a3 of a', 'b2 of b')

    expect(await dueAt(store, webhook, NOW)).toEqual(['b1', 'b2'])
    expect(await dueAt(store, webhook, NOW + 5 * SECOND)).toEqual(['a1', 'a2', 'b1', 'a3', 'b2'])
  })

  it('counts failures of the place until something is delivered', async () => {
    const { store, webhook } = await openSubscribed()
    await note(store, webhook, 'e1', 'e2 of b')
    await settle(store, webhook, putOff('e1', SECOND), putOff('e2', 9 * SECOND))
    const failing = await store.subscription('acme', webhook.id)
    await settle(store, webhook, delivered('e2'))

    expect(failing).toMatchObject({ failures: 2, failingSince: NOW, retryAt: NOW + 9 * SECOND })
    expect(await store.subscription('acme', webhook.id)).toEqual(webhook)
  })

  it('tells how the last attempt ended, and leaves what is settled as it is', async () => {
    const { store, webhook } = await openSubscribed()
    await note(store, webhook, 'e1', 'e2')
    await settle(store, webhook, putOff('e1', SECOND))
    await settle(store, webhook, { eventId: 'e1', isDelivered: false, httpStatus: 410 })
    const late = await settle(store, webhook, delivered('e1'))

    expect(late).toBe(0)
    const { items } = await store.deliveries('acme', { subscriptionId: webhook.id, state: 'failed' }, PAGE)
    expect(items).toMatchObject([{ eventId: 'e1', attempts: 2, httpStatus: 410, settledAt: NOW }])
    expect(items[0]).not.toHaveProperty('problem')
  })
})

describe('tenantsWithDeliveries', () => {
  it('names a tenant with entries to look at, and not when all were looked at', async () => {
    const { store, webhook } = await openSubscribed()
    const before = await store.tenantsWithDeliveries(NOW)
    await addDelegation(store)
    const after = await store.tenantsWithDeliveries(NOW)
    const last = (await store.audit('acme', {}, PAGE)).items.at(-1)?.seq ?? 0
    await store.noteEvents('acme', { from: webhook.since, until: last, deliveries: [] }, NOW)

    expect([before, after, await store.tenantsWithDeliveries(NOW)]).toEqual([[], ['acme'], []])
  })

  it('names a tenant with something to send when it is due, and unless nothing is to be sent', async () => {
    const { store, webhook } = await openSubscribed()
    await store.addDelivery('acme', newDelivery(webhook.id, { eventId: 'e1' }), NOW)
    await settle(store, webhook, putOff('e1', SECOND))

    expect(await store.tenantsWithDeliveries(NOW)).toEqual([])
    expect(await store.tenantsWithDeliveries(NOW + SECOND)).toEqual(['acme'])
    await ok(store.changeSubscription(webhook.id, { state: 'paused' }, context()))
    const [seq] = [(await store.audit('acme', {}, PAGE)).items.at(-1)?.seq ?? 0]
    await store.noteEvents('acme', { from: webhook.since, until: seq, deliveries: [] }, NOW)
    expect(await store.tenantsWithDeliveries(NOW + SECOND)).toEqual([])
  })
})

describe('dueDeliveries', () => {
  it('finds those of one type behind as many others as the limit', async () => {
    const { store, webhook } = await openSubscribed()
    await note(store, webhook, 'a1', 'a2')
    await store.addDelivery('acme', newDelivery(webhook.id, { eventId: 's1', type: 'stream-updated' }), NOW)

    const asked = { at: NOW, limit: 2 }
    const due = await store.dueDeliveries('acme', webhook.id, { ...asked, type: 'stream-updated' })
    expect(due.map(({ eventId }) => eventId)).toEqual(['s1'])
    expect(await store.dueDeliveries('acme', webhook.id, asked)).toHaveLength(2)
  })
})

describe('changeSubscription', () => {
  it('does not undo what somebody else changed of the settings since they were read [TX-08]', async () => {
    const { store, webhook } = await openSubscribed()
    const change = (description: string) =>
      store.changeSubscription(
        webhook.id,
        { settings: { description }, heldSettings: webhook.settings },
        context(),
      )
    await ok(change('first'))

    expect(await refusal(change('second'))).toBe('conflict changed_meanwhile')
    expect((await store.subscription('acme', webhook.id))?.settings).toEqual({ description: 'first' })
  })
})

describe('giveUpDeliveries', () => {
  it('gives up what waited for three days, and has it again when somebody wants that', async () => {
    const { store, webhook } = await openSubscribed()
    await note(store, webhook, 'e1')
    const end = NOW + DELIVERY_PATIENCE_MS

    expect(await store.giveUpDeliveries('acme', end - 1)).toEqual(new Map())
    expect(await store.tenantsWithDeliveries(end)).toEqual(['acme'])
    expect(await store.giveUpDeliveries('acme', end)).toEqual(new Map([[webhook.id, 1]]))
    expect(await statesOf(store, webhook)).toEqual({ e1: 'failed' })

    expect(await ok(store.redeliver(webhook.id, undefined, context({ at: end })))).toBe(1)
    expect(await dueAt(store, webhook, end)).toEqual(['e1'])
    expect(await store.giveUpDeliveries('acme', end + 1)).toEqual(new Map())
  })
})

describe('redeliver', () => {
  it('has one event delivered again that was delivered, and what waits at once', async () => {
    const { store, webhook } = await openSubscribed()
    await note(store, webhook, 'e1 of a', 'e2 of b', 'e3 of c')
    await settle(store, webhook, delivered('e1'), delivered('e2'), putOff('e3', SECOND))

    expect(await ok(store.redeliver(webhook.id, 'e1', context()))).toBe(1)
    expect(await dueAt(store, webhook, NOW)).toEqual(['e1', 'e3'])
    expect((await store.subscription('acme', webhook.id))?.retryAt).toBe(0)
    expect(await refusal(store.redeliver(webhook.id, 'e9', context()))).toBe('not_found')
  })
})

describe('deliveries', () => {
  it('come newest first, a page at a time, of one state where it is told', async () => {
    const { store, webhook } = await openSubscribed()
    await note(store, webhook, 'e1', 'e2', 'e3')
    await settle(store, webhook, delivered('e2'))
    const filter = { subscriptionId: webhook.id }
    const first = await store.deliveries('acme', filter, { limit: 2 })
    const rest = await store.deliveries('acme', filter, { limit: 2, after: first.next ?? '' })
    const pending = await store.deliveries('acme', { ...filter, state: 'pending' }, PAGE)

    const ids = [first, rest, pending].map(({ items }) => items.map(({ eventId }) => eventId))
    expect(ids).toEqual([['e3', 'e2'], ['e1'], ['e3', 'e1']])
    expect(rest.next).toBeUndefined()
  })

  it('are forgotten thirty days after they were settled, and never while they wait', async () => {
    const { store, webhook } = await openSubscribed()
    await note(store, webhook, 'e1', 'e2')
    await settle(store, webhook, delivered('e1'))
    await store.prune(NOW + DELIVERIES_KEPT_MS)
    const kept = await statesOf(store, webhook)
    await store.prune(NOW + DELIVERIES_KEPT_MS + 1)

    expect(kept).toEqual({ e1: 'delivered', e2: 'pending' })
    expect(await statesOf(store, webhook)).toEqual({ e2: 'pending' })
  })
})
