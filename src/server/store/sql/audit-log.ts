import type { JsonObject } from '../../../core/json.ts'
import type { Page, Paged, WriteContext } from '../../../issuer/ports.ts'
import type { AuditEntry, Id } from '../../../issuer/records.ts'
import { AUDIT_BEGINNING, type AuditPosition, hashAuditEntry } from '../audit-chain.ts'
import type { Database, Row } from './database.ts'
import { findStanding, type Standing } from './eligibility.ts'
import { clausesOf, limitOf, paged } from './paging.ts'
import { integer, json, present, text } from './row.ts'
import type { WriteSession } from './session.ts'

/** What happened, to be told by the audit trail. */
export interface Deed {
  /** Verb of the lifecycle: `delegation.issue`. */
  readonly action: string
  readonly target: string
  readonly ownerId?: Id | undefined
  readonly agentId?: Id | undefined
  /** Of owner and agent, where the command has read it; otherwise it is looked up. */
  readonly standing?: Standing
  readonly details?: JsonObject
  /** Whether a status bit changed, so that something is to be published. */
  readonly changesStatus?: boolean
}

/**
 * Appends the entry, in the transaction of what it tells, and notes what is to be published (spec 08).
 *
 * @returns Its number.
 */
export async function record(session: WriteSession, deed: Deed, context: WriteContext): Promise<number> {
  const { db, trail } = session
  const { tenant } = context.principal
  const last = trail.get(tenant) ?? (await readLast(db, tenant))
  const entry = await entryOf(db, deed, context, last)
  const hash = hashAuditEntry(entry)
  trail.set(tenant, { seq: entry.seq, hash })
  await db.run(
    'INSERT INTO audit (tenant_id, seq, owner_id, agent_id, entry, hash) VALUES (?, ?, ?, ?, ?, ?)',
    tenant,
    entry.seq,
    deed.ownerId ?? null,
    deed.agentId ?? null,
    JSON.stringify(entry),
    hash,
  )
  if (deed.changesStatus !== true) return entry.seq
  await db.run('INSERT INTO outbox (tenant_id, seq) VALUES (?, ?)', tenant, entry.seq)
  session.changed.add(tenant)
  return entry.seq
}

/** In the order of the chain, without those whose text was removed; the cursor is the last `seq`. */
export async function readAudit(
  db: Database,
  tenant: string,
  filter: { agentId?: Id; ownerId?: Id },
  page: Page,
): Promise<Paged<AuditEntry>> {
  const limit = limitOf(page)
  const { clauses, values } = clausesOf({ owner_id: filter.ownerId, agent_id: filter.agentId })
  const where = ['tenant_id = ?', 'seq > ?', "entry <> ''", ...clauses].join(' AND ')
  const sql = `SELECT entry, hash FROM audit WHERE ${where} ORDER BY seq LIMIT ?`
  const read = (await db.all(sql, tenant, seqAfter(page), ...values, limit + 1)).map(auditEntryOf)
  return paged(read, limit, (entry) => String(entry.seq))
}

/** A cursor that is no number of an entry begins at the beginning. */
function seqAfter({ after }: Page): number {
  const seq = Number(after)
  return Number.isSafeInteger(seq) ? seq : 0
}

export function auditEntryOf(row: Row): AuditEntry {
  return { ...json<Omit<AuditEntry, 'hash'>>(row, 'entry'), hash: text(row, 'hash') }
}

async function readLast(db: Database, tenant: string): Promise<AuditPosition> {
  const last = await db.get(
    'SELECT seq, hash FROM audit WHERE tenant_id = ? ORDER BY seq DESC LIMIT 1',
    tenant,
  )
  return last === undefined ? AUDIT_BEGINNING : { seq: integer(last, 'seq'), hash: text(last, 'hash') }
}

async function entryOf(
  db: Database,
  deed: Deed,
  { principal, at, requestId, traceparent }: WriteContext,
  last: AuditPosition,
): Promise<Omit<AuditEntry, 'hash'>> {
  const { action, target, ownerId, agentId, details = {} } = deed
  const circumstances = await circumstancesOf(db, principal.tenant, deed)
  return {
    tenant: principal.tenant,
    seq: last.seq + 1,
    at,
    actor: principal.did,
    role: principal.role,
    action,
    target,
    ...present({ ownerId, agentId, traceparent, ...circumstances }),
    requestId,
    details,
    prev: last.hash,
  }
}

/** In which environment it was done, and in which mode the agent acts (A1, A3). */
async function circumstancesOf(
  db: Database,
  tenant: string,
  deed: Deed,
): Promise<Pick<AuditEntry, 'mode' | 'environment'>> {
  const { ownerId, agentId } = deed
  if (ownerId === undefined) {
    const row = await db.get('SELECT environment FROM tenants WHERE tenant_id = ?', tenant)
    return row === undefined ? {} : { environment: text(row, 'environment') }
  }
  const standing =
    deed.standing ??
    (await findStanding(db, tenant, ownerId, agentId)) ??
    // Something that an agent had of an owner before.
    (await findStanding(db, tenant, ownerId))
  return present({ mode: standing?.agent?.mode, environment: standing?.owner.environment })
}
