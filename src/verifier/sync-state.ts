import type { Verdict } from '../refusal.ts'
import type { Head } from '../status/head.ts'
import type { StatusConflict } from './conflict-log.ts'
import type { PlaceState } from './place.ts'
import { failureOf, type SyncFailure } from './sync-failure.ts'

/** What a verifier holds of one authority's status. Times are milliseconds since 1970. */
export interface SyncState {
  readonly authority: string
  /** Signed time of the newest accepted head; absent until one was accepted. */
  readonly asOf?: number
  readonly heartbeatSeconds?: number
  readonly lists: number
  /** When the last look at the head succeeded, with every list that it commits to. */
  readonly syncedAt?: number
  /** Whether heads come by themselves at present, before the next look. Absent where nobody listens for them. */
  readonly isPushed?: boolean
  /** Why the last look did not. */
  readonly failure?: SyncFailure
  /** Where the newest head was found first: URL of a place, `push`, `bundle`, `staple`, or `kept` where it is from before the start. */
  readonly source?: string
  /** Evidence against who signs the status, oldest first; absent while there is none. */
  readonly conflicts?: readonly StatusConflict[]
  /** What each place showed: that of the trust entry, then its mirrors. Absent until one was looked at. */
  readonly places?: readonly PlaceState[]
}

/** What is held after a look, and where it was found. */
interface FoundStatus {
  /** The newest accepted. */
  readonly head: Head | undefined
  readonly lists: number
  readonly now: number
  readonly source: string | undefined
  readonly conflicts: readonly StatusConflict[]
  readonly places: readonly PlaceState[] | undefined
}

/** What there is after a look. */
export function stateAfter(
  { failure: _, source: __, ...before }: SyncState,
  outcome: Verdict<void>,
  found: FoundStatus,
): SyncState {
  const { head, lists, now, source, conflicts, places } = found
  return {
    ...before,
    lists,
    ...(source === undefined ? {} : { source }),
    ...(conflicts.length === 0 ? {} : { conflicts }),
    ...(places === undefined ? {} : { places }),
    ...(head === undefined ? {} : { asOf: head.iatMs, heartbeatSeconds: head.heartbeat }),
    ...(outcome.verified ? { syncedAt: now } : { failure: failureOf(outcome) }),
  }
}
