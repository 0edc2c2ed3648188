import type { ReleaseFault } from '../../issuer/check-release.ts'

/**
 * What can be wrong with a target (docs/operations.md "Alarms"). Stable, public API. `target_lags`: it shows no head of the last three
 * heartbeats; `list_lapsing`: a list that it shows ends soon, and with it every credential in it; the others: see `ReleaseFault`.
 */
export const TARGET_ALARMS = [
  'target_ahead',
  'target_forked',
  'target_key_unknown',
  'target_foreign',
  'check_failed',
  'target_lags',
  'list_lapsing',
] as const

/** One of {@link TARGET_ALARMS}. */
export type TargetAlarm = (typeof TARGET_ALARMS)[number]

/** For the log: what it means, and what to do. */
export const ALARM_SENTENCES: Readonly<Record<TargetAlarm | ReleaseFault, string>> = {
  target_ahead:
    'the target shows a newer status than the registry has: the registry is an old copy; nothing is written (docs/operations.md "Alarms")',
  target_forked:
    'the target shows another status of the same number: two registries sign with one key; nothing is written (docs/operations.md "Alarms")',
  target_key_unknown:
    'the target shows a status by a key of ours that the registry never had: the registry is an old copy, or somebody else writes there; nothing is written (docs/operations.md "Alarms")',
  target_foreign:
    'the target shows the status of another issuer; nothing is written: give this service a directory or prefix of its own',
  check_failed: 'what would be published does not check; nothing is written: run "procura fsck"',
  target_lags: 'the target does not show the newest status; what fails is in the lines before',
  list_lapsing: 'a list that the target shows ends soon, and every credential in it is refused from then on',
}
