import type { AgentChanges } from '../../../../issuer/agent-store.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { Agent, Id } from '../../../../issuer/records.ts'
import { record } from '../audit-log.ts'
import { findAgent } from '../queries.ts'
import { done, found, refuseWrite, replay, type WriteSession } from '../session.ts'

export async function updateAgent(
  session: WriteSession,
  id: Id,
  changes: AgentChanges,
  context: WriteContext,
): Promise<Written<Agent>> {
  const { tenant } = context.principal
  const agent = found(await findAgent(session.db, tenant, id))
  if (agent.state === 'revoked') refuseWrite({ code: 'conflict', reason: 'agent_ended' })
  const updated: Agent = { ...agent, ...changes }
  const details = differences(agent, updated)
  if (Object.keys(details).length === 0) return replay(agent)
  const sql = 'UPDATE agents SET name = ?, purpose = ?, software = ? WHERE tenant_id = ? AND agent_id = ?'
  const software = updated.software === undefined ? null : JSON.stringify(updated.software)
  await session.db.run(sql, updated.name, updated.purpose, software, tenant, id)
  const deed = { action: 'agent.update', target: id, ownerId: agent.ownerId, agentId: id }
  await record(session, { ...deed, details }, context)
  return done(updated)
}

/** What changed, as it was and as it is: `{ software: { from?, to } }`. */
function differences(before: Agent, after: Agent) {
  const members = ['name', 'purpose', 'software'] as const
  const changed = members.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
  return Object.fromEntries(
    changed.map((name) => [name, { ...(before[name] && { from: before[name] }), to: after[name] ?? '' }]),
  )
}
