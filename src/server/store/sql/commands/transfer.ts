import type { AgentTransfer } from '../../../../issuer/agent-store.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { Id } from '../../../../issuer/records.ts'
import { record } from '../audit-log.ts'
import { cascade } from '../cascade.ts'
import { assertMayGrow, findStanding } from '../eligibility.ts'
import { findAgent } from '../queries.ts'
import { done, found, refuseWrite, type WriteSession } from '../session.ts'

/**
 * Everything that the agent has of its owner ends, then it is the other one's: in one transaction, so it never acts for two. Two
 * entries tell it, one in the trail of each owner. Holds on the agent stay.
 */
export async function transferAgent(
  session: WriteSession,
  id: Id,
  { to, reason }: { readonly to: Id; readonly reason: string },
  context: WriteContext,
): Promise<Written<AgentTransfer>> {
  const { db } = session
  const { tenant } = context.principal
  const agent = found(await findAgent(db, tenant, id))
  const from = agent.ownerId
  const standing = found(await findStanding(db, tenant, to))
  if (agent.state === 'revoked') refuseWrite({ code: 'conflict', reason: 'agent_ended' })
  if (from === to) refuseWrite({ code: 'conflict', reason: 'same_owner' })
  assertMayGrow(standing)
  const { report, digest } = await cascade(session, tenant, { ownerId: from, agentId: id, keepsAgent: true })
  await closeLines(session, tenant, id)
  const { cascadeId, delegations, runs } = report
  const deed = { target: id, agentId: id, changesStatus: true }
  const ended = { reason, to, cascade: cascadeId, delegations, runs, digest }
  await record(session, { ...deed, action: 'agent.release', ownerId: from, details: ended }, context)
  await db.run('UPDATE agents SET owner_id = ? WHERE tenant_id = ? AND agent_id = ?', to, tenant, id)
  await db.run('UPDATE identities SET owner_id = ? WHERE tenant_id = ? AND agent_id = ?', to, tenant, id)
  const details = { reason, from, cascade: cascadeId }
  await record(session, { ...deed, action: 'agent.transfer', ownerId: to, details }, context)
  return done({ agent: { ...agent, ownerId: to }, from, cascadeId, delegations, runs })
}

/** What was to get a successor under the agent's newest key gets none: it would be on the terms of the owner before, in the name of the new one. */
async function closeLines({ db }: WriteSession, tenant: string, agentId: Id): Promise<void> {
  const sql = `UPDATE credentials SET succession = 'closed' WHERE tenant_id = ? AND agent_id = ? AND succession = 'open'`
  await db.run(sql, tenant, agentId)
}
