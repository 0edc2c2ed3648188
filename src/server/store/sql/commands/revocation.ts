import type { IssuedCredential, StatusPosition } from '../../../../issuer/issued-credential.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { Agent, AssertedLink, Id } from '../../../../issuer/records.ts'
import { record } from '../audit-log.ts'
import { cascade } from '../cascade.ts'
import { findAgent, findDelegation, findLeaseHolder } from '../queries.ts'
import { done, found, refuseWrite, replay, type WriteSession } from '../session.ts'
import { readBit, setBits } from '../status-bits.ts'
import { endedUnder, mendBits } from './mending.ts'
import { liveRunLineAt } from './run-line.ts'
import { closeLine, wholeLine } from './succession.ts'

/**
 * One delegation and nothing else (L2), with all credentials that are, were or would be it; what stands below fails with it in
 * every chain. Like all revocations, done again it sets a bit that somebody has cleared past the service.
 */
export async function revokeDelegation(
  session: WriteSession,
  id: string,
  reason: string,
  context: WriteContext,
): Promise<Written<IssuedCredential>> {
  const { tenant } = context.principal
  const delegation = found(await findDelegation(session.db, tenant, id))
  const isOpen = delegation.succession === 'open'
  const line = await wholeLine(session.db, tenant, id)
  const live = line.filter(({ state }) => state !== 'revoked')
  const positions = line.map(({ position }) => position)
  const { ownerId, agentId } = delegation
  if (live.length === 0 && !isOpen) {
    await mendBits(
      session,
      positions,
      { purpose: 'revocation', target: id, ownerId, agentId, reason },
      context,
    )
    return replay(delegation)
  }
  await closeLine(session.db, tenant, id)
  const sql = "UPDATE credentials SET state = 'revoked' WHERE tenant_id = ? AND id = ?"
  for (const member of live) await session.db.run(sql, tenant, member.id)
  await setBits(session.db, tenant, 'revocation', positions)
  const others = live.map((member) => member.id).filter((member) => member !== id)
  const details = others.length === 0 ? { reason } : { reason, others }
  const deed = { action: 'delegation.revoke', target: id, ownerId, agentId, details }
  await record(session, { ...deed, changesStatus: true }, context)
  return done({ ...delegation, state: 'revoked', succession: 'closed' })
}

export async function revokeAgent(
  session: WriteSession,
  id: Id,
  reason: string,
  context: WriteContext,
): Promise<Written<Agent>> {
  const { tenant } = context.principal
  const agent = found(await findAgent(session.db, tenant, id))
  if (agent.state === 'revoked') {
    const mending = {
      purpose: 'revocation',
      target: id,
      ownerId: agent.ownerId,
      agentId: id,
      reason,
    } as const
    await mendBits(session, endedUnder(session.db, tenant, 'agent_id', id), mending, context)
    return replay(agent)
  }
  const { report, digest } = await cascade(session, tenant, { ownerId: agent.ownerId, agentId: id })
  const { cascadeId, delegations, runs } = report
  const details = { reason, cascade: cascadeId, delegations, runs, digest }
  const deed = { action: 'agent.revoke', target: id, ownerId: agent.ownerId, agentId: id, details }
  await record(session, { ...deed, changesStatus: true }, context)
  return done({ ...agent, state: 'revoked' })
}

/** Ends whoever holds a leased index, registered or not; a registered run with all credentials that it had. */
export async function revokeLease(
  session: WriteSession,
  position: StatusPosition,
  {
    reason,
    leasedTo,
    shown,
  }: { readonly reason: string; readonly leasedTo?: Id; readonly shown?: AssertedLink },
  context: WriteContext,
): Promise<Written<StatusPosition>> {
  const { db, allocator } = session
  const { tenant } = context.principal
  const holder = found(await findLeaseHolder(db, allocator, tenant, position))
  if (leasedTo !== undefined && holder.agentId !== leasedTo) {
    refuseWrite({ code: 'not_allowed', reason: 'not_your_lease' })
  }
  if (await readBit(db, tenant, 'revocation', position)) return replay(position)
  const runs = await liveRunLineAt(db, tenant, position)
  await setBits(db, tenant, 'revocation', [position, ...runs.map((run) => run.position)])
  const sql = "UPDATE runs SET state = 'revoked' WHERE tenant_id = ? AND id = ?"
  for (const { id } of runs) await db.run(sql, tenant, id)
  const { ownerId, agentId } = holder
  const target = `${position.list}/${position.index}`
  const details = {
    reason,
    delegation: holder.id,
    ...(runs.length > 0 && { runs: runs.map(({ id }) => id) }),
    ...(shown !== undefined && { shown: { ...shown } }),
  }
  const deed = { action: 'lease.revoke', target, ownerId, agentId, details }
  const seq = await record(session, { ...deed, changesStatus: true }, context)
  const told = 'INSERT INTO lease_revocations (tenant_id, delegation_id, seq) VALUES (?, ?, ?)'
  await db.run(told, tenant, holder.id, seq)
  return done(position)
}
