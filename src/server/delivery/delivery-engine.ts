import { withEach } from '../../core/in-turns.ts'
import type { NewDelivery, Subscription, SubscriptionKind } from '../../issuer/delivery-store.ts'
import { isAnothersTurn } from '../../issuer/publishing-turn.ts'
import type { AuditEntry, Id } from '../../issuer/records.ts'
import { raiseAlarm, StandingAlarm } from '../alarms.ts'
import type { ClockJump } from '../clock-watch.ts'
import type { DeliveryChannel } from './channel.ts'
import { type LaneParts, SubscriptionLane } from './subscription-lane.ts'

/** How often it is looked what is to be noted or sent, in milliseconds; what changes a status is noticed at once. */
const DELIVERY_LOOK_MS = 1_000

/** Entries of the trail that are looked through in one transaction. */
const STEP = 200

/** On shutdown, requests that are under way get this long, in milliseconds; what is not answered by then is sent again after the next start. */
const CLOSE_MS = 3_000

export interface DeliveryParts extends Omit<LaneParts, 'channel' | 'isClosing' | 'signal'> {
  readonly channels: Readonly<Partial<Record<SubscriptionKind, DeliveryChannel>>>
  /** Default: the clock is believed. */
  readonly clockJump?: () => ClockJump | undefined
}

/** Notes the events of all tenants whose turn this process has, and sends them: one lane for each subscription, so that none waits for another. */
export class DeliveryEngine {
  readonly #parts: DeliveryParts
  readonly #lanes = new Map<Id, SubscriptionLane>()
  readonly #running = new Set<Promise<void>>()
  readonly #alarm: StandingAlarm
  readonly #ending = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #unsubscribe: () => void = () => undefined
  #looking: Promise<void> | undefined
  #isWanted = false
  #isClosed = false

  constructor(parts: DeliveryParts) {
    this.#parts = parts
    this.#alarm = new StandingAlarm(parts.log, 'events_not_noted', parts.issuer.store)
  }

  start(): void {
    this.#unsubscribe = this.#parts.issuer.store.onStatusChange(() => this.wake())
    this.#timer = setInterval(() => this.wake(), DELIVERY_LOOK_MS)
    this.wake()
  }

  /** Something may be to be noted or sent: look now, or once more when the look that is under way has ended. */
  wake(): void {
    this.#isWanted = true
    if (this.#isClosed) return
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
      if (this.#isWanted) this.wake()
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#unsubscribe()
    clearInterval(this.#timer)
    await this.#looking
    const timer = setTimeout(() => this.#ending.abort(), CLOSE_MS)
    await Promise.all(this.#running)
    clearTimeout(timer)
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    this.#isWanted = false
    const { issuer } = this.#parts
    try {
      const tenants = await issuer.store.tenantsWithDeliveries(issuer.clock())
      await withEach(tenants, (tenant) => this.#serve(tenant))
      this.#alarm.clear()
    } catch (err) {
      this.#alarm.raise({ err })
    }
  }

  async #serve(id: string): Promise<void> {
    const { issuer } = this.#parts
    const tenant = await issuer.store.tenant(id)
    if (tenant === undefined || (await isAnothersTurn(issuer, tenant))) return
    const subscriptions = await this.#note(id)
    await this.#giveUp(id)
    for (const subscription of subscriptions) this.#send(subscription)
  }

  /**
   * Looks through what the trail has got since, one step: where there is more, the other tenants have their turn before. Where another
   * process was quicker, that one goes on.
   */
  async #note(tenant: string): Promise<readonly Subscription[]> {
    const { store, clock } = this.#parts.issuer
    const { position, subscriptions } = await store.subscribed(tenant)
    if (position === undefined) return []
    const { items } = await store.audit(tenant, {}, { limit: STEP, after: String(position) })
    const last = items.at(-1)
    if (last === undefined) return subscriptions
    const deliveries = await this.#deliveriesOf(items, subscriptions)
    const step = { from: position, until: last.seq, deliveries }
    if (!(await store.noteEvents(tenant, step, clock()))) return []
    this.#isWanted ||= items.length === STEP
    return subscriptions
  }

  async #deliveriesOf(
    entries: readonly AuditEntry[],
    subscriptions: readonly Subscription[],
  ): Promise<readonly NewDelivery[]> {
    const deliveries: NewDelivery[] = []
    for (const entry of entries) {
      for (const subscription of subscriptions) {
        if (subscription.state === 'disabled' || entry.seq <= subscription.since) continue
        const channel = this.#parts.channels[subscription.kind]
        deliveries.push(...((await channel?.deliveriesOf(entry, subscription)) ?? []))
      }
    }
    return deliveries
  }

  /** Not while the clock is not believed: what was given up is not sent again by itself. */
  async #giveUp(tenant: string): Promise<void> {
    const { issuer, log, clockJump } = this.#parts
    if (clockJump?.() !== undefined) return
    for (const [subscription, events] of await issuer.store.giveUpDeliveries(tenant, issuer.clock()))
      raiseAlarm(log, 'deliveries_given_up', { tenant, subscription, events })
  }

  /** In the background: a place that does not answer holds up nobody else. */
  #send(subscription: Subscription): void {
    const { channels, ...parts } = this.#parts
    const { id, kind, endpoint, state } = subscription
    const channel = channels[kind]
    if (channel === undefined || endpoint === undefined || state !== 'active' || this.#isClosed) return
    const lane =
      this.#lanes.get(id) ??
      new SubscriptionLane(
        { ...parts, channel, isClosing: () => this.#isClosed, signal: this.#ending.signal },
        subscription,
      )
    this.#lanes.set(id, lane)
    const running = lane.run().finally(() => {
      this.#running.delete(running)
      // It may have begun again in between; another one beside it would send the same.
      if (lane.isIdle) this.#lanes.delete(id)
    })
    this.#running.add(running)
  }
}
