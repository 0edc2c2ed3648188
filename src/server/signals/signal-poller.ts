import { withEach } from '../../core/in-turns.ts'
import { isAnothersTurn } from '../../issuer/publishing-turn.ts'
import type { Id, Tenant } from '../../issuer/records.ts'
import type { Transmitter } from '../../issuer/signal-store.ts'
import { type PollParts, TransmitterLane } from './transmitter-lane.ts'

/** How often it is looked whether a transmitter is to be asked, in milliseconds. */
const LOOK_MS = 1_000

/** Fetches the events of transmitters that do not bring them, for the tenants whose turn this process has: a lane for each, so that none waits for another. */
export class SignalPoller {
  readonly #parts: PollParts
  readonly #ending = new AbortController()
  readonly #lanes = new Map<Id, TransmitterLane>()
  readonly #running = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined

  constructor(parts: Omit<PollParts, 'signal'>) {
    this.#parts = { ...parts, signal: this.#ending.signal }
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined
      })
    }, LOOK_MS)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#ending.abort()
    await this.#looking
    await Promise.all(this.#running)
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { issuer, log } = this.#parts
    try {
      const known = new Set<Id>()
      await withEach(await issuer.store.tenants(), (tenant) => this.#serve(tenant, known))
      this.#forgetOthers(known)
    } catch (err) {
      if (!issuer.store.isAway()) log.warn({ err }, 'it could not be seen which transmitters are to be asked')
    }
  }

  /** @param known Its transmitters are added. */
  async #serve(tenant: Tenant, known: Set<Id>): Promise<void> {
    const { issuer } = this.#parts
    const transmitters = await issuer.store.transmitters(tenant.id)
    for (const { id } of transmitters) known.add(id)
    const polled = transmitters.filter(isPolled)
    if (polled.length === 0 || (await isAnothersTurn(issuer, tenant))) return
    for (const transmitter of polled) this.#run(transmitter)
  }

  /** What was removed leaves nothing behind. */
  #forgetOthers(known: ReadonlySet<Id>): void {
    this.#parts.receiver.forgetOthers(known)
    for (const [id, lane] of this.#lanes) if (!known.has(id) && lane.end()) this.#lanes.delete(id)
  }

  /** In the background: one that does not answer holds up nobody else. */
  #run(transmitter: Transmitter & { readonly pollUrl: string }): void {
    if (this.#ending.signal.aborted) return
    const lane = this.#lanes.get(transmitter.id) ?? new TransmitterLane(this.#parts)
    this.#lanes.set(transmitter.id, lane)
    const running = lane.run(transmitter).finally(() => this.#running.delete(running))
    this.#running.add(running)
  }
}

function isPolled<T extends Transmitter>(transmitter: T): transmitter is T & { readonly pollUrl: string } {
  return transmitter.pollUrl !== undefined
}
