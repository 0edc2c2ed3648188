import type { Issuer } from '../../issuer/issuer.ts'
import type { Tenant } from '../../issuer/records.ts'
import type { Logger } from '../logger.ts'
import { type CheckpointOutcome, publishCheckpoint } from './publish-checkpoint.ts'

/** How often the audit trails are looked at for entries that no checkpoint covers, in milliseconds. */
export const DEFAULT_CHECKPOINT_MS = 10_000

/** Keeps a signed checkpoint of every tenant's audit trail, as new as the last look. */
export class Checkpoints {
  readonly #issuer: Issuer
  readonly #log: Logger
  readonly #everyMs: number
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #closed = false

  constructor(issuer: Issuer, log: Logger, everyMs: number = DEFAULT_CHECKPOINT_MS) {
    this.#issuer = issuer
    this.#log = log
    this.#everyMs = everyMs
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
      for (const tenant of await this.#issuer.store.tenants()) await this.#publish(tenant)
    } catch (err) {
      this.#log.error({ err }, 'ALARM: no checkpoint of the audit trails could be made')
    }
  }

  async #publish(tenant: Tenant): Promise<void> {
    try {
      this.#tell(tenant, await publishCheckpoint(this.#issuer, tenant))
    } catch (err) {
      this.#log.error({ err, tenant: tenant.id }, 'ALARM: no checkpoint of the audit trail could be made')
    }
  }

  #tell({ id: tenant }: Tenant, outcome: CheckpointOutcome): void {
    if (outcome.made) return
    if (outcome.reason === 'broken') {
      const { seq, problem } = outcome
      const message = 'ALARM: the audit trail is not what it was; no checkpoint of it is signed'
      this.#log.error({ tenant, seq, problem }, message)
    }
    if (outcome.reason === 'inconsistent') {
      this.#log.error(
        { tenant },
        'ALARM: the audit tree does not contain its last checkpoint; none is signed',
      )
    }
  }
}
