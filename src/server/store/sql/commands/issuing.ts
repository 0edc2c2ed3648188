import type { CredentialPlan, IssuedCredential } from '../../../../issuer/issued-credential.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { Mechanism } from '../../../../model/chain.ts'
import { MAX_LEASED_INDEXES } from '../../../../model/status-list-entry.ts'
import type { Allocation } from '../allocator.ts'
import { record } from '../audit-log.ts'
import { assertMayGrow, assertMayLease, findStanding, type Standing } from '../eligibility.ts'
import { createdBefore, rememberCreated } from '../idempotency.ts'
import { findCredential, findOwnerCredential } from '../queries.ts'
import { present } from '../row.ts'
import { done, found, refuseWrite, replay, type WriteSession } from '../session.ts'
import { assertOwnTenant } from './registry.ts'
import { plannedSuccessor } from './succession.ts'

/** Takes a block for the index and the lease before the command that needs them begins. */
export async function reserveForPlan(
  session: WriteSession,
  input: CredentialPlan,
  context: WriteContext,
): Promise<void> {
  const { tenant, kind, leaseSize } = input
  if (tenant !== context.principal.tenant || leaseSize > MAX_LEASED_INDEXES) return
  if (session.allocator.isUnlocked(tenant)) await session.allocator.reserve(tenant, kind, 1 + leaseSize)
}

export async function planCredential(
  session: WriteSession,
  input: CredentialPlan,
  context: WriteContext,
): Promise<Written<IssuedCredential>> {
  const { tenant, id, kind, ownerId } = input
  assertOwnTenant(tenant, context)
  const before = await createdBefore(session, 'planCredential', context)
  if (before !== undefined) return replay(found(await findCredential(session.db, tenant, before)))
  const standing = await standingOfPlan(session, input)
  assertMayGrow(standing)
  if (standing.owner.version !== input.ownerVersion) {
    refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
  }
  const held =
    kind === 'owner'
      ? await findOwnerCredential(session.db, tenant, ownerId)
      : await plannedSuccessor(session, input)
  if (held !== undefined) return replay(held)
  const lease = { size: input.leaseSize, insteadOf: input.predecessorId }
  await assertMayLease(session, standing, lease, context)
  const credential = await insertPlan(session, input, context)
  await rememberCreated(session, 'planCredential', id, context)
  await recordStep(session, { credential, standing, step: 'plan' }, context)
  return done(credential)
}

/** The owner, or the agent with its owner; an agent of another owner is as good as unknown. */
async function standingOfPlan(
  { db }: WriteSession,
  { kind, tenant, ownerId, agentId }: CredentialPlan,
): Promise<Standing> {
  return found(await findStanding(db, tenant, ownerId, kind === 'owner' ? undefined : (agentId ?? '')))
}

async function insertPlan(
  session: WriteSession,
  input: CredentialPlan,
  context: WriteContext,
): Promise<IssuedCredential> {
  const { tenant, id, kind, ownerId, terms, validFrom, validUntil } = input
  const allocation = await session.allocator.take(tenant, kind, 1 + input.leaseSize)
  const [index = 0, ...lease] = allocation.indexes
  const credential: IssuedCredential = {
    tenant,
    id,
    kind,
    ownerId,
    ...present({ agentId: kind === 'agent' ? input.agentId : undefined }),
    state: 'planned',
    suspended: false,
    forms: {},
    ownerVersion: input.ownerVersion,
    ...present({ predecessorId: input.predecessorId }),
    position: { list: allocation.list, index },
    lease,
    terms,
    validFrom,
    validUntil,
    createdAt: context.at,
  }
  await insertCredential(session, credential)
  await takePosition(session, tenant, { list: allocation.list, index, holderId: id })
  await insertAllocation(session, tenant, id, { ...allocation, leasedFrom: allocation.first + 1 })
  return credential
}

async function insertCredential({ db }: WriteSession, credential: IssuedCredential): Promise<void> {
  const { tenant, id, position, lease } = credential
  await db.run(
    `INSERT INTO credentials (tenant_id, id, kind, owner_id, agent_id, list, idx, lease, lease_count,
       valid_from, valid_until, owner_version, predecessor_id, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    tenant,
    id,
    credential.kind,
    credential.ownerId,
    credential.agentId ?? null,
    position.list,
    position.index,
    JSON.stringify(lease),
    lease.length,
    credential.validFrom,
    credential.validUntil,
    credential.ownerVersion,
    credential.predecessorId ?? null,
    credential.createdAt,
  )
  const documents = 'INSERT INTO credential_documents (tenant_id, id, terms) VALUES (?, ?, ?)'
  await db.run(documents, tenant, id, JSON.stringify(credential.terms))
}

/** The backstop of allocation: an index has at most one holder, whatever gave it. */
export async function takePosition(
  { db }: WriteSession,
  tenant: string,
  { list, index, holderId }: { readonly list: number; readonly index: number; readonly holderId: string },
): Promise<void> {
  const sql = 'INSERT INTO positions (tenant_id, list, idx, holder_id) VALUES (?, ?, ?, ?)'
  await db.run(sql, tenant, list, index, holderId)
}

export async function insertAllocation(
  { db }: WriteSession,
  tenant: string,
  credentialId: string,
  { list, first, indexes, leasedFrom }: Allocation & { readonly leasedFrom: number },
): Promise<void> {
  await db.run(
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

export type SigningStep = 'issue' | 'renew' | 'secure'

export interface Step {
  readonly credential: IssuedCredential
  readonly standing: Standing
  readonly step: 'plan' | 'plan_renewal' | SigningStep
  readonly mechanism?: Mechanism
}

/** Audits a step of issuing: `delegation.plan`, `owner_credential.renew` … */
export async function recordStep(
  session: WriteSession,
  { credential, standing, step, mechanism }: Step,
  context: WriteContext,
): Promise<void> {
  const { kind, id, ownerId, agentId, position, lease, validFrom, validUntil } = credential
  const action = `${kind === 'owner' ? 'owner_credential' : 'delegation'}.${step}`
  const { list, index } = position
  const times = { validFrom, validUntil, ...present({ mechanism }) }
  const details = { list, index, leased: lease.length, ...times }
  await record(session, { action, target: id, ownerId, agentId, standing, details }, context)
}
