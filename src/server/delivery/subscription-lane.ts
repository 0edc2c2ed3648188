import type { Fetch } from '../../core/clock.ts'
import {
  type Delivery,
  type DeliveryOutcome,
  NEVER_PUT_OFF_MS,
  type Subscription,
} from '../../issuer/delivery-store.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import { raiseAlarm } from '../alarms.ts'
import type { Logger } from '../logger.ts'
import type { DeliveryChannel, SentSubscription } from './channel.ts'
import { isEndpoint } from './endpoint.ts'
import { pauseAfter } from './pauses.ts'
import { type Attempt, isTaken, post } from './post.ts'

/** Requests to one endpoint at the same time. */
export const DELIVERIES_AT_ONCE = 4

/** Deliveries that are read at a time. */
const BATCH = 100

export interface LaneParts {
  readonly issuer: Issuer
  readonly log: Logger
  readonly channel: DeliveryChannel
  readonly fetch: Fetch
  /** To which the operator lets it send though they are private, or without TLS. */
  readonly hosts: ReadonlySet<string>
  /** Whether nothing is to be begun any more. */
  readonly isClosing: () => boolean
  /** Ends what is under way. */
  readonly signal: AbortSignal
}

/** Sends what is due of one subscription: several subjects at once, each in its order; with one at a time while the place fails. */
export class SubscriptionLane {
  readonly #parts: LaneParts
  readonly #tenant: string
  readonly #id: string
  #running: Promise<void> | undefined
  /** Whether something may have become due since it was last looked. */
  #isWanted = false
  /** Whether the last attempt of this process failed: several begin before the first of them does. */
  #isFailing = false

  constructor(parts: LaneParts, { tenant, id }: Pick<Subscription, 'tenant' | 'id'>) {
    this.#parts = parts
    this.#tenant = tenant
    this.#id = id
  }

  get isIdle(): boolean {
    return this.#running === undefined
  }

  /** Something may be due. Settles when nothing is any more, or something failed. Never rejects, and never runs twice at a time. */
  run(): Promise<void> {
    this.#isWanted = true
    this.#running ??= this.#untilIdle().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #untilIdle(): Promise<void> {
    const { issuer, log } = this.#parts
    try {
      while (this.#isWanted) {
        this.#isWanted = false
        while (await this.#sendDue());
      }
    } catch (err) {
      if (issuer.store.isAway() || this.#parts.isClosing()) return
      log.warn({ err, subscription: this.#id }, 'deliveries could not be made; it is tried again')
    }
  }

  /** @returns Whether to go on at once. */
  async #sendDue(): Promise<boolean> {
    const { store, clock } = this.#parts.issuer
    const subscription = await store.subscription(this.#tenant, this.#id)
    if (subscription === undefined || !isSent(subscription, clock())) return false
    const due = await store.dueDeliveries(this.#tenant, this.#id, { at: clock(), limit: BATCH })
    const subjects = bySubject(due)
    const [probe] = subjects.toSorted(([a], [b]) => (a?.attempts ?? 0) - (b?.attempts ?? 0))
    if (probe === undefined) return false
    return await this.#sendAll(subscription.failures > 0 ? [probe.slice(0, 1)] : subjects)
  }

  /** @returns Whether all were taken; with the first that is not, no further one is begun. */
  async #sendAll(subjects: readonly (readonly Delivery[])[]): Promise<boolean> {
    const queue = subjects.values()
    let isWell = true
    const send = async () => {
      for (const deliveries of queue) {
        for (const delivery of deliveries) {
          if (!isWell || this.#parts.isClosing()) return
          isWell = (await this.#send(delivery)) && isWell
        }
      }
    }
    const ends = await Promise.allSettled(Array.from({ length: DELIVERIES_AT_ONCE }, send))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    return isWell && !this.#parts.isClosing()
  }

  /** To where it goes by now: what was paused, deleted or moved since the batch was read gets no more of it. */
  async #send(delivery: Delivery): Promise<boolean> {
    const { issuer } = this.#parts
    const subscription = await issuer.store.subscription(this.#tenant, this.#id)
    if (subscription === undefined || !isSent(subscription, issuer.clock())) return false
    const attempt = await this.#attempt(subscription, delivery)
    if (this.#parts.signal.aborted && !isTaken(attempt)) return false
    const outcome = this.#outcomeOf(attempt, subscription, delivery)
    await issuer.store.settleDeliveries(this.#tenant, this.#id, [outcome], issuer.clock())
    this.#tell(attempt, subscription)
    return outcome.isDelivered
  }

  async #attempt(subscription: SentSubscription, delivery: Delivery): Promise<Attempt> {
    const { endpoint } = subscription
    const { issuer, log, channel, fetch, signal, hosts } = this.#parts
    if (!isEndpoint(endpoint, hosts)) return { problem: 'not_allowed' }
    try {
      const request = await channel.requestOf(delivery, subscription)
      return await post(endpoint, request, { fetch, now: issuer.clock(), signal })
    } catch (err) {
      log.warn({ err, subscription: this.#id }, 'a delivery could not be signed; it is tried again')
      return { problem: 'not_signed' }
    }
  }

  #outcomeOf(attempt: Attempt, { failures }: Subscription, { eventId, attempts }: Delivery): DeliveryOutcome {
    const { clock, random } = this.#parts.issuer
    const answered =
      'httpStatus' in attempt ? { httpStatus: attempt.httpStatus } : { problem: attempt.problem }
    if (isTaken(attempt)) return { eventId, isDelivered: true, ...answered }
    const asked = 'httpStatus' in attempt ? attempt.askedPauseMs : 0
    const now = clock()
    return {
      eventId,
      isDelivered: false,
      ...answered,
      retryAt: now + pauseAfter(attempts + 1, random, asked),
      endpointRetryAt: now + pauseAfter(failures + 1, random, asked),
    }
  }

  /** One line when it begins to fail, and one when it is over. */
  #tell(attempt: Attempt, { id, kind, endpoint, failures, failingSince }: SentSubscription): void {
    const { issuer, log } = this.#parts
    const about = { tenant: this.#tenant, subscription: id, kind, host: new URL(endpoint).host }
    const wasFailing = failures > 0 || this.#isFailing
    this.#isFailing = !isTaken(attempt)
    if (isTaken(attempt)) {
      if (failingSince === undefined) return
      const seconds = Math.round((issuer.clock() - failingSince) / 1000)
      log.warn({ ...about, code: 'deliveries_fail', seconds }, 'over: deliveries are taken again')
    } else if (!wasFailing) raiseAlarm(log, 'deliveries_fail', { ...about, ...attempt })
  }
}

/** Each subject's in their order. */
function bySubject(deliveries: readonly Delivery[]): readonly (readonly Delivery[])[] {
  const subjects = new Map<string, Delivery[]>()
  for (const delivery of deliveries) {
    const before = subjects.get(delivery.subject)
    if (before === undefined) subjects.set(delivery.subject, [delivery])
    else before.push(delivery)
  }
  return [...subjects.values()]
}

function isSent(subscription: Subscription, now: number): subscription is SentSubscription {
  const { state, endpoint, retryAt } = subscription
  const isDue = retryAt <= now || retryAt > now + NEVER_PUT_OFF_MS
  return state === 'active' && endpoint !== undefined && isDue
}
