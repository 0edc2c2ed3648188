import { formatDateTime } from '../../../../core/date-time.ts'
import type { WriteContext } from '../../../../issuer/ports.ts'
import { record } from '../audit-log.ts'
import { readAuditCheckpoint } from '../audit-tree.ts'
import type { Database } from '../database.ts'
import { integer, json, optionalInteger } from '../row.ts'
import type { WriteSession } from '../session.ts'

/** Texts that go in one transaction: some milliseconds, which other writes wait for. */
const STEP = 2_000

/** See `AuditStore.removeAuditTexts`. */
export async function removeAuditTexts(
  session: WriteSession,
  before: number,
  context: WriteContext,
): Promise<number> {
  const { db, trail } = session
  const { tenant } = context.principal
  const held = await readAuditCheckpoint(db, tenant)
  const first = await readRemovedUpTo(db, tenant)
  const until = await lastOlder(db, tenant, { first, end: (held?.size ?? 0) - 1, before })
  if (until === first) return 0
  const details = { from: first + 1, until, before: formatDateTime(before) }
  await record(session, { action: 'audit.remove', target: tenant, details }, context)
  const removal = 'INSERT INTO audit_removals (tenant_id, last_seq, told_by) VALUES (?, ?, ?)'
  await db.run(removal, tenant, until, trail.get(tenant)?.seq ?? 0)
  await db.run(
    `UPDATE audit SET entry = '', owner_id = NULL, agent_id = NULL
     WHERE tenant_id = ? AND seq > ? AND seq <= ?`,
    tenant,
    first,
    until,
  )
  session.destroyedKey = true
  return until - first
}

async function readRemovedUpTo(db: Database, tenant: string): Promise<number> {
  const sql = 'SELECT max(last_seq) AS last_seq FROM audit_removals WHERE tenant_id = ?'
  return optionalInteger((await db.get(sql, tenant)) ?? { last_seq: null }, 'last_seq') ?? 0
}

/** The last of those that are all older, so that texts go in the order in which they came. */
async function lastOlder(
  db: Database,
  tenant: string,
  { first, end, before }: { readonly first: number; readonly end: number; readonly before: number },
): Promise<number> {
  const sql = 'SELECT seq, entry FROM audit WHERE tenant_id = ? AND seq > ? AND seq <= ? ORDER BY seq'
  let last = first
  for (const row of await db.all(sql, tenant, first, Math.min(end, first + STEP))) {
    if (json<{ readonly at: number }>(row, 'entry').at >= before) break
    last = integer(row, 'seq')
  }
  return last
}
