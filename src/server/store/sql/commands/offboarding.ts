import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { CascadeReport, Id } from '../../../../issuer/records.ts'
import { record } from '../audit-log.ts'
import { cascade, findReport } from '../cascade.ts'
import { findOwner } from '../queries.ts'
import { done, found, replay, type WriteSession } from '../session.ts'
import { destroyOwnerKey } from './keys.ts'
import { endedUnder, mendBits } from './mending.ts'

/**
 * The owner is gone, and with the owner everything that stood on the owner: one transaction, so there is no moment
 * in which an agent acts without an owner (I13, I14). Leased indexes that nobody registered fail with the owner's bit.
 */
export async function offboardOwner(
  session: WriteSession,
  id: Id,
  reason: string,
  context: WriteContext,
): Promise<Written<CascadeReport>> {
  const { tenant } = context.principal
  const { did, state } = found(await findOwner(session.db, tenant, id))
  if (state === 'offboarded') {
    const mending = { purpose: 'revocation', target: id, ownerId: id, reason } as const
    await mendBits(session, endedUnder(session.db, tenant, 'owner_id', id), mending, context)
    return replay(found(await findReport(session.db, tenant, id)))
  }
  const sql = `UPDATE owners SET state = 'offboarded', version = version + 1 WHERE tenant_id = ? AND owner_id = ?`
  await session.db.run(sql, tenant, id)
  const { report, digest } = await cascade(session, tenant, { ownerId: id })
  await destroyOwnerKey(session, tenant, did)
  const { cascadeId, agents, delegations, runs } = report
  const details = { reason, cascade: cascadeId, agents, delegations, runs, digest }
  await record(
    session,
    { action: 'owner.offboard', target: id, ownerId: id, details, changesStatus: true },
    context,
  )
  return done(report)
}
