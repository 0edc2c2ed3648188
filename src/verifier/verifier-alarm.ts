import type { StatusAlarm } from '../status/alarm.ts'

/** Something that someone must look at. */
export type VerifierAlarm =
  | StatusAlarm
  /** A store threw, took too long, or answered what its port does not have; requests that needed it were refused. */
  | { readonly kind: 'store_failed'; readonly store: 'replay' | 'usage' | 'chains'; readonly cause: unknown }
  /** The authority signs heads too seldom for the policy: status will be too old from time to time. */
  | { readonly kind: 'freshness_unenforceable'; readonly authority: string; readonly message: string }
