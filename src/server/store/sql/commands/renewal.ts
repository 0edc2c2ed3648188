import type { IssuedCredential, RenewalPlan } from '../../../../issuer/issued-credential.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import { MAX_LEASED_INDEXES } from '../../../../model/status-list-entry.ts'
import { assertMayGrow, assertMayLease, findStanding } from '../eligibility.ts'
import { findCredential } from '../queries.ts'
import { done, found, refuseWrite, type WriteSession } from '../session.ts'
import { insertAllocation, recordStep } from './issuing.ts'
import { assertOwnTenant } from './registry.ts'

/** Takes a block for further leased indexes before the command begins. */
export async function reserveForRenewal(
  session: WriteSession,
  input: RenewalPlan,
  context: WriteContext,
): Promise<void> {
  if (input.tenant !== context.principal.tenant || input.leaseSize > MAX_LEASED_INDEXES) return
  const credential = await findCredential(session.db, input.tenant, input.id)
  const more = input.leaseSize - (credential?.lease.length ?? input.leaseSize)
  if (credential !== undefined && more > 0) {
    await session.allocator.reserveIn(input.tenant, credential.position.list, more)
  }
}

/**
 * Keeps id and index. The lease grows within the list of the index; when that list is used up, it stays as it is.
 * The present texts stay valid until the renewed one is recorded.
 */
export async function planRenewal(
  session: WriteSession,
  input: RenewalPlan,
  context: WriteContext,
): Promise<Written<IssuedCredential>> {
  assertOwnTenant(input.tenant, context)
  const { db } = session
  const credential = found(await findCredential(db, input.tenant, input.id))
  if (credential.state === 'revoked') refuseWrite({ code: 'conflict', reason: 'delegation_ended' })
  const standing = found(await findStanding(db, input.tenant, credential.ownerId, credential.agentId))
  assertMayGrow(standing)
  if (credential.validUntil !== input.previousValidUntil || credential.endsAt !== undefined) {
    refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
  }
  const size = Math.max(input.leaseSize, credential.lease.length)
  // What is live and keeps its lease goes on, however much its owner's agents lease; what had expired counts anew.
  if (size > credential.lease.length || credential.validUntil <= context.at)
    await assertMayLease(session, standing, { size, insteadOf: input.id }, context)
  const lease = await growLease(session, credential, input.leaseSize)
  await setTimes(session, credential, input)
  const { validFrom, validUntil } = input
  const planned = { ...credential, forms: {}, lease, validFrom, validUntil }
  await recordStep(session, { credential: planned, standing, step: 'plan_renewal' }, context)
  return done(planned)
}

async function growLease(
  session: WriteSession,
  credential: IssuedCredential,
  size: number,
): Promise<readonly number[]> {
  const { tenant, id, position, lease } = credential
  const more = size - lease.length
  if (more <= 0 || !session.allocator.holds(tenant, position.list, more)) return lease
  const allocation = session.allocator.takeIn(tenant, position.list, more)
  await insertAllocation(session, tenant, id, { ...allocation, leasedFrom: allocation.first })
  const grown = [...lease, ...allocation.indexes]
  await session.db.run(
    'UPDATE credentials SET lease = ?, lease_count = ? WHERE tenant_id = ? AND id = ?',
    JSON.stringify(grown),
    grown.length,
    tenant,
    id,
  )
  return grown
}

/** What was never signed simply gets other times. */
async function setTimes(
  { db }: WriteSession,
  { state }: IssuedCredential,
  input: RenewalPlan,
): Promise<void> {
  const columns =
    state === 'planned' ? 'valid_from = ?, valid_until = ?' : 'pending_from = ?, pending_until = ?'
  await db.run(
    `UPDATE credentials SET ${columns} WHERE tenant_id = ? AND id = ?`,
    input.validFrom,
    input.validUntil,
    input.tenant,
    input.id,
  )
}
