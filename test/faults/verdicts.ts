import type { FsckCode } from '../../src/server/fsck/finding.ts'
import { reportOn } from '../server/store/oracle.ts'
import type { Counts, Invariant } from './counts.ts'
import { acknowledged, type Line, lost } from './store-load.ts'

/** Which promise a finding of `procura fsck` breaks. */
const BROKEN: Readonly<Record<FsckCode, Invariant>> = {
  database_damaged: 'INV2',
  schema_changed: 'conduct',
  tenant_incomplete: 'INV2',
  keys_closed: 'conduct',
  index_given_twice: 'INV1',
  index_not_given: 'INV1',
  revocation_missing: 'INV3',
  revocation_unfounded: 'INV5',
  suspension_missing: 'INV3',
  suspension_unfounded: 'INV5',
  outlives_owner: 'INV3',
  audit_broken: 'INV5',
  state_untold: 'INV5',
  principal_untold: 'INV5',
  head_invalid: 'INV6',
  list_invalid: 'INV6',
  list_differs: 'INV6',
}

/** Counts what `procura fsck` finds. @param database As {@link reportOn} takes it. */
export async function countFindings(
  counts: Counts,
  database: string,
  env?: Readonly<Record<string, string>>,
): Promise<void> {
  const { findings, count } = await reportOn(database, env)
  counts.add('fsck findings', count)
  for (const { code, subject, detail } of findings)
    counts.violate(BROKEN[code], `${code}: ${subject}: ${detail}`)
}

/** Counts what processes of the store acknowledged. */
export function countAcknowledged(counts: Counts, lines: readonly Line[]): void {
  counts.add('changes acknowledged', acknowledged(lines))
  counts.add('of these revocations', lines.filter(isRevocation).length)
}

/** Counts what a process of the store acknowledged and the file does not have. */
export async function countLost(counts: Counts, file: string, lines: readonly Line[]): Promise<void> {
  const gone = await lost(file, lines)
  counts.add('lost', gone.length)
  for (const { what, id } of gone) counts.violate(ENDS.has(what) ? 'INV3' : 'INV2', `${what} ${id} is lost`)
}

/** Whether a line says that something was revoked. */
export function isRevocation({ what }: Line): boolean {
  return ENDS.has(what)
}

/** Lines of the store's process that say that something was revoked. */
const ENDS: ReadonlySet<string> = new Set(['revoke', 'end', 'complete', 'agent-end', 'offboard', 'lease'])
