import { formatDateTime } from '../../../../core/date-time.ts'
import type { WriteContext } from '../../../../issuer/ports.ts'
import { record } from '../audit-log.ts'
import { readAuditCheckpoint } from '../audit-tree.ts'
import type { Database } from '../database.ts'
import { integer, json, optionalInteger } from '../row.ts'
import type { WriteSession } from '../session.ts'

/** Texts that go in one transaction: some milliseconds, which other writes wait for. */
const STEP = 2_000

/** See `AuditStore.announceRemoval`. */
export async function announceRemoval(
  session: WriteSession,
  before: number,
  context: WriteContext,
): Promise<number> {
  const { db, trail } = session
  const { tenant } = context.principal
  const held = await readAuditCheckpoint(db, tenant)
  const first = await readAnnouncedUpTo(db, tenant)
  const until = await lastOlder(db, tenant, { first, end: (held?.size ?? 0) - 1, before })
  if (until === first) return 0
  const details = { from: first + 1, until, before: formatDateTime(before) }
  await record(session, { action: 'audit.remove', target: tenant, details }, context)
  const removal = 'INSERT INTO audit_removals (tenant_id, last_seq, told_by) VALUES (?, ?, ?)'
  await db.run(removal, tenant, until, trail.get(tenant)?.seq ?? 0)
  return until - first
}

/** See `AuditStore.removeAuditTexts`. Of one entry that tells of it at a time. */
export async function removeAuditTexts(session: WriteSession, tenant: string): Promise<number> {
  const { db } = session
  const held = await readAuditCheckpoint(db, tenant)
  const next = await db.get(
    `SELECT r.last_seq FROM audit_removals AS r
     JOIN audit AS a ON a.tenant_id = r.tenant_id AND a.seq = r.last_seq
     WHERE r.tenant_id = ? AND r.told_by <= ? AND a.entry <> '' ORDER BY r.last_seq LIMIT 1`,
    tenant,
    held?.size ?? 0,
  )
  if (next === undefined) return 0
  const until = integer(next, 'last_seq')
  const first = await readAnnouncedUpTo(db, tenant, until)
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

/** The last entry of which it was told that its text goes; with `below`, of those before that one. */
async function readAnnouncedUpTo(
  db: Database,
  tenant: string,
  below: number = Number.MAX_SAFE_INTEGER,
): Promise<number> {
  const sql = 'SELECT max(last_seq) AS last_seq FROM audit_removals WHERE tenant_id = ? AND last_seq < ?'
  return optionalInteger((await db.get(sql, tenant, below)) ?? { last_seq: null }, 'last_seq') ?? 0
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
