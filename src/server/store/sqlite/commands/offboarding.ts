import type { CascadeReport, Id, Owner, WriteContext, Written } from '../../../../issuer/ports.ts'
import { record } from '../audit-log.ts'
import { cascade } from '../cascade.ts'
import { findOwner } from '../queries.ts'
import { integer, text } from '../row.ts'
import { done, found, replay, type WriteSession } from '../session.ts'
import { destroyOwnerKey } from './keys.ts'

/**
 * The owner is gone, and with the owner everything that stood on the owner: one transaction, so there is no moment
 * in which an agent acts without an owner (I13, I14). Leased indexes that nobody registered fail with the owner's bit.
 */
export function offboardOwner(
  session: WriteSession,
  id: Id,
  reason: string,
  context: WriteContext,
): Written<CascadeReport> {
  const { tenant } = context.principal
  const owner = found(findOwner(session.db, tenant, id))
  if (owner.state === 'offboarded') return replay(reportOf(session, owner))
  const { cascadeId, delegations, runs, digest } = cascade(session, tenant, { kind: 'owner', id })
  const report = { cascadeId, ownerId: id, agents: endOwner(session, owner, cascadeId), delegations, runs }
  destroyOwnerKey(session, tenant, owner.did)
  insertReport(session, tenant, report)
  const details = { reason, cascade: cascadeId, agents: report.agents, delegations, runs, digest }
  record(
    session,
    { action: 'owner.offboard', target: id, ownerId: id, details, changesStatus: true },
    context,
  )
  return done(report)
}

/** @returns How many agents ended with the owner. */
function endOwner({ db }: WriteSession, { tenant, id }: Owner, cascadeId: Id): number {
  db.run(
    `UPDATE owners SET state = 'offboarded', version = version + 1, cascade_id = ?
     WHERE tenant_id = ? AND owner_id = ?`,
    cascadeId,
    tenant,
    id,
  )
  return db.run(
    `UPDATE agents SET state = 'revoked', cascade_id = ?
     WHERE tenant_id = ? AND owner_id = ? AND state = 'active'`,
    cascadeId,
    tenant,
    id,
  )
}

function insertReport({ db }: WriteSession, tenant: string, report: CascadeReport): void {
  db.run(
    'INSERT INTO cascades (tenant_id, cascade_id, owner_id, agents, delegations, runs) VALUES (?, ?, ?, ?, ?, ?)',
    tenant,
    report.cascadeId,
    report.ownerId,
    report.agents,
    report.delegations,
    report.runs,
  )
}

function reportOf({ db }: WriteSession, { tenant, id }: Owner): CascadeReport {
  const sql = 'SELECT * FROM cascades WHERE tenant_id = ? AND owner_id = ?'
  const row = db.get(sql, tenant, id) ?? {}
  return {
    cascadeId: text(row, 'cascade_id'),
    ownerId: id,
    agents: integer(row, 'agents'),
    delegations: integer(row, 'delegations'),
    runs: integer(row, 'runs'),
  }
}
