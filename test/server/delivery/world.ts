import { pino } from 'pino'
import { onTestFinished, vi } from 'vitest'
import type { Fetch } from '../../../src/core/clock.ts'
import type { Subscription } from '../../../src/issuer/delivery-store.ts'
import type { Issuer } from '../../../src/issuer/issuer.ts'
import type { Store } from '../../../src/issuer/ports.ts'
import type { DeliveryChannel } from '../../../src/server/delivery/channel.ts'
import { DeliveryEngine, type DeliveryParts } from '../../../src/server/delivery/delivery-engine.ts'
import { READS, WRITES } from '../../../src/server/store/sql/calls.ts'
import { context, NOW, newSubscription, ok, openTenant } from '../store/fixtures.ts'

/** Tells of every entry about an agent or owner; the body is the id of the event. */
const EVERYTHING: DeliveryChannel = {
  deliveriesOf: async ({ hash, action, agentId, ownerId }, { id }) => {
    const subject = agentId ?? ownerId
    if (subject === undefined) return []
    return [{ subscriptionId: id, eventId: hash, type: action, subject, payload: { action, subject } }]
  },
  requestOf: async ({ eventId }) => ({ headers: {}, body: new TextEncoder().encode(eventId) }),
}

/** What a receiver answers: a response, or nothing at all. */
export type Answer = (eventId: string, endpoint: string) => Response | Error | Promise<Response>

export const TAKEN: Answer = () => new Response(null, { status: 204 })
export const DOWN: Answer = () => Object.assign(new TypeError('refused'), { code: 'ECONNREFUSED' })

/** An engine over a store of one tenant with one webhook; timers are faked, and the clock goes with them. */
export async function openEngine(changes: Partial<DeliveryParts> = {}) {
  const store = oneAtATime(await openTenant())
  const webhook = await ok(store.createSubscription(newSubscription(), context()))
  vi.useFakeTimers({
    now: NOW,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  })
  const requests: { at: number; eventId: string; endpoint: string }[] = []
  const receiver = { answer: TAKEN }
  const lines: { code?: string; level: number; msg: string }[] = []
  const fetch: Fetch = async (input, init) => {
    const eventId = new TextDecoder().decode(init?.body as Uint8Array<ArrayBuffer>)
    const endpoint = String(input)
    requests.push({ at: Date.now() - NOW, eventId, endpoint })
    const answer = await receiver.answer(eventId, endpoint)
    if (answer instanceof Error) throw answer
    return answer
  }
  const issuer = {
    store,
    clock: () => Date.now(),
    random: (length: number) => new Uint8Array(length),
    instance: 'one',
  }
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) })
  const engine = new DeliveryEngine({
    issuer: issuer as unknown as Issuer,
    log,
    fetch,
    hosts: new Set(),
    channels: { webhook: EVERYTHING },
    ...changes,
  })
  onTestFinished(async () => {
    await engine.close()
    vi.useRealTimers()
  })
  engine.start()
  await run(0)
  return { store, webhook, requests, receiver, lines, engine }
}

export type World = Awaited<ReturnType<typeof openEngine>>

/** As the threads of a store do: a call waits for those before it. */
function oneAtATime(store: Store): Store {
  let last: Promise<unknown> = Promise.resolve()
  const queued =
    (call: (...args: unknown[]) => Promise<unknown>) =>
    (...args: unknown[]) => {
      last = last.catch(() => undefined).then(() => call(...args))
      return last
    }
  const methods = [...READS, ...WRITES].map((name) => [
    name,
    queued(Reflect.get(store, name) as (...args: unknown[]) => Promise<unknown>),
  ])
  return { ...store, ...Object.fromEntries(methods) }
}

/** Lets so many milliseconds pass, and what is due then end. */
export async function run(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  await vi.advanceTimersByTimeAsync(0)
}

/** Notes events with these ids, `id of subject`, as if they stood in the trail. */
export async function happen(
  { store }: World,
  { id }: Subscription,
  ...events: readonly string[]
): Promise<void> {
  for (const event of events) {
    const [eventId = '', subject = 'agt_1'] = event.split(' of ')
    const delivery = { subscriptionId: id, eventId, type: 'agent.revoked', subject, payload: {} }
    await store.addDelivery('acme', delivery, Date.now())
  }
}
