import type { WriteContext } from '../../../issuer/ports.ts'
import type { Agent, Id, Owner } from '../../../issuer/records.ts'
import type { Did } from '../../../model/did.ts'
import { MAX_LEASED_INDEXES } from '../../../model/status-list-entry.ts'
import type { Database } from './database.ts'
import { DAY_MS } from './records.ts'
import { integer, optionalText, text, word } from './row.ts'
import { refuseWrite, type WriteSession } from './session.ts'

/** How an owner and, where there is one, an agent of that owner stand: all that decides whether something may be issued. */
export interface Standing {
  readonly owner: Pick<Owner, 'id' | 'did' | 'state' | 'suspended' | 'version' | 'environment'>
  readonly agent?: Pick<Agent, 'id' | 'did' | 'state' | 'suspended' | 'mode'>
}

/** @returns `undefined` when the owner is unknown, or has no such agent. */
export async function findStanding(
  db: Database,
  tenant: string,
  ownerId: Id,
  agentId?: Id,
): Promise<Standing | undefined> {
  const row = await db.get(
    `SELECT o.state AS owner_state, o.did AS owner_did, o.version, o.environment, a.state AS agent_state, a.did AS agent_did, a.mode,
       EXISTS (SELECT 1 FROM holds AS h WHERE h.tenant_id = ?1 AND h.target_kind = 'owner' AND h.target_id = ?2)
         AS owner_held,
       EXISTS (SELECT 1 FROM holds AS h WHERE h.tenant_id = ?1 AND h.target_kind = 'agent' AND h.target_id = ?3)
         AS agent_held
     FROM owners AS o
     LEFT JOIN agents AS a ON a.tenant_id = ?1 AND a.agent_id = ?3 AND a.owner_id = ?2
     WHERE o.tenant_id = ?1 AND o.owner_id = ?2`,
    tenant,
    ownerId,
    agentId ?? null,
  )
  if (row === undefined || (agentId !== undefined && row.agent_state === null)) return undefined
  const owner = {
    id: ownerId,
    did: word<Did>(row, 'owner_did'),
    state: word<Owner['state']>(row, 'owner_state'),
    suspended: integer(row, 'owner_held') === 1,
    version: integer(row, 'version'),
    environment: text(row, 'environment'),
  }
  if (agentId === undefined) return { owner }
  const mode = optionalText(row, 'mode') === 'autonomous' ? 'autonomous' : 'delegated'
  const state = word<Agent['state']>(row, 'agent_state')
  return {
    owner,
    agent: {
      id: agentId,
      did: word<Did>(row, 'agent_did'),
      state,
      suspended: integer(row, 'agent_held') === 1,
      mode,
    },
  }
}

/** Refuses when nothing may be issued, renewed, leased or registered under this owner, or to this agent. */
export function assertMayGrow({ owner, agent }: Standing): void {
  if (owner.state === 'offboarded') refuseWrite({ code: 'conflict', reason: 'owner_offboarded' })
  if (agent?.state === 'revoked') refuseWrite({ code: 'conflict', reason: 'agent_ended' })
  if (owner.suspended) refuseWrite({ code: 'conflict', reason: 'owner_suspended' })
  if (agent?.suspended === true) refuseWrite({ code: 'conflict', reason: 'agent_suspended' })
}

/** Refuses whoever a hold stands on to change keys; those above them do it for them. */
export function assertMayChangeOwnKeys(
  { owner, agent }: Standing,
  { principal: { role } }: WriteContext,
): void {
  if (role !== 'owner' && role !== 'agent') return
  if (owner.suspended) refuseWrite({ code: 'conflict', reason: 'owner_suspended' })
  if (role === 'agent' && agent?.suspended === true)
    refuseWrite({ code: 'conflict', reason: 'agent_suspended' })
}

/**
 * Refuses `more` leased indexes when no credential may hold so many, or when they would take the agent above its
 * quota. Delegations that are revoked, have expired or are about to give way to another one do not count.
 */
export async function assertMayLease(
  session: WriteSession,
  agent: Standing['agent'],
  { more, predecessorId }: { readonly more: number; readonly predecessorId?: string },
  { at, principal: { tenant } }: WriteContext,
): Promise<void> {
  if (more > MAX_LEASED_INDEXES) refuseWrite({ code: 'quota_exceeded', limit: MAX_LEASED_INDEXES })
  if (agent === undefined || more <= 0) return
  const limit = session.leaseQuotaPerAgent
  const row = await session.db.get(
    `SELECT coalesce(sum(lease_count), 0) AS held FROM credentials
     WHERE tenant_id = ? AND agent_id = ? AND valid_until > ? AND lease_count > 0 AND state <> 'revoked'
       AND ends_at IS NULL AND id <> ?`,
    tenant,
    agent.id,
    at,
    predecessorId ?? '',
  )
  if (integer(row ?? {}, 'held') + more > limit) refuseWrite({ code: 'quota_exceeded', limit })
}

/** Times its quota that an agent may have leased anew within a day by changing its key itself: once an hour all of it, and some more. */
export const QUOTAS_PER_DAY = 32

/**
 * Refuses an agent that changes its own key so often that indexes would run out: each change burns those of the delegations before, which
 * the quota does not count. An owner or an admin who gives it another key is never refused.
 */
export async function assertMayRotateItself(
  { db, leaseQuotaPerAgent }: WriteSession,
  agentId: Id,
  { at, principal: { tenant, role } }: WriteContext,
): Promise<void> {
  if (role !== 'agent') return
  const limit = QUOTAS_PER_DAY * leaseQuotaPerAgent
  const row = await db.get(
    `SELECT coalesce(sum(lease_count + 1), 0) AS given FROM credentials
     WHERE tenant_id = ? AND agent_id = ? AND predecessor_id IS NOT NULL AND created_at > ?`,
    tenant,
    agentId,
    at - DAY_MS,
  )
  if (integer(row ?? {}, 'given') >= limit) refuseWrite({ code: 'quota_exceeded', limit })
}
