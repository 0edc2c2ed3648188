import type { Logger } from 'pino'
import { withEach } from '../core/in-turns.ts'
import type { Issuer } from '../issuer/issuer.ts'
import type { PublicationTarget } from '../issuer/publication-target.ts'
import type { Tenant } from '../issuer/records.ts'
import { DEFAULT_HEARTBEAT_SECONDS } from '../status/freshness.ts'
import { DEFAULT_LIST_VALIDITY_MS } from '../status/status-list-credential.ts'
import type { ClockJump } from './clock-watch.ts'
import { TargetLane, type TargetState } from './publication/target-lane.ts'
import { TenantLane } from './publication/tenant-lane.ts'

/** Changes that nobody waits for, as a new list, are looked for this often, in milliseconds. */
export const DEFAULT_EPOCH_MS = 5_000

/** Urgent changes are published at once, and then at most this often, in milliseconds. */
export const DEFAULT_COALESCE_MS = 200

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
  /** How each target beside the service is. None of them makes the service less ready. */
  targets(): readonly TargetState[]
}

/** What it works with beside the issuer. */
export interface PublisherParts {
  /** Where else it publishes. Default: nowhere. */
  readonly targets?: readonly PublicationTarget[]
  /** Default: the clock is believed. */
  readonly clockJump?: () => ClockJump | undefined
  /** Told of a tenant that this process has published. Default: nobody is. */
  readonly onPublished?: (tenant: string) => void
}

/** Keeps the published status of all tenants up to date: one lane each, so that none waits for another. */
export class Publisher implements PublisherState {
  readonly #lanes = new Map<string, TenantLane>()
  readonly #issuer: Issuer
  readonly #log: Logger
  readonly #options: Required<PublisherOptions>
  readonly #targets: readonly TargetLane[]
  readonly #clockJump: () => ClockJump | undefined
  readonly #onPublished: (tenant: string) => void
  readonly #unsubscribe: () => void
  #timer: NodeJS.Timeout | undefined
  #meeting: Promise<void> | undefined
  #isClosed = false

  constructor(issuer: Issuer, log: Logger, options: PublisherOptions = {}, parts: PublisherParts = {}) {
    const { targets = [], clockJump = () => undefined, onPublished = () => undefined } = parts
    this.#issuer = issuer
    this.#log = log
    this.#clockJump = clockJump
    this.#onPublished = onPublished
    this.#options = {
      heartbeatSeconds: options.heartbeatSeconds ?? DEFAULT_HEARTBEAT_SECONDS,
      epochMs: options.epochMs ?? DEFAULT_EPOCH_MS,
      coalesceMs: options.coalesceMs ?? DEFAULT_COALESCE_MS,
      listValidityMs: options.listValidityMs ?? DEFAULT_LIST_VALIDITY_MS,
    }
    this.#targets = targets.map((target) => new TargetLane(issuer, target, log, this.#options))
    this.#unsubscribe = issuer.store.onStatusChange((tenant) => this.#changed(tenant))
  }

  /** Publishes everything once, so that no reader meets the state from before the service went down. */
  async start(): Promise<void> {
    await Promise.all((await this.#issuer.store.tenants()).map((tenant) => this.#open(tenant)))
    this.#timer = setInterval(() => this.#meet(), this.#options.epochMs)
    this.#wakeTargets()
  }

  /** The first change of a tenant that another process added is that it was added. */
  #changed(tenant: string): void {
    const lane = this.#lanes.get(tenant)
    if (lane === undefined) this.#meet()
    else lane.urgent()
  }

  /** Looks for tenants that were added since, one look at a time. Never rejects. */
  #meet(): void {
    this.#meeting ??= this.#meetAll().finally(() => {
      this.#meeting = undefined
    })
  }

  async #meetAll(): Promise<void> {
    try {
      const tenants = await this.#issuer.store.tenants()
      await withEach(
        tenants.filter(({ id }) => !this.#lanes.has(id)),
        (tenant) => this.#welcome(tenant),
      )
    } catch (err) {
      if (this.#issuer.store.isAway()) return
      this.#log.warn({ err }, 'it could not be seen whether there are new tenants; it is tried again')
    }
  }

  /** With its keys open, this process can issue for it, too, whoever publishes. It may have been opened by `start` meanwhile. */
  async #welcome(tenant: Tenant): Promise<void> {
    await this.#issuer.keys.status(tenant.id)
    if (this.#isClosed || this.#lanes.has(tenant.id)) return
    await this.#open(tenant)
    this.#log.info({ tenant: tenant.id }, 'a tenant was added')
    this.#wakeTargets()
  }

  #wakeTargets(): void {
    for (const target of this.#targets) target.wake()
  }

  async #open(tenant: Tenant): Promise<void> {
    const options = {
      ...this.#options,
      onPublished: () => {
        this.#onPublished(tenant.id)
        this.#wakeTargets()
      },
      clockJump: this.#clockJump,
    }
    const lane = new TenantLane(this.#issuer, tenant, this.#log.child({ tenant: tenant.id }), options)
    this.#lanes.set(tenant.id, lane)
    await lane.run()
  }

  isCurrent(): boolean {
    return [...this.#lanes.values()].every((lane) => lane.isCurrent())
  }

  targets(): readonly TargetState[] {
    return this.#targets.map((target) => target.state())
  }

  /** Stops the timers and publishes what is still unpublished. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#unsubscribe()
    clearInterval(this.#timer)
    await this.#meeting
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()))
    await Promise.all(this.#targets.map((target) => target.close()))
  }
}
