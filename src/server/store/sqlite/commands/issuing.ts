import type {
  Agent,
  CredentialPlan,
  IssuedCredential,
  SignedCredential,
  WriteContext,
  Written,
} from '../../../../issuer/ports.ts'
import { MAX_LEASED_INDEXES } from '../../../../model/status-list-entry.ts'
import type { Allocation } from '../allocator.ts'
import { record } from '../audit-log.ts'
import { assertLeaseQuota, assertMayGrow } from '../eligibility.ts'
import { createdBefore, rememberCreated } from '../idempotency.ts'
import { findAgent, findCredential, findOwner, findOwnerCredential } from '../queries.ts'
import { optionalInteger } from '../row.ts'
import { done, found, refuseWrite, replay, type WriteSession } from '../session.ts'
import { assertOwnTenant } from './registry.ts'

/** Takes a block for the index and the lease before the command that needs them begins. */
export function reserveForPlan(session: WriteSession, input: CredentialPlan, context: WriteContext): void {
  const known = session.db.get('SELECT 1 FROM tenants WHERE tenant_id = ?', input.tenant) !== undefined
  if (!known || input.tenant !== context.principal.tenant || input.leaseSize > MAX_LEASED_INDEXES) return
  session.allocator.reserve(input.tenant, input.kind, 1 + input.leaseSize)
}

export function planCredential(
  session: WriteSession,
  input: CredentialPlan,
  context: WriteContext,
): Written<IssuedCredential> {
  const { tenant, id, ownerId } = input
  assertOwnTenant(tenant, context)
  const before = createdBefore(session, 'planCredential', context)
  if (before !== undefined) return replay(found(findCredential(session.db, tenant, before)))
  const owner = found(findOwner(session.db, tenant, ownerId))
  const agent = agentOfPlan(session, input)
  assertMayGrow(owner, agent)
  if (owner.version !== input.ownerVersion) refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
  const present = input.kind === 'owner' ? findOwnerCredential(session.db, tenant, ownerId) : undefined
  if (present !== undefined) return replay(present)
  assertLease(session, agent, input.leaseSize, context)
  insertPlan(session, input, context)
  rememberCreated(session, 'planCredential', id, context)
  const credential = found(findCredential(session.db, tenant, id))
  recordOn(session, credential, 'plan', context)
  return done(credential)
}

function agentOfPlan(
  { db }: WriteSession,
  { kind, tenant, agentId, ownerId }: CredentialPlan,
): Agent | undefined {
  if (kind === 'owner') return undefined
  const agent = found(findAgent(db, tenant, agentId ?? ''))
  if (agent.ownerId !== ownerId) refuseWrite({ code: 'not_found' })
  return agent
}

/** Refuses a lease that no credential may hold, or that the agent's quota does not allow. */
export function assertLease(
  session: WriteSession,
  agent: Agent | undefined,
  more: number,
  { at }: WriteContext,
): void {
  if (more > MAX_LEASED_INDEXES) refuseWrite({ code: 'quota_exceeded', limit: MAX_LEASED_INDEXES })
  if (agent !== undefined) assertLeaseQuota(session, agent, more, at)
}

