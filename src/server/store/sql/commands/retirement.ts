import type { JsonObject } from '../../../../core/json.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { AuditEntry, Id } from '../../../../issuer/records.ts'
import { auditEntryOf, record } from '../audit-log.ts'
import type { Database } from '../database.ts'
import { findAgent } from '../queries.ts'
import { present } from '../row.ts'
import { done, found, refuseWrite, replay, type WriteSession } from '../session.ts'

/** Only of what has ended there is something to tell. */
export async function recordRetirement(
  session: WriteSession,
  id: Id,
  details: JsonObject,
  context: WriteContext,
): Promise<Written<AuditEntry>> {
  const { tenant } = context.principal
  const { ownerId, state } = found(await findAgent(session.db, tenant, id))
  if (state !== 'revoked') refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
  await record(session, { action: 'agent.retire', target: id, ownerId, agentId: id, details }, context)
  return done(found(await readRetirement(session.db, tenant, id)))
}

/** The owner has seen the evidence and agrees (D4); the entry names it by number and hash. Done once. */
export async function signOffRetirement(
  session: WriteSession,
  id: Id,
  note: string | undefined,
  context: WriteContext,
): Promise<Written<AuditEntry>> {
  const { tenant } = context.principal
  const evidence = found(await readRetirement(session.db, tenant, id))
  if (evidence.details.verified !== true) refuseWrite({ code: 'conflict', reason: 'retirement_unverified' })
  const before = await readSignOff(session.db, tenant, id, evidence.seq)
  if (before !== undefined) return replay(before)
  const { seq, hash, ownerId } = evidence
  const details = { evidence: { seq, hash }, ...present({ note }) }
  await record(session, { action: 'agent.sign_off', target: id, ownerId, agentId: id, details }, context)
  return done(found(await readSignOff(session.db, tenant, id, evidence.seq)))
}

export function readRetirement(db: Database, tenant: string, id: Id): Promise<AuditEntry | undefined> {
  return readNewest(db, tenant, id, { action: 'agent.retire' })
}

/** @param after Number of the evidence: nothing before it can be its sign-off, and the trail of an agent is long. */
export function readSignOff(
  db: Database,
  tenant: string,
  id: Id,
  after: number,
): Promise<AuditEntry | undefined> {
  return readNewest(db, tenant, id, { action: 'agent.sign_off', after })
}

/** The newest; within a text, the quotes that are looked for would be escaped. */
async function readNewest(
  db: Database,
  tenant: string,
  id: Id,
  { action, after = 0 }: { readonly action: string; readonly after?: number },
): Promise<AuditEntry | undefined> {
  const row = await db.get(
    `SELECT entry, hash FROM audit WHERE tenant_id = ? AND agent_id = ? AND seq > ? AND entry LIKE ?
     ORDER BY seq DESC LIMIT 1`,
    tenant,
    id,
    after,
    `%"action":"${action}"%`,
  )
  return row && auditEntryOf(row)
}
