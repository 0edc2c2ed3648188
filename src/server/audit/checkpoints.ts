import type { Issuer } from '../../issuer/issuer.ts'
import type { Tenant } from '../../issuer/records.ts'
import { raiseAlarm, StandingAlarm } from '../alarms.ts'
import type { Logger } from '../logger.ts'
import { type CheckpointOutcome, publishCheckpoint } from './publish-checkpoint.ts'
import { announceOldTexts, removeAnnouncedTexts } from './retention.ts'

/** How often the audit trails are looked at for entries that no checkpoint covers, in milliseconds. */
export const DEFAULT_CHECKPOINT_MS = 10_000

/** How often texts that are old enough are looked for, in milliseconds: a day more or less does not matter. */
const REMOVAL_MS = 86_400_000

export interface CheckpointOptions {
  /** Milliseconds between two looks. Default 10 s. */
  readonly everyMs?: number
  /** After how many days the texts of entries go. Default: never. */
  readonly retentionDays?: number
}

/** Keeps a signed checkpoint of every tenant's audit trail, as new as the last look, and texts as long as they are to be kept. */
export class Checkpoints {
  readonly #issuer: Issuer
  readonly #log: Logger
  readonly #everyMs: number
  readonly #retentionDays: number | undefined
  /** When texts of a tenant were looked for last, in milliseconds since 1970. */
  readonly #removedAt = new Map<string, number>()
  readonly #failure: StandingAlarm
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #closed = false

  constructor(issuer: Issuer, log: Logger, options: CheckpointOptions = {}) {
    this.#issuer = issuer
    this.#log = log
    this.#failure = new StandingAlarm(log, 'checkpoint_failed', issuer.store)
    this.#everyMs = options.everyMs ?? DEFAULT_CHECKPOINT_MS
    this.#retentionDays = options.retentionDays
  }

  /** Looks at once, and then again and again. A trail that has no tree yet may take a while, which nobody waits for. */
  start(): void {
    this.#running = this.#look().then(() => {
      if (!this.#closed) this.#timer = setTimeout(() => this.start(), this.#everyMs)
    })
  }

  /** Signs for what is not covered yet. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#running
    await this.#look()
  }

  /** Never rejects: without checkpoints everything else goes on. */
  async #look(): Promise<void> {
    try {
      const failed: object[] = []
      for (const tenant of await this.#issuer.store.tenants()) {
        await this.#publish(tenant).catch((err: unknown) => failed.push({ err, tenant: tenant.id }))
      }
      if (failed[0] === undefined) this.#failure.clear()
      else this.#failure.raise({ ...failed[0], failed: failed.length })
    } catch (err) {
      this.#failure.raise({ err })
    }
  }

  async #publish(tenant: Tenant): Promise<void> {
    const outcome = await publishCheckpoint(this.#issuer, tenant)
    this.#tell(tenant, outcome)
    if (outcome.made || outcome.reason === 'nothing_new') await this.#removeTexts(tenant)
  }

  /** Only of a trail that is what it was, and only once what tells of it is covered, so that every export explains itself. */
  async #removeTexts(tenant: Tenant): Promise<void> {
    const { clock } = this.#issuer
    const isDue = clock() - (this.#removedAt.get(tenant.id) ?? 0) >= REMOVAL_MS
    if (this.#retentionDays === undefined || !isDue) return
    this.#removedAt.set(tenant.id, clock())
    const announced = await announceOldTexts(this.#issuer, tenant, this.#retentionDays)
    if (announced > 0) this.#tell(tenant, await publishCheckpoint(this.#issuer, tenant))
    await removeAnnouncedTexts(this.#issuer, tenant)
  }

  #tell({ id: tenant }: Tenant, outcome: CheckpointOutcome): void {
    if (outcome.made) return
    if (outcome.reason === 'broken') {
      const { seq, problem } = outcome
      raiseAlarm(this.#log, 'audit_broken', { tenant, seq, problem })
    }
    if (outcome.reason === 'inconsistent') raiseAlarm(this.#log, 'audit_inconsistent', { tenant })
  }
}
