import { FRESHNESS_SECONDS, HEAD_CACHE_SECONDS, smallestEnforceableFreshness } from '../status/freshness.ts'
import type { Policy } from './policy.ts'
import type { SyncState } from './sync-state.ts'

/** What is wrong when an authority signs its heads too seldom for a policy; `undefined` when it does not. */
export function unenforceable(
  { authority, heartbeatSeconds }: SyncState,
  policy: Policy,
): string | undefined {
  if (heartbeatSeconds === undefined) return undefined
  const wanted = Math.min(...[...policy.freshness.values()].map((tier) => FRESHNESS_SECONDS[tier]))
  const possible = smallestEnforceableFreshness({
    heartbeatSeconds,
    cacheAgeSeconds: HEAD_CACHE_SECONDS,
    pollSeconds: policy.pollSeconds,
  })
  if (possible <= wanted) return undefined
  return `${authority} signs its head every ${heartbeatSeconds} s, so status can be ${possible} s old, but the policy asks for ${wanted} s; use a laxer tier or a shorter heartbeat`
}
