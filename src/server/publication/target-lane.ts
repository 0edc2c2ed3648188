import { inTurns } from '../../core/in-turns.ts'
import type { Refused } from '../../issuer/check-release.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import type { PublicationTarget } from '../../issuer/publication-target.ts'
import { type TargetOutcome, TargetPublication } from '../../issuer/publish-to-target.ts'
import { LATE_HEARTBEATS } from '../../status/freshness.ts'
import { REPEAT_ALARM_MS } from '../alarms.ts'
import type { Logger } from '../logger.ts'
import { ReleasedDocuments } from './released-documents.ts'
import { ALARM_SENTENCES, type TargetAlarm } from './target-alarms.ts'

/** After a failure: the first pause, doubled each time up to the last, in milliseconds; each is shortened at random by up to a half. */
const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 30_000

/** How often something else may write to the target in between before it counts as a failure. */
const MAX_OVERTAKEN = 3

/** On shutdown, a target gets this long to take what was published last, in milliseconds. */
const CLOSE_MS = 5_000

/** Of the validity of a list, the part that must be left: it is signed anew at half, so this much means that publishing has not worked for long. */
const LAPSING_PART = 0.25

export interface TargetLaneOptions {
  readonly heartbeatSeconds: number
  readonly epochMs: number
  readonly listValidityMs: number
}

export interface TargetState {
  readonly kind: PublicationTarget['kind']
  /** What is wrong, the worst first. Empty when all is well. */
  readonly alarms: readonly TargetAlarm[]
}

/** What is known of one tenant's status on the target. */
interface Shown {
  readonly iatMs: number
  readonly lapsesAt: number
}

/**
 * Keeps one target up to date, for all tenants, beside the service's own publication, which never waits for it: looks when something was
 * published and once in an epoch, always for the newest state. When the target fails it tries again, ever later.
 */
export class TargetLane {
  readonly #issuer: Issuer
  readonly #target: PublicationTarget
  readonly #log: Logger
  readonly #options: TargetLaneOptions
  readonly #documents: ReleasedDocuments
  readonly #publications = new Map<string, TargetPublication>()
  readonly #shown = new Map<string, Shown>()
  readonly #faults = new Map<string, Refused>()
  readonly #openedAt: number
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isWanted = false
  #isClosed = false
  #failures = 0
  /** Tenants that could not be published at the last look, while others could. */
  #failing: ReadonlySet<string> = new Set()
  #alarms: readonly TargetAlarm[] = []
  #toldAt = 0

  constructor(issuer: Issuer, target: PublicationTarget, log: Logger, options: TargetLaneOptions) {
    this.#issuer = issuer
    this.#target = target
    this.#log = log.child({ target: target.kind })
    this.#options = options
    this.#documents = new ReleasedDocuments(issuer, target)
    this.#openedAt = issuer.clock()
  }

