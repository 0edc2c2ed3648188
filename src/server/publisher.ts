import type { Logger } from 'pino'
import type { Issuer } from '../issuer/issuer.ts'
import { type PublishOutcome, StatusPublication } from '../issuer/publish-status.ts'
import type { Tenant } from '../issuer/records.ts'
import { DEFAULT_HEARTBEAT_SECONDS } from '../status/freshness.ts'
import { DEFAULT_LIST_VALIDITY_MS } from '../status/sign-status-list.ts'

/** Changes that nobody waits for, as a new list, are looked for this often, in milliseconds. */
export const DEFAULT_EPOCH_MS = 5_000

/** Urgent changes are published at once, and then at most this often, in milliseconds. */
export const DEFAULT_COALESCE_MS = 200

/** After a failure: the first pause, doubled each time up to the last, in milliseconds. */
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000

/** A clock that stands back by no more than this is waited for without an alarm, in milliseconds. */
const TOLERATED_CLOCK_MS = 1_000

/** Heartbeats that may be missed before the service calls itself not ready. */
const MISSED_HEARTBEATS = 3

export interface PublisherOptions {
  /** Seconds between two heads when nothing changes. Default 10. */
  readonly heartbeatSeconds?: number
  /** Default 5 s. */
  readonly epochMs?: number
  /** Default 200 ms. */
  readonly coalesceMs?: number
  /** Default 6 h. */
  readonly listValidityMs?: number
}

/** What the rest of the service may know of the publisher. */
export interface PublisherState {
  /** Whether every tenant's newest head is young enough that its promise of the next one can still be kept. */
  isCurrent(): boolean
}

/** Keeps the published status of all tenants up to date: one lane each, so that none waits for another. */
export class Publisher implements PublisherState {
  readonly #lanes = new Map<string, Lane>()
  readonly #issuer: Issuer
  readonly #log: Logger
  readonly #options: Required<PublisherOptions>
  readonly #unsubscribe: () => void

  constructor(issuer: Issuer, log: Logger, options: PublisherOptions = {}) {
    this.#issuer = issuer
    this.#log = log
    this.#options = {
      heartbeatSeconds: options.heartbeatSeconds ?? DEFAULT_HEARTBEAT_SECONDS,
      epochMs: options.epochMs ?? DEFAULT_EPOCH_MS,
      coalesceMs: options.coalesceMs ?? DEFAULT_COALESCE_MS,
      listValidityMs: options.listValidityMs ?? DEFAULT_LIST_VALIDITY_MS,
    }
    this.#unsubscribe = issuer.store.onStatusChange((tenant) => this.#lanes.get(tenant)?.urgent())
  }

  /** Publishes everything once, so that no reader meets the state from before the service went down. */
  async start(): Promise<void> {
    await Promise.all((await this.#issuer.store.tenants()).map((tenant) => this.#open(tenant)))
  }

  async #open(tenant: Tenant): Promise<void> {
    const lane = new Lane(this.#issuer, tenant, this.#log.child({ tenant: tenant.id }), this.#options)
    this.#lanes.set(tenant.id, lane)
    await lane.run()
  }

  isCurrent(): boolean {
    return [...this.#lanes.values()].every((lane) => lane.isCurrent())
  }

  /** Stops the timers and publishes what is still unpublished. */
  async close(): Promise<void> {
    this.#unsubscribe()
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()))
  }
}

/** Publishes one tenant; never two publications at a time. */
class Lane {
  readonly #issuer: Issuer
  readonly #tenant: Tenant
  readonly #log: Logger
  readonly #options: Required<PublisherOptions>
  readonly #publication: StatusPublication
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #changed = false
  #closed = false
  #failures = 0
  /** Of the issuer's clock; 0 until something was published. */
  #publishedAt = 0

  constructor(issuer: Issuer, tenant: Tenant, log: Logger, options: Required<PublisherOptions>) {
    this.#issuer = issuer
    this.#tenant = tenant
    this.#log = log
    this.#options = options
    this.#publication = new StatusPublication(issuer, tenant, options)
  }

