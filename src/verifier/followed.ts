import type { AuthoritySync } from './authority-sync.ts'
import type { AuthorityTrust } from './authority-trust.ts'
import type { ConfiguredTrust } from './configured-trust.ts'
import type { Places } from './places.ts'
import type { StatusPush } from './status-push.ts'
import type { SyncState } from './sync-state.ts'

/** An authority as it is configured now, and what is held of it. */
export interface Followed {
  readonly trust: AuthorityTrust
  readonly configured: ConfiguredTrust
  readonly sync: AuthoritySync
  readonly places: Places
  /** Absent where heads are only looked for. */
  readonly push: StatusPush | undefined
}

/** What `verifier.status()` says of it. */
export function stateOf({ sync, push }: Followed): SyncState {
  return push === undefined ? sync.state : { ...sync.state, isPushed: push.isOpen }
}

/** Whether status is signed by the same and lies in the same places: then it is the same authority to us. */
export function isSame({ pinned }: ConfiguredTrust, next: ConfiguredTrust | undefined): boolean {
  return next !== undefined && JSON.stringify(pinned) === JSON.stringify(next.pinned)
}
