import type { SyncFailure } from './sync-failure.ts'

/** What a verifier holds of one authority's status. Times are milliseconds since 1970. */
export interface SyncState {
  readonly authority: string
  /** Signed time of the newest accepted head; absent until one was accepted. */
  readonly asOf?: number
  readonly heartbeatSeconds?: number
  readonly lists: number
  /** When the last look at the head succeeded, with every list that it commits to. */
  readonly syncedAt?: number
  /** Why the last look did not. */
  readonly failure?: SyncFailure
}
