import type { Enrolment, EnrolmentStore, NewEnrolment } from '../../../../issuer/enrolment-store.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { Id } from '../../../../issuer/records.ts'
import { isDid } from '../../../../model/did.ts'
import { record } from '../audit-log.ts'
import { assertMayGrow, findStanding } from '../eligibility.ts'
import { enrolmentOf, SELECT_ENROLMENT } from '../enrolments.ts'
import { claimDid, findPrincipal } from '../identities.ts'
import { findAgent } from '../queries.ts'
import { optionalText, present } from '../row.ts'
import { done, found, refuseWrite, replay, type WriteSession } from '../session.ts'
import { assertOwnTenant, insertAgent } from './registry.ts'

type Redeemed = Awaited<ReturnType<EnrolmentStore['redeemEnrolment']>>

export async function createEnrolment(
  session: WriteSession,
  { ticketDigest, ...input }: NewEnrolment,
  context: WriteContext,
): Promise<Written<Enrolment>> {
  const { tenant, id, agent, delegation, expiresAt } = input
  assertOwnTenant(tenant, context)
  assertMayGrow(found(await findStanding(session.db, tenant, agent.ownerId)))
  const createdBy = context.principal.did
  await session.db.run(
    `INSERT INTO enrolments (tenant_id, enrolment_id, ticket_digest, owner_id, agent, delegation, created_by, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    tenant,
    id,
    ticketDigest,
    agent.ownerId,
    JSON.stringify(agent),
    delegation === undefined ? null : JSON.stringify(delegation),
    createdBy,
    expiresAt,
  )
  const about = {
    ownerId: agent.ownerId,
    details: { agent: agent.id, ...present({ delegation }), expiresAt },
  }
  await record(session, { action: 'enrolment.create', target: id, ...about }, context)
  return done({ ...input, createdBy })
}

export async function redeemEnrolment(
  session: WriteSession,
  ticketDigest: string,
  context: WriteContext,
): Promise<Redeemed> {
  const { db } = session
  const { tenant, did } = context.principal
  const sql = 'SELECT * FROM enrolments WHERE tenant_id = ? AND ticket_digest = ?'
  const row = found(await db.get(sql, tenant, ticketDigest))
  const enrolment = enrolmentOf(row)
  const redeemedBy = optionalText(row, 'redeemed_by')
  if (enrolment.expiresAt <= context.at || row.withdrawn_by !== null) refuseWrite({ code: 'not_found' })
  if (redeemedBy !== undefined && redeemedBy !== did) refuseWrite({ code: 'not_found' })
  await assertStillAllowed(session, enrolment)
  if (redeemedBy === did) {
    const agent = found(await findAgent(db, tenant, enrolment.agent.id))
    // Another owner's by now: that one has not invited it on these terms.
    if (agent.ownerId !== enrolment.agent.ownerId) refuseWrite({ code: 'not_found' })
    return replay({ enrolment, agent })
  }
  await admit(session, enrolment, context)
  return done({ enrolment, agent: found(await findAgent(db, tenant, enrolment.agent.id)) })
}

/** Who lost the right to make agents of this owner has made none with a ticket that still goes round. */
async function assertStillAllowed({ db }: WriteSession, enrolment: Enrolment): Promise<void> {
  const { tenant, agent, createdBy } = enrolment
  const maker = await findPrincipal(db, createdBy)
  const isAllowed =
    maker?.tenant === tenant &&
    (maker.role === 'admin' || (maker.role === 'owner' && maker.ownerId === agent.ownerId))
  if (!isAllowed) refuseWrite({ code: 'not_found' })
}

async function admit(session: WriteSession, enrolment: Enrolment, context: WriteContext): Promise<void> {
  const { tenant, id: enrolmentId, agent, createdBy } = enrolment
  const { did } = context.principal
  const { id, ownerId } = agent
  if (!isDid(did)) refuseWrite({ code: 'not_found' })
  assertMayGrow(found(await findStanding(session.db, tenant, ownerId)))
  await insertAgent(session, { ...agent, tenant, did }, context)
  await claimDid(session, { tenant, did, role: 'agent', ownerId, agentId: id })
  const used = await session.db.run(
    `UPDATE enrolments SET redeemed_by = ? WHERE tenant_id = ? AND enrolment_id = ? AND redeemed_by IS NULL`,
    did,
    tenant,
    enrolmentId,
  )
  if (used !== 1) refuseWrite({ code: 'not_found' })
  const details = { did, enrolment: enrolmentId, invitedBy: createdBy }
  await record(session, { action: 'agent.enrol', target: id, ownerId, agentId: id, details }, context)
}

export async function withdrawEnrolment(
  session: WriteSession,
  id: Id,
  reason: string,
  context: WriteContext,
): Promise<Written<Enrolment>> {
  const { did, tenant } = context.principal
  const row = found(await session.db.get(SELECT_ENROLMENT, tenant, id))
  const enrolment = enrolmentOf(row)
  if (row.redeemed_by !== null) refuseWrite({ code: 'conflict', reason: 'ticket_used' })
  if (row.withdrawn_by !== null) return replay(enrolment)
  await session.db.run(
    'UPDATE enrolments SET withdrawn_by = ? WHERE tenant_id = ? AND enrolment_id = ?',
    did,
    tenant,
    id,
  )
  const { agent } = enrolment
  const about = { ownerId: agent.ownerId, details: { agent: agent.id, reason } }
  await record(session, { action: 'enrolment.withdraw', target: id, ...about }, context)
  return done(enrolment)
}
