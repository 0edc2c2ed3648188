import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { DELIVERY_PATIENCE_MS } from '../../../src/issuer/delivery-store.ts'
import { SubscriptionLane } from '../../../src/server/delivery/subscription-lane.ts'
import { addDelegation, context, newSubscription, ok } from '../store/fixtures.ts'
import { DOWN, happen, openEngine, run, TAKEN, type World } from './world.ts'

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 3_600_000

function idsOf({ requests }: World): string[] {
  return requests.map(({ eventId }) => eventId)
}

async function statesOf({ store, webhook }: World): Promise<Record<string, string>> {
  const { items } = await store.deliveries('acme', { subscriptionId: webhook.id }, { limit: 100 })
  return Object.fromEntries(items.map(({ eventId, state }) => [eventId, state]))
}

describe('an engine that delivers', () => {
  it('sends each entry of the trail that a subscription is to be told of, in order, once', async () => {
    const world = await openEngine()
    const { agent } = await addDelegation(world.store)
    await world.store.revokeAgent(agent.id, 'left', context())
    await run(10 * SECOND)

    const { items } = await world.store.audit('acme', {}, { limit: 100 })
    const told = items.filter(({ seq, ownerId }) => seq > world.webhook.since && ownerId !== undefined)
    const ofAgent = told.filter(({ agentId }) => agentId === agent.id).map(({ hash }) => hash)
    expect(idsOf(world).toSorted()).toEqual(told.map(({ hash }) => hash).toSorted())
    expect(idsOf(world).filter((id) => ofAgent.includes(id))).toEqual(ofAgent)
    expect(new Set(Object.values(await statesOf(world)))).toEqual(new Set(['delivered']))
  })

  it('notices a revocation at once, without waiting for its next look', async () => {
    const world = await openEngine()
    const { agent } = await addDelegation(world.store)
    await run(2 * SECOND)
    world.requests.length = 0
    await world.store.revokeAgent(agent.id, 'left', context())
    await run(0)

    expect(world.requests).toMatchObject([{ at: 2 * SECOND }])
  })

  it('goes on after an hour in which the receiver was down: everything, in the order of each subject [PS-03]', async () => {
    const world = await openEngine()
    world.receiver.answer = DOWN
    await happen(world, world.webhook, 'a1 of a', 'b1 of b', 'a2 of a')
    await run(HOUR)
    await happen(world, world.webhook, 'a3 of a', 'b2 of b')
    world.requests.length = 0
    world.receiver.answer = TAKEN
    await run(10 * MINUTE)

    const ids = idsOf(world)
    expect(ids.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2'])
    expect(ids.filter((id) => id.startsWith('a'))).toEqual(['a1', 'a2', 'a3'])
    expect(ids.filter((id) => id.startsWith('b'))).toEqual(['b1', 'b2'])
  })

  it('asks a receiver that is down with one delivery at a time, ever later, and says so once, and when it is over', async () => {
    const world = await openEngine()
    world.receiver.answer = DOWN
    await happen(world, world.webhook, 'a1 of a')
    await run(3 * SECOND)
    await happen(world, world.webhook, 'b1 of b', 'c1 of c')
    await run(HOUR)
    const asked = world.requests.map(({ at }) => Math.round(at / SECOND))
    const failing = await world.store.subscription('acme', world.webhook.id)
    world.receiver.answer = TAKEN
    await run(10 * MINUTE)

    const pauses = asked.slice(1).map((at, i) => at - (asked[i] ?? 0))
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600])
    expect(failing).toMatchObject({ failures: 12 })
    expect(world.lines.map(({ code, level }) => `${level} ${code}`)).toEqual([
      '40 deliveries_fail',
      '40 deliveries_fail',
    ])
    expect(world.lines.at(-1)).toMatchObject({ seconds: expect.any(Number), host: 'receiver.example' })
    expect(JSON.stringify(world.lines)).not.toContain('secret')
  })

  it('is not held up by one event that the receiver never takes', async () => {
    const world = await openEngine()
    world.receiver.answer = (id) => new Response(null, { status: id === 'bad' ? 400 : 200 })
    await happen(world, world.webhook, 'bad of a')
    await run(4 * SECOND)
    await happen(world, world.webhook, 'b1 of b')
    await run(3 * SECOND)

    expect(await statesOf(world)).toEqual({ bad: 'pending', b1: 'delivered' })
  })

  it.each([302, 404, 500])(
    'takes the status %i for no answer of a receiver that has it, and 299 for one',
    async (status) => {
      const world = await openEngine()
      world.receiver.answer = (id) => new Response(null, { status: id === 'a1' ? status : 299 })
      await happen(world, world.webhook, 'b1 of b', 'a1 of a')
      await run(2 * SECOND)

      expect(await statesOf(world)).toEqual({ a1: 'pending', b1: 'delivered' })
    },
  )

  it('tells a subscription nothing of what happened before it was made, though nobody has looked at that yet', async () => {
    const world = await openEngine()
    await addDelegation(world.store)
    const later = newSubscription({ endpoint: 'https://later.example/' })
    await ok(world.store.createSubscription(later, context()))
    await run(5 * SECOND)

    const hosts = new Set(world.requests.map(({ endpoint }) => new URL(endpoint).host))
    expect(hosts).toEqual(new Set(['receiver.example']))
  })

  it('sends no later event of a subject before an earlier one was taken', async () => {
    const world = await openEngine()
    let isBusy = true
    world.receiver.answer = (id) => new Response(null, { status: isBusy && id === 'a1' ? 503 : 200 })
    await happen(world, world.webhook, 'a1 of a', 'a2 of a', 'b1 of b')
    await run(SECOND)
    const before = await statesOf(world)
    isBusy = false
    await run(MINUTE)

    expect(before).toMatchObject({ a1: 'pending', a2: 'pending' })
    expect(idsOf(world).filter((id) => id.startsWith('a'))).toEqual(['a1', 'a1', 'a2'])
  })

  it('leaves a receiver alone for as long as it asks', async () => {
    const world = await openEngine()
    world.receiver.answer = () => new Response(null, { status: 429, headers: { 'retry-after': '120' } })
    await happen(world, world.webhook, 'a1')
    await run(119 * SECOND)
    const [before] = [world.requests.length]
    await run(2 * SECOND)

    expect([before, world.requests.length]).toEqual([1, 2])
  })

  it('sends again what was taken when that could not be written down: at least once', async () => {
    const world = await openEngine()
    const { settleDeliveries } = world.store
    let failures = 1
    world.store.settleDeliveries = async (...args) => {
      if (failures-- > 0) throw new Error('killed')
      return await settleDeliveries(...args)
    }
    await happen(world, world.webhook, 'a1', 'a2')
    await run(5 * SECOND)

    expect(idsOf(world)).toEqual(['a1', 'a1', 'a2'])
  })

  it('sends nothing twice at a time, also when something else of the same subscription could not be written down', async () => {
    const world = await openEngine()
    const { settleDeliveries } = world.store
    world.store.settleDeliveries = async (...args) => {
      if (args[2].some(({ eventId }) => eventId === 'a1')) throw new Error('its row cannot be written')
      return await settleDeliveries(...args)
    }
    world.receiver.answer = (id) =>
      id === 'a1'
        ? new Response(null)
        : new Promise((resolve) => setTimeout(() => resolve(new Response(null)), 5 * SECOND))
    await happen(world, world.webhook, 'a1 of a', 'b1 of b')
    await run(6 * SECOND)

    expect(idsOf(world).filter((id) => id === 'b1')).toEqual(['b1'])
    expect(await statesOf(world)).toEqual({ a1: 'pending', b1: 'delivered' })
  })

  it('begins nothing more when it is closed, and waits for what is under way', async () => {
    const world = await openEngine()
    let closing: Promise<void> | undefined
    world.receiver.answer = () => {
      closing ??= world.engine.close()
      return new Promise((resolve) => setTimeout(() => resolve(new Response(null)), SECOND))
    }
    await happen(world, world.webhook, 'a1', 'a2')
    await run(5 * SECOND)
    await closing

    expect(await statesOf(world)).toEqual({ a1: 'delivered', a2: 'pending' })
  })

  it('goes on at once when the clock, which was ahead while a receiver failed, is set right', async () => {
    const world = await openEngine()
    world.receiver.answer = DOWN
    vi.setSystemTime(Date.now() + 24 * HOUR)
    await happen(world, world.webhook, 'a1')
    await run(2 * SECOND)
    vi.setSystemTime(Date.now() - 24 * HOUR)
    world.receiver.answer = TAKEN
    await run(2 * SECOND)

    expect(idsOf(world)).toEqual(['a1', 'a1'])
    expect(await statesOf(world)).toEqual({ a1: 'delivered' })
  })

  it.each([
    { what: 'has begun again', isIdle: false, lanes: 1 },
    { what: 'has nothing to do', isIdle: true, lanes: 3 },
  ])('has one lane for a subscription: the same for as long as it $what', async ({ isIdle, lanes }) => {
    const world = await openEngine()
    onTestFinished(() => void vi.restoreAllMocks())
    const begun = vi.spyOn(SubscriptionLane.prototype, 'run').mockResolvedValue()
    vi.spyOn(SubscriptionLane.prototype, 'isIdle', 'get').mockReturnValue(isIdle)
    await happen(world, world.webhook, 'a1')
    await run(3 * SECOND)

    expect(begun.mock.contexts).toHaveLength(3)
    expect(new Set(begun.mock.contexts).size).toBe(lanes)
  })

  it('raises one alarm while events cannot be noted, and says when it is over', async () => {
    const world = await openEngine()
    const { noteEvents } = world.store
    world.store.noteEvents = async () => {
      throw new Error('its row cannot be written')
    }
    await addDelegation(world.store)
    await run(5 * SECOND)
    const raised = world.lines.map(({ code, level }) => `${level} ${code}`)
    world.store.noteEvents = noteEvents
    await run(2 * SECOND)

    expect(raised).toEqual(['50 events_not_noted'])
    expect(world.lines.slice(1)).toMatchObject([{ code: 'events_not_noted', level: 40 }])
    expect(world.requests).not.toEqual([])
  })

  it('sends nothing while it is another process’ turn, and goes on when that turn has ended', async () => {
    const world = await openEngine()
    const { publisher } = world.store
    world.store.publisher = async () => ({ holder: 'other', until: Number.MAX_SAFE_INTEGER })
    await happen(world, world.webhook, 'a1')
    await run(5 * SECOND)
    const before = world.requests.length
    world.store.publisher = publisher
    await run(2 * SECOND)

    expect([before, idsOf(world)]).toEqual([0, ['a1']])
  })

  it('gathers for a subscription that is paused, and tells one that is disabled nothing of what happens meanwhile', async () => {
    const world = await openEngine()
    const disabled = await ok(
      world.store.createSubscription(newSubscription({ endpoint: 'https://off.example/' }), context()),
    )
    await ok(world.store.changeSubscription(world.webhook.id, { state: 'paused' }, context()))
    await ok(world.store.changeSubscription(disabled.id, { state: 'disabled' }, context()))
    await addDelegation(world.store)
    await run(5 * SECOND)
    const before = world.requests.length
    for (const { id } of [world.webhook, disabled])
      await ok(world.store.changeSubscription(id, { state: 'active' }, context()))
    await run(5 * SECOND)

    expect(before).toBe(0)
    expect(new Set(world.requests.map(({ endpoint }) => new URL(endpoint).host))).toEqual(
      new Set(['receiver.example']),
    )
  })

  it.each([
    { what: 'paused', change: { state: 'paused' } as const, hosts: ['receiver.example'] },
    {
      what: 'moved',
      change: { endpoint: 'https://next.example/' },
      hosts: ['receiver.example', 'next.example', 'next.example'],
    },
  ])(
    'sends nothing more to a place once its subscription was $what, though it was due [WH-05]',
    async (moved) => {
      const world = await openEngine()
      world.receiver.answer = async (id) => {
        if (id === 'a1') await ok(world.store.changeSubscription(world.webhook.id, moved.change, context()))
        return new Response(null)
      }
      await happen(world, world.webhook, 'a1 of a', 'a2 of a', 'a3 of a')
      await run(5 * SECOND)

      expect(world.requests.map(({ endpoint }) => new URL(endpoint).host)).toEqual(moved.hosts)
    },
  )

  it('lets other tenants have their turn before it has looked through all that has happened in one [WH-04]', async () => {
    const world = await openEngine()
    const { tenantsWithDeliveries, audit, noteEvents, tenant } = world.store
    const [entry] = (await audit('acme', {}, { limit: 1 })).items
    const turns: string[] = []
    let steps = 3
    Object.assign(world.store, {
      tenantsWithDeliveries: async (at: number) =>
        steps > 0 ? ['acme', 'globex'] : await tenantsWithDeliveries(at),
      tenant: async (id: string) => {
        turns.push(id)
        return await tenant(id)
      },
      audit: async (...args: Parameters<typeof audit>) =>
        steps-- > 0 ? { items: Array.from({ length: 200 }, () => entry) } : await audit(...args),
      noteEvents: async (...args: Parameters<typeof noteEvents>) => steps >= 0 || (await noteEvents(...args)),
    })
    await run(SECOND)

    expect(turns.slice(0, 6)).toEqual(['acme', 'globex', 'acme', 'globex', 'acme', 'globex'])
  })

  it('gives up after three days, out loud, and not while the clock is not believed', async () => {
    let jump: { byMs: number; agoMs: number } | undefined = { byMs: HOUR, agoMs: 0 }
    const world = await openEngine({ clockJump: () => jump })
    await ok(world.store.changeSubscription(world.webhook.id, { state: 'paused' }, context()))
    await happen(world, world.webhook, 'a1')
    await run(DELIVERY_PATIENCE_MS)
    const doubted = await statesOf(world)
    jump = undefined
    await run(2 * SECOND)

    expect(doubted).toEqual({ a1: 'pending' })
    expect(await statesOf(world)).toEqual({ a1: 'failed' })
    expect(world.lines).toMatchObject([{ code: 'deliveries_given_up', level: 50, events: 1 }])
  })

  it('sends to no host without TLS that nobody listed, whoever wrote it down, and to one that is listed [WH-02]', async () => {
    for (const hosts of [new Set<string>(), new Set(['receiver.example'])]) {
      const world = await openEngine({ hosts })
      const change = { endpoint: 'http://receiver.example/hook' }
      await ok(world.store.changeSubscription(world.webhook.id, change, context()))
      await happen(world, world.webhook, 'a1')
      await run(2 * SECOND)

      expect(world.requests).toHaveLength(hosts.size)
      await world.engine.close()
    }
  })
})
