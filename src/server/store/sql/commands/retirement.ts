import type { JsonObject } from '../../../../core/json.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { AuditEntry, Id } from '../../../../issuer/records.ts'
import { auditEntryOf, record } from '../audit-log.ts'
import type { Database } from '../database.ts'
import { findAgent } from '../queries.ts'
import { done, found, refuseWrite, type WriteSession } from '../session.ts'

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

/** The newest; within a text, the quotes that are looked for would be escaped. */
export async function readRetirement(db: Database, tenant: string, id: Id): Promise<AuditEntry | undefined> {
  const row = await db.get(
    `SELECT entry, hash FROM audit WHERE tenant_id = ? AND agent_id = ? AND entry LIKE '%"action":"agent.retire"%'
     ORDER BY seq DESC LIMIT 1`,
    tenant,
    id,
  )
  return row && auditEntryOf(row)
}
