import type { StatusAlarm } from '../status/alarm.ts'
import type { SyncFailure } from './sync-failure.ts'

/** Something that someone must look at. */
export type VerifierAlarm =
  | StatusAlarm
  /** A store threw, took too long, or answered what its port does not have; requests that needed it were refused. */
  | {
      readonly kind: 'store_failed'
      readonly store: 'replay' | 'usage' | 'chains' | 'status'
      readonly cause: unknown
    }
  /** What the option `statusStore` had of this authority is broken, or of somebody else. It is left aside: the verifier begins anew. */
  | { readonly kind: 'kept_status_refused'; readonly authority: string; readonly failure: SyncFailure }
  /** The authority signs heads too seldom for the policy: status will be too old from time to time. */
  | { readonly kind: 'freshness_unenforceable'; readonly authority: string; readonly message: string }
  /**
   * What this authority's status says cannot be had any more, not be believed, or stands still (`status_stale`); what is held
   * ages, and then its chains are refused. Told on the change, also when the first look fails, and not with each look. The failure names the
   * document and the cause, and holds nothing that a log must not.
   */
  | { readonly kind: 'status_failing'; readonly authority: string; readonly failure: SyncFailure }
  /** It can again. */
  | { readonly kind: 'status_restored'; readonly authority: string }