function insertPlan(session: WriteSession, input: CredentialPlan, context: WriteContext): void {
  const { db, allocator } = session
  const { tenant, id, kind } = input
  const allocation = allocator.take(tenant, kind, 1 + input.leaseSize)
  const [index = 0, ...lease] = allocation.indexes
  db.run(
    `INSERT INTO credentials (tenant_id, id, kind, owner_id, agent_id, list, idx, lease, lease_count,
       valid_from, valid_until, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    tenant,
    id,
    kind,
    input.ownerId,
    kind === 'agent' ? (input.agentId ?? null) : null,
    allocation.list,
    index,
    JSON.stringify(lease),
    lease.length,
    input.validFrom,
    input.validUntil,
    context.at,
  )
  const documents = 'INSERT INTO credential_documents (tenant_id, id, terms) VALUES (?, ?, ?)'
  db.run(documents, tenant, id, JSON.stringify(input.terms))
  takePosition(session, tenant, { list: allocation.list, index, holderId: id })
  insertAllocation(session, tenant, id, { ...allocation, leasedFrom: allocation.first + 1 })
}

/** The backstop of allocation: an index has at most one holder, whatever gave it. */
export function takePosition(
  { db }: WriteSession,
  tenant: string,
  { list, index, holderId }: { readonly list: number; readonly index: number; readonly holderId: string },
): void {
  const sql = 'INSERT INTO positions (tenant_id, list, idx, holder_id) VALUES (?, ?, ?, ?)'
  db.run(sql, tenant, list, index, holderId)
}

export function insertAllocation(
  { db }: WriteSession,
  tenant: string,
  credentialId: string,
  { list, first, indexes, leasedFrom }: Allocation & { readonly leasedFrom: number },
): void {
  db.run(
    `INSERT INTO allocations (tenant_id, list, first, count, leased_from, credential_id)
     VALUES (?, ?, ?, ?, ?, ?)`,
    tenant,
    list,
    first,
    indexes.length,
    leasedFrom,
    credentialId,
  )
}

export function recordCredential(
  session: WriteSession,
  input: SignedCredential,
  context: WriteContext,
): Written<IssuedCredential> {
  assertOwnTenant(input.tenant, context)
  const { db } = session
  const credential = found(findCredential(db, input.tenant, input.id))
  const stage = stageOf(session, credential, input)
  if (stage === 'recorded') return replay(credential)
  const agent = credential.agentId === undefined ? undefined : findAgent(db, input.tenant, credential.agentId)
  assertMayGrow(found(findOwner(db, input.tenant, credential.ownerId)), agent)
  activate(session, input)
  const recorded = found(findCredential(db, input.tenant, input.id))
  recordOn(session, recorded, stage, context)
  return done(recorded)
}

/** What recording this text would do: finish an issuance, finish a renewal, or nothing new. */
function stageOf(
  { db }: WriteSession,
  { state, validUntil }: IssuedCredential,
  input: SignedCredential,
): 'issue' | 'renew' | 'recorded' {
  if (state === 'revoked') refuseWrite({ code: 'conflict', reason: 'delegation_ended' })
  const sql = 'SELECT pending_until FROM credentials WHERE tenant_id = ? AND id = ?'
  const pending = optionalInteger(db.get(sql, input.tenant, input.id) ?? {}, 'pending_until')
  if (state === 'active' && pending === input.validUntil) return 'renew'
  if (validUntil !== input.validUntil) refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
  return state === 'planned' ? 'issue' : 'recorded'
}

function activate({ db }: WriteSession, { tenant, id, jwt }: SignedCredential): void {
  db.run('UPDATE credential_documents SET jwt = ? WHERE tenant_id = ? AND id = ?', jwt, tenant, id)
  db.run(
    `UPDATE credentials SET state = 'active', valid_from = coalesce(pending_from, valid_from),
       valid_until = coalesce(pending_until, valid_until), pending_from = NULL, pending_until = NULL
     WHERE tenant_id = ? AND id = ?`,
    tenant,
    id,
  )
}

/** Audits a step of issuing: `delegation.plan`, `owner_credential.renew` … */
export function recordOn(
  session: WriteSession,
  credential: IssuedCredential,
  step: 'plan' | 'issue' | 'plan_renewal' | 'renew',
  context: WriteContext,
): void {
  const { kind, id, ownerId, agentId, position, lease, validFrom, validUntil } = credential
  const action = `${kind === 'owner' ? 'owner_credential' : 'delegation'}.${step}`
  const details = { list: position.list, index: position.index, leased: lease.length, validFrom, validUntil }
  record(session, { action, target: id, ownerId, agentId, details }, context)
}
