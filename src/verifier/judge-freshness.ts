import type { ParsedChain } from '../model/chain.ts'
import { accept, type Verdict } from '../refusal.ts'
import { FRESHNESS_SECONDS } from '../status/freshness.ts'
import type { StatusView } from '../status/status-view.ts'
import { freshStatus } from './chain-status.ts'
import type { StatusSync } from './status-sync.ts'
import type { StatusSummary } from './verdict.ts'

/** The status that a decision rests on. */
export interface BelievedStatus {
  /** Signed time of the oldest list used, in milliseconds since 1970. */
  readonly asOf: number
  readonly view: StatusView
  readonly source: StatusSummary['source']
}

/**
 * Step 10: every link's status must be known and fresh enough, by what is held; or else, but for what is critical, by what
 * agents brought beside.
 *
 * @param now Milliseconds since 1970. @param maxAgeSeconds Age that the policy allows for the action.
 */
export function judgeFreshness(
  chain: ParsedChain,
  sync: StatusSync,
  now: number,
  maxAgeSeconds: number,
): Verdict<BelievedStatus> {
  const authority = chain[0].credential.issuer
  const view = sync.viewOf(authority)
  const held = freshStatus(chain, view, now, maxAgeSeconds)
  if (held.verified) return accept({ asOf: held.value, view, source: 'head' })
  // A list that is not held may be new: look soon, and refuse until then.
  if (held.refusal.code === 'status_unavailable') sync.nudge(authority)
  if (maxAgeSeconds <= FRESHNESS_SECONDS.critical) return held
  const all = sync.allOf(authority)
  const status = freshStatus(chain, all, now, maxAgeSeconds)
  return status.verified ? accept({ asOf: status.value, view: all, source: 'staple' }) : status
}