  /** Something was published: look now, or when the look that is under way has ended. After a failure the pause goes on. */
  wake(): void {
    this.#isWanted = true
    if (this.#running === undefined && this.#failures === 0) this.#schedule(0)
  }

  state(): TargetState {
    return { kind: this.#target.kind, alarms: this.#alarmsNow() }
  }

  /** Looks once more, so that what was published last is there, unless the target has failed. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await Promise.race([this.#last(), this.#patience()])
  }

  async #last(): Promise<void> {
    await this.#running
    if (this.#failures === 0) await this.#run()
  }

  #patience(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())
  }

  #schedule(afterMs: number): void {
    clearTimeout(this.#timer)
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#run(), afterMs)
  }

  /** Never rejects, and never runs twice at a time. */
  #run(): Promise<void> {
    this.#running ??= this.#look().finally(() => {
      this.#running = undefined
      const soon = this.#isWanted && this.#failures === 0
      this.#schedule(soon ? 0 : this.#pause())
    })
    return this.#running
  }

  async #look(): Promise<void> {
    this.#isWanted = false
    try {
      const tenants = await this.#issuer.store.tenants()
      for (const tenant of tenants) {
        if (this.#publications.has(tenant.id)) continue
        this.#publications.set(tenant.id, new TargetPublication(this.#issuer, tenant, this.#target))
      }
      await this.#documents.release([...this.#publications.values()])
      await this.#publishAll()
      if (this.#failures > 0) this.#log.warn('publishing to the target works again')
      this.#failures = 0
    } catch (err) {
      this.#failures++
      const level = this.#issuer.store.isAway() ? 'debug' : 'warn'
      this.#log[level](
        { err, failures: this.#failures },
        'publishing to the target failed; it is tried again',
      )
    }
    this.#tell()
  }

  /** What fails for one tenant stops no other; for all of them, it is the target that fails. */
  async #publishAll(): Promise<void> {
    const failed = new Map<string, unknown>()
    await inTurns([...this.#publications], async ([tenant, publication]) => {
      await this.#publish(tenant, publication).catch((err: unknown) => failed.set(tenant, err))
    })
    const [first] = failed.values()
    if (first !== undefined && failed.size === this.#publications.size) throw first
    for (const [tenant, err] of failed) {
      if (!this.#failing.has(tenant))
        this.#log.warn({ err, tenant }, 'publishing a tenant failed; it is tried again')
    }
    this.#failing = new Set(failed.keys())
  }

  async #publish(tenant: string, publication: TargetPublication): Promise<void> {
    const outcome = await this.#untilSettled(publication)
    if (outcome.state === 'shown') {
      this.#faults.delete(tenant)
      this.#shown.set(tenant, { iatMs: outcome.head.iatMs, lapsesAt: outcome.lapsesAt })
      await publication.tidy()
    }
    if (outcome.state === 'refused') this.#faults.set(tenant, outcome)
  }

  async #untilSettled(publication: TargetPublication): Promise<TargetOutcome> {
    for (let tries = 0; tries < MAX_OVERTAKEN; tries++) {
      const outcome = await publication.publish()
      if (outcome.state !== 'overtaken') return outcome
    }
    throw new Error('something else writes to the target all the time')
  }

  /** Apart by chance, so that processes and services that failed together do not come back together. */
  #pause(): number {
    if (this.#failures === 0) return this.#options.epochMs
    const longest = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1))
    const [byte = 0] = this.#issuer.random(1)
    return longest * (1 - byte / 512)
  }

  #alarmsNow(): readonly TargetAlarm[] {
    const now = this.#issuer.clock()
    const { heartbeatSeconds, listValidityMs } = this.#options
    const faults = [...new Set([...this.#faults.values()].map(({ fault }) => fault))]
    const tenants = [...this.#publications.keys()]
    const youngest = now - heartbeatSeconds * 1000 * LATE_HEARTBEATS
    const isLagging =
      tenants.some((tenant) => (this.#shown.get(tenant)?.iatMs ?? this.#openedAt) < youngest) ||
      (tenants.length === 0 && this.#openedAt < youngest)
    const isLapsing = [...this.#shown.values()].some(
      ({ lapsesAt }) => lapsesAt - now < listValidityMs * LAPSING_PART,
    )
    return [
      ...faults,
      ...(isLagging ? (['target_lags'] as const) : []),
      ...(isLapsing ? (['list_lapsing'] as const) : []),
    ]
  }

  /** An alarm is logged when it comes, and again every minute while it stands. */
  #tell(): void {
    if (this.#issuer.store.isAway()) return
    const alarms = this.#alarmsNow()
    const isSame = alarms.join() === this.#alarms.join()
    const now = this.#issuer.clock()
    if (isSame && now - this.#toldAt < REPEAT_ALARM_MS) return
    if (alarms.length === 0 && !isSame) this.#log.warn('the target shows the newest status again')
    for (const code of alarms)
      this.#log.error({ code, ...this.#whereOf(code) }, `ALARM: ${ALARM_SENTENCES[code]}`)
    this.#alarms = alarms
    this.#toldAt = now
  }

  #whereOf(code: TargetAlarm): object {
    const [tenant, fault] = [...this.#faults].find(([, refused]) => refused.fault === code) ?? []
    return tenant === undefined ? {} : { tenant, list: fault?.list, rule: fault?.rule }
  }
}
