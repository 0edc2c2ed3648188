import type { StatusAlarm } from '../status/alarm.ts'

/** Something that someone must look at. */
export type VerifierAlarm =
  | StatusAlarm
  /** The authority signs heads too seldom for the policy: status will be too old from time to time. */
  | { readonly kind: 'freshness_unenforceable'; readonly authority: string; readonly message: string }
