import { member } from '../../../../core/json.ts'
import type { StatusPosition } from '../../../../issuer/issued-credential.ts'
import type { Run } from '../../../../issuer/records.ts'
import type { Database } from '../database.ts'
import { findHolds, findLine, findRunAt, findRunLine } from '../queries.ts'
import { refuseWrite, type WriteSession } from '../session.ts'

/** The live credentials of a run (docs/spec/08-lifecycle.md "Live children"): what is done to one is done to all. */
export async function liveRunLine(db: Database, run: Run): Promise<readonly Run[]> {
  const line = run.kind === 'Run' ? await findRunLine(db, run) : [run]
  return line.filter(({ state }) => state === 'active')
}

/** The live credentials of the run that has this index; none where nothing is registered. */
export async function liveRunLineAt(
  db: Database,
  tenant: string,
  position: StatusPosition,
): Promise<readonly Run[]> {
  const run = await findRunAt(db, tenant, position)
  return run === undefined ? [] : await liveRunLine(db, run)
}

/**
 * The credential whose place another one of the same run takes; `undefined` for a run that is new. It names the run by the id of
 * its first credential, and stands under the same delegation. What ended or is held does not go on under another index.
 */
export async function runInPlace({ db }: WriteSession, run: Run): Promise<string | undefined> {
  const line = await findRunLine(db, run)
  const newest = line.find(({ id }) => !line.some(({ predecessorId }) => predecessorId === id))
  if (newest === undefined) return undefined
  const isFirst = ({ id, predecessorId }: Run) =>
    predecessorId === undefined && id === member(run.lineage, 'run')
  if (!line.some(isFirst) || !(await isUnderSame(db, newest, run)))
    refuseWrite({ code: 'conflict', reason: 'did_in_use' })
  if (!line.every(({ state }) => state === 'active')) refuseWrite({ code: 'conflict', reason: 'run_ended' })
  for (const { position } of line) {
    const holds = await findHolds(db, run.tenant, { kind: 'lease', position })
    if (holds.length > 0) refuseWrite({ code: 'conflict', reason: 'delegation_suspended' })
  }
  return newest.id
}

async function isUnderSame(db: Database, before: Run, after: Run): Promise<boolean> {
  return (await findLine(db, after.tenant, after.delegationId)).includes(before.delegationId)
}
