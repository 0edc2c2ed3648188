import type { Verdict } from '../refusal.ts'
import type { Head } from '../status/head.ts'
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
  /** What each place showed: that of the trust entry, then its mirrors. Absent until one was looked at. */
  readonly places?: readonly PlaceState[]
}

/** What there is after a look. @param found The newest head accepted, if any, and how many lists are held, now. */
export function stateAfter(
  { failure: _, ...before }: SyncState,
  outcome: Verdict<void>,
  found: { readonly head: Head | undefined; readonly lists: number; readonly now: number },
): SyncState {
  const { head, lists, now } = found
  return {
    ...before,
    lists,
    ...(head === undefined ? {} : { asOf: head.iatMs, heartbeatSeconds: head.heartbeat }),
    ...(outcome.verified ? { syncedAt: now } : { failure: failureOf(outcome) }),
  }
}
