import type { JsonObject } from '../../../core/json.ts'
import type { AuditEntry, Id, WriteContext } from '../../../issuer/ports.ts'
import { AUDIT_GENESIS, hashAuditEntry } from '../audit-chain.ts'
import type { Database } from './database.ts'
import { integer, json, present, text } from './row.ts'
import type { WriteSession } from './session.ts'

/** What happened, to be told by the audit trail. */
export interface Deed {
  /** Verb of the lifecycle: `delegation.issue`. */
  readonly action: string
  readonly target: string
  readonly ownerId?: Id | undefined
  readonly agentId?: Id | undefined
  readonly details?: JsonObject
  /** Whether a status bit changed, so that something is to be published. */
  readonly changesStatus?: boolean
}

/** Appends the entry, in the transaction of what it tells, and notes what is to be published (spec 08). */
export function record(session: WriteSession, deed: Deed, context: WriteContext): void {
  const { db } = session
  const entry = entryOf(db, deed, context)
  const hash = hashAuditEntry(entry)
  db.run(
    'INSERT INTO audit (tenant_id, seq, entry, hash) VALUES (?, ?, ?, ?)',
    entry.tenant,
    entry.seq,
    JSON.stringify(entry),
    hash,
  )
  if (deed.changesStatus !== true) return
  db.run('INSERT INTO outbox (tenant_id, seq) VALUES (?, ?)', entry.tenant, entry.seq)
  session.changed.add(entry.tenant)
}

export function auditEntryOf(row: Parameters<typeof text>[0]): AuditEntry {
  return { ...json<Omit<AuditEntry, 'hash'>>(row, 'entry'), hash: text(row, 'hash') }
}

function entryOf(db: Database, deed: Deed, context: WriteContext): Omit<AuditEntry, 'hash'> {
  const { tenant, did, role } = context.principal
  const last = db.get('SELECT seq, hash FROM audit WHERE tenant_id = ? ORDER BY seq DESC LIMIT 1', tenant)
  const { ownerId, agentId } = deed
  return {
    tenant,
    seq: last === undefined ? 1 : integer(last, 'seq') + 1,
    at: context.at,
    actor: did,
    role,
    action: deed.action,
    target: deed.target,
    ...present({ ownerId, agentId, traceparent: context.traceparent }),
    ...(agentId === undefined ? {} : modeOf(db, tenant, agentId)),
    ...environmentOf(db, tenant, ownerId),
    requestId: context.requestId,
    details: deed.details ?? {},
    prev: last === undefined ? AUDIT_GENESIS : text(last, 'hash'),
  }
}

function modeOf(db: Database, tenant: string, agentId: Id): Pick<AuditEntry, 'mode'> {
  const row = db.get('SELECT mode FROM agents WHERE tenant_id = ? AND agent_id = ?', tenant, agentId)
  return row === undefined ? {} : { mode: row.mode === 'autonomous' ? 'autonomous' : 'delegated' }
}

function environmentOf(
  db: Database,
  tenant: string,
  ownerId: Id | undefined,
): Pick<AuditEntry, 'environment'> {
  const row =
    ownerId === undefined
      ? db.get('SELECT environment FROM tenants WHERE tenant_id = ?', tenant)
      : db.get('SELECT environment FROM owners WHERE tenant_id = ? AND owner_id = ?', tenant, ownerId)
  return row === undefined ? {} : { environment: text(row, 'environment') }
}