  isCurrent(): boolean {
    const age = this.#issuer.clock() - this.#publishedAt
    return age <= this.#options.heartbeatSeconds * 1000 * MISSED_HEARTBEATS
  }

  /** A status changed: publish now, or as soon as the last publication is `coalesceMs` ago. */
  urgent(): void {
    if (this.#changed || this.#closed) return
    this.#changed = true
    if (this.#running === undefined && this.#failures === 0) this.#schedule(this.#untilUrgent())
  }

  /** Publishes once; joins a publication that is under way. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#publish().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#running
    await this.run()
    await this.#giveUpTurn()
  }

  /** When that fails the turn ends by itself. */
  async #giveUpTurn(): Promise<void> {
    try {
      await this.#publication.giveUpTurn()
    } catch (err) {
      this.#log.warn({ err }, 'another process publishes only when the turn of this one has ended')
    }
  }

  async #publish(): Promise<void> {
    this.#changed = false
    const outcome = await this.#attempt()
    if (outcome?.published === true) this.#succeed(outcome.head.iatMs)
    else if (outcome?.reason === 'not_our_turn') this.#leaveToOthers(outcome.publishedAt)
    else this.#fail(outcome)
  }

  async #attempt(): Promise<PublishOutcome | undefined> {
    try {
      return await this.#publication.publish()
    } catch (err) {
      this.#log.error({ err }, 'ALARM: publishing the status failed')
      return undefined
    }
  }

  #succeed(at: number): void {
    if (this.#failures > 0) this.#log.info('publishing the status works again')
    this.#failures = 0
    this.#publishedAt = at
    this.#scheduleNext()
  }

  /** Another process publishes; should it die, its turn ends by itself, which is looked for once in an epoch. */
  #leaveToOthers(publishedAt: number): void {
    this.#failures = 0
    this.#publishedAt = publishedAt
    this.#schedule(this.#options.epochMs)
  }

  #fail(
    outcome: Exclude<PublishOutcome, { published: true } | { reason: 'not_our_turn' }> | undefined,
  ): void {
    this.#failures++
    const backOff = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1))
    if (outcome?.reason === 'clock_behind') {
      if (outcome.behindMs > TOLERATED_CLOCK_MS) {
        this.#log.error({ behindMs: outcome.behindMs }, 'ALARM: the clock is behind the last signed status')
      }
      this.#schedule(Math.min(outcome.behindMs, LAST_RETRY_MS))
      return
    }
    if (outcome?.reason === 'check_failed') {
      this.#log.error({ rule: outcome.rule, list: outcome.list }, 'ALARM: the status built does not check')
    }
    this.#schedule(backOff)
  }

  #untilUrgent(): number {
    const sinceLast = this.#issuer.clock() - this.#publishedAt
    return Math.max(0, this.#options.coalesceMs - Math.max(0, sinceLast))
  }

  /** Until the next epoch or the next heartbeat, whichever comes first. */
  #nextLook(): number {
    const { epochMs, heartbeatSeconds } = this.#options
    const untilHeartbeat = this.#publishedAt + heartbeatSeconds * 1000 - this.#issuer.clock()
    return Math.max(0, Math.min(epochMs, untilHeartbeat))
  }

  #schedule(afterMs: number): void {
    clearTimeout(this.#timer)
    if (!this.#closed) this.#timer = setTimeout(() => void this.#look(), afterMs)
  }

  /** A timer came: publish what changed, failed or is due; else look again later. */
  async #look(): Promise<void> {
    const due = this.#changed || this.#failures > 0 || this.#nextLook() === 0
    const wanted = due || (await this.#hasDirtyLists())
    if (this.#closed) return
    if (wanted) await this.run()
    else this.#scheduleNext()
  }

  /** A change may have come while something was awaited. */
  #scheduleNext(): void {
    this.#schedule(this.#changed ? this.#untilUrgent() : this.#nextLook())
  }

  async #hasDirtyLists(): Promise<boolean> {
    try {
      const renewBefore = this.#issuer.clock() + this.#options.listValidityMs / 2
      return (await this.#issuer.store.dirtyLists(this.#tenant.id, renewBefore)).length > 0
    } catch {
      return true
    }
  }
}
