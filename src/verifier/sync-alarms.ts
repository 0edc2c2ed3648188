import { CLOCK_SKEW_MS } from '../core/clock.ts'
import { isFresh, LATE_HEARTBEATS } from '../status/freshness.ts'
import type { SyncFailure } from './sync-failure.ts'
import type { SyncState } from './sync-state.ts'
import type { VerifierAlarm } from './verifier-alarm.ts'

/** What can be had says nothing of now: nobody signs, or what is shown stands still. */
const STOOD_STILL: SyncFailure = { code: 'status_stale', dimension: 'heartbeat' }

/**
 * Tells once that an authority's status cannot be had any more, not be believed, or stands still, and once that all is
 * well again; not at each look. A head that is older than the one held is told only when that one is late as well: a cache
 * may be the cause, and the next look may go past it.
 */
export class SyncAlarms {
  readonly #tell: (alarm: VerifierAlarm) => void
  readonly #failing = new Set<string>()

  constructor(tell: (alarm: VerifierAlarm) => void) {
    this.#tell = tell
  }

  /** Reads how a look at an authority's head ended. @param now Milliseconds since 1970. */
  read(state: SyncState, now: number): void {
    const { authority } = state
    const isOlder = state.failure?.code === 'status_rollback'
    if (isOlder && !isLate(state, now)) return
    const failure = state.failure ?? (isLate(state, now) ? STOOD_STILL : undefined)
    if (this.#failing.has(authority) === (failure !== undefined)) return
    if (failure === undefined) {
      this.#failing.delete(authority)
      this.#tell({ kind: 'status_restored', authority })
    } else {
      this.#failing.add(authority)
      this.#tell({ kind: 'status_failing', authority, failure })
    }
  }

  /** The authority is trusted no more, or is another one under the same name. */
  forget(authority: string): void {
    this.#failing.delete(authority)
  }
}

/** Later than three heartbeats and the clocks explain. */
function isLate({ asOf, heartbeatSeconds }: SyncState, now: number): boolean {
  if (asOf === undefined || heartbeatSeconds === undefined) return false
  return !isFresh(asOf, now - CLOCK_SKEW_MS, heartbeatSeconds * LATE_HEARTBEATS)
}
