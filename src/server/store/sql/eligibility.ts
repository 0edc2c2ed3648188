import type { LeasedCount } from '../../../issuer/agent-store.ts'
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

/** What a delegation that is not granted yet would lease. */
interface LeaseAsked {
  readonly size: number
  /** The delegation that gives way to it, or is it itself, with the lease that it has. */
  readonly insteadOf: string | undefined
}

/** Refuses a lease of more indexes than a credential may hold, or that would take the agent, or its owner, above a quota. */
export async function assertMayLease(
  { db, quotas }: WriteSession,
  { owner, agent }: Standing,
  { size, insteadOf }: LeaseAsked,
  { at, principal: { tenant } }: WriteContext,
): Promise<void> {
  if (size > MAX_LEASED_INDEXES) refuseLease('delegation', MAX_LEASED_INDEXES)
  if (agent === undefined || size === 0) return
  const others = await countLeased(db, tenant, { ownerId: owner.id, agentId: agent.id, insteadOf, at })
  if (others.agent + size > quotas.leaseQuotaPerAgent) refuseLease('agent', quotas.leaseQuotaPerAgent)
  if (others.owner + size > quotas.leaseQuotaPerOwner) refuseLease('owner', quotas.leaseQuotaPerOwner)
}

function refuseLease(dimension: 'delegation' | 'agent' | 'owner', limit: number): never {
  return refuseWrite({ code: 'quota_exceeded', limit, dimension })
}

/**
 * Indexes that are leased to live delegations, of an agent and of all agents of its owner. Those that are revoked, have expired or are
 * about to give way to another one do not count; one whose renewal is not signed yet does.
 */
export async function countLeased(
  db: Database,
  tenant: string,
  asked: {
    readonly ownerId: Id
    readonly agentId: Id
    readonly insteadOf?: string | undefined
    readonly at: number
  },
): Promise<LeasedCount> {
  const row = await db.get(
    `SELECT coalesce(sum(lease_count), 0) AS of_owner,
       coalesce(sum(CASE WHEN agent_id = ? THEN lease_count ELSE 0 END), 0) AS of_agent
     FROM credentials
     WHERE tenant_id = ? AND owner_id = ?
       AND (CASE WHEN pending_until > valid_until THEN pending_until ELSE valid_until END) > ?
       AND lease_count > 0 AND state <> 'revoked' AND ends_at IS NULL AND id <> ?`,
    asked.agentId,
    tenant,
    asked.ownerId,
    asked.at,
    asked.insteadOf ?? '',
  )
  return { agent: integer(row ?? {}, 'of_agent'), owner: integer(row ?? {}, 'of_owner') }
}

/** Times its quota that an agent may have leased anew within a day by changing its key itself: once an hour all of it, and some more. */
export const QUOTAS_PER_DAY = 32

/**
 * Refuses an agent that changes its own key so often that indexes would run out: each change burns those of the delegations before, which
 * the quota does not count. An owner or an admin who gives it another key is never refused.
 */
export async function assertMayRotateItself(
  { db, quotas }: WriteSession,
  agentId: Id,
  { at, principal: { tenant, role } }: WriteContext,
): Promise<void> {
  if (role !== 'agent') return
  const limit = QUOTAS_PER_DAY * quotas.leaseQuotaPerAgent
  const row = await db.get(
    `SELECT coalesce(sum(lease_count + 1), 0) AS given FROM credentials
     WHERE tenant_id = ? AND agent_id = ? AND predecessor_id IS NOT NULL AND created_at > ?`,
    tenant,
    agentId,
    at - DAY_MS,
  )
  if (integer(row ?? {}, 'given') >= limit)
    refuseWrite({ code: 'quota_exceeded', limit, dimension: 'key_changes' })
}
