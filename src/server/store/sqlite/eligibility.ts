import type { Agent, Owner } from '../../../issuer/ports.ts'
import { integer } from './row.ts'
import { refuseWrite, type WriteSession } from './session.ts'

/** Refuses when nothing may be issued, renewed, leased or registered under this owner. */
export function assertMayGrow(owner: Owner, agent?: Agent): void {
  if (owner.state === 'offboarded') refuseWrite({ code: 'conflict', reason: 'owner_offboarded' })
  if (agent?.state === 'revoked') refuseWrite({ code: 'conflict', reason: 'agent_ended' })
  if (owner.suspended) refuseWrite({ code: 'conflict', reason: 'owner_suspended' })
  if (agent?.suspended === true) refuseWrite({ code: 'conflict', reason: 'agent_suspended' })
}

/** Refuses when `more` leased indexes would take an agent above its quota. Expired delegations do not count. */
export function assertLeaseQuota(session: WriteSession, agent: Agent, more: number, at: number): void {
  const limit = session.leaseQuotaPerAgent
  if (more <= 0) return
  const row = session.db.get(
    `SELECT coalesce(sum(lease_count), 0) AS held FROM credentials
     WHERE tenant_id = ? AND agent_id = ? AND valid_until > ? AND lease_count > 0 AND state <> 'revoked'`,
    agent.tenant,
    agent.id,
    at,
  )
  if (integer(row ?? {}, 'held') + more > limit) refuseWrite({ code: 'quota_exceeded', limit })
}
