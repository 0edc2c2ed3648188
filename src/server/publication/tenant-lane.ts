import type { Issuer } from '../../issuer/issuer.ts'
import { type PublishOutcome, StatusPublication } from '../../issuer/publish-status.ts'
import type { Tenant } from '../../issuer/records.ts'
import { LATE_HEARTBEATS } from '../../status/freshness.ts'
import { StandingAlarm } from '../alarms.ts'
import type { ClockJump } from '../clock-watch.ts'
import type { Logger } from '../logger.ts'

/** After a failure: the first pause, doubled each time up to the last, in milliseconds. */
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000

/** A clock that stands back by no more than this is waited for without an alarm, in milliseconds. */
const TOLERATED_CLOCK_MS = 1_000

/** After the clock jumped ahead, nothing is signed for so long, in milliseconds: no head could follow one of a time to come. */
const DISTRUST_MS = 60_000

/** How often it is looked whether the clock has jumped back, in milliseconds. */
const DISTRUST_LOOK_MS = 1_000

/** As `PublisherOptions`, with their defaults. */
export interface TenantLaneOptions {
  readonly heartbeatSeconds: number
  readonly epochMs: number
  readonly coalesceMs: number
  readonly listValidityMs: number
  readonly onPublished: () => void
  /** Whether the clock has jumped, and is not believed yet. */
  readonly clockJump: () => ClockJump | undefined
}

/** Publishes one tenant; never two publications at a time. */
export class TenantLane {
  readonly #issuer: Issuer
  readonly #tenant: Tenant
  readonly #log: Logger
  readonly #options: TenantLaneOptions
  readonly #publication: StatusPublication
  readonly #failed: StandingAlarm
  readonly #unsound: StandingAlarm
  readonly #behind: StandingAlarm
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #changed = false
  #closed = false
  #failures = 0
  /** Of the issuer's clock; 0 until something was published. */
  #publishedAt = 0

  constructor(issuer: Issuer, tenant: Tenant, log: Logger, options: TenantLaneOptions) {
    this.#issuer = issuer
    this.#tenant = tenant
    this.#log = log
    this.#options = options
    this.#failed = new StandingAlarm(log, 'publication_failed', issuer.store)
    this.#unsound = new StandingAlarm(log, 'status_unsound', issuer.store)
    this.#behind = new StandingAlarm(log, 'clock_behind', issuer.store)
    this.#publication = new StatusPublication(issuer, tenant, options)
  }

  isCurrent(): boolean {
    const age = this.#issuer.clock() - this.#publishedAt
    return age <= this.#options.heartbeatSeconds * 1000 * LATE_HEARTBEATS && !this.#isClockBehind()
  }

  /** A status changed: publish now, or as soon as the last publication is `coalesceMs` ago. */
  urgent(): void {
    if (this.#changed || this.#closed) return
    this.#changed = true
    if (this.#running === undefined && this.#failures === 0) this.#publishSoon()
  }

  /** At once means without a timer, whose shortest takes a millisecond and waits for all that came before. */
  #publishSoon(): void {
    const wait = this.#untilUrgent()
    if (wait > 0) {
      this.#schedule(wait)
      return
    }
    clearTimeout(this.#timer)
    void this.run()
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
    if (this.#isClockDoubted()) {
      this.#failures++
      this.#schedule(DISTRUST_LOOK_MS)
      return
    }
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
      this.#failed.raise({ err })
      return undefined
    }
  }

  #succeed(at: number): void {
    this.#failures = 0
    this.#publishedAt = at
    for (const alarm of [this.#failed, this.#unsound, this.#behind]) alarm.clear()
    this.#options.onPublished()
    this.#scheduleNext()
  }

  /** Another process publishes; should it die, its turn ends by itself, which is looked for once in an epoch. */
  #leaveToOthers(publishedAt: number): void {
    this.#failures = 0
    this.#publishedAt = publishedAt
    for (const alarm of [this.#failed, this.#unsound]) alarm.clear()
    if (this.#isClockBehind()) this.#behind.raise({ behindMs: publishedAt - this.#issuer.clock() })
    else this.#behind.clear()
    this.#schedule(this.#options.epochMs)
  }

  #fail(
    outcome: Exclude<PublishOutcome, { published: true } | { reason: 'not_our_turn' }> | undefined,
  ): void {
    this.#failures++
    const backOff = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1))
    if (outcome?.reason === 'clock_behind') {
      if (outcome.behindMs > TOLERATED_CLOCK_MS) this.#behind.raise({ behindMs: outcome.behindMs })
      this.#schedule(Math.min(outcome.behindMs, LAST_RETRY_MS))
      return
    }
    if (outcome?.reason === 'check_failed') this.#unsound.raise({ rule: outcome.rule, list: outcome.list })
    this.#schedule(backOff)
  }

  /** Behind the newest head, so that the next one is a long way off, and verifiers refuse this one. */
  #isClockBehind(): boolean {
    return this.#publishedAt - this.#issuer.clock() > TOLERATED_CLOCK_MS
  }

  #isClockDoubted(): boolean {
    const jump = this.#options.clockJump()
    return jump !== undefined && jump.byMs > 0 && jump.agoMs < DISTRUST_MS
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
    const due = this.#changed || this.#failures > 0 || this.#nextLook() === 0 || this.#isClockBehind()
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
