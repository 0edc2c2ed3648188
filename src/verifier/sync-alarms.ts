import type { SyncState } from './sync-state.ts'
import type { VerifierAlarm } from './verifier-alarm.ts'

/**
 * Tells once that an authority's status cannot be had any more, or not be believed, and once that it can again; not at
 * each look. A head that is older than the one held is neither: a cache may be the cause, and the next look may go past it.
 */
export class SyncAlarms {
  readonly #tell: (alarm: VerifierAlarm) => void
  readonly #failing = new Set<string>()

  constructor(tell: (alarm: VerifierAlarm) => void) {
    this.#tell = tell
  }

  /** Reads how a look at an authority's head ended. */
  read({ authority, failure }: SyncState): void {
    if (failure?.code === 'status_rollback' || this.#failing.has(authority) === (failure !== undefined))
      return
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
