import type { Clock } from '../../core/clock.ts'
import { LruMap } from '../../core/lru-map.ts'
import type { Principal } from '../../issuer/records.ts'
import type { ApiError } from '../api-error.ts'
import { WRITES_PER_PRINCIPAL, WRITES_PER_TENANT } from '../limits.ts'
import { rateLimited } from './rate-limited.ts'

/** A window begins with the first write of whoever is counted, and lasts so long, in milliseconds. */
const WINDOW_MS = 60_000

/** Most principals, and tenants, whose writes are counted; those who have not written for longest are forgotten. */
const MAX_COUNTED = 100_000

/** Requests within a minute that change something. */
export interface WriteLimits {
  readonly perPrincipal: number
  readonly perTenant: number
}

/** They end what went astray: a tenant that its own agents keep busy must not keep them out. */
const NEVER_CROWDED_OUT: ReadonlySet<string> = new Set(['admin', 'revoker'])

interface Window {
  readonly since: number
  readonly count: number
}

/**
 * Counts what each principal and each tenant changes, each by itself: nobody uses up what another one has. In memory, so each
 * process counts for itself.
 */
export class WriteLimiter {
  readonly #limits: WriteLimits
  readonly #clock: Clock
  readonly #principals = new LruMap<string, Window>({ maxWeight: MAX_COUNTED })
  readonly #tenants = new LruMap<string, Window>({ maxWeight: MAX_COUNTED })

  /** @param limits Default: those of `limits.ts`. */
  constructor(limits: Partial<WriteLimits> | undefined, clock: Clock) {
    this.#limits = { perPrincipal: WRITES_PER_PRINCIPAL, perTenant: WRITES_PER_TENANT, ...limits }
    this.#clock = clock
  }

  /**
   * Counts writes, one if nothing is said.
   *
   * @throws {ApiError} `rate_limited` with the seconds to wait, and counts nothing.
   */
  take({ tenant, did, role }: Principal, writes = 1): void {
    const now = this.#clock()
    const own = openWindow(this.#principals.get(did), now)
    const all = openWindow(this.#tenants.get(tenant), now)
    const { perPrincipal, perTenant } = this.#limits
    if (own.count + writes > perPrincipal) throw limited(own, now, 'changes by this caller')
    if (all.count + writes > perTenant && !NEVER_CROWDED_OUT.has(role))
      throw limited(all, now, 'changes in this tenant')
    this.#principals.set(did, { ...own, count: own.count + writes })
    this.#tenants.set(tenant, { ...all, count: all.count + writes })
  }
}

function openWindow(window: Window | undefined, now: number): Window {
  const isOpen = window !== undefined && now >= window.since && now < window.since + WINDOW_MS
  return isOpen ? window : { since: now, count: 0 }
}

function limited({ since }: Window, now: number, what: string): ApiError {
  return rateLimited(since + WINDOW_MS - now, what)
}
