import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { Agent, NewAgent, NewOwner, Owner } from '../../../../issuer/records.ts'
import { record } from '../audit-log.ts'
import { assertMayGrow, findStanding } from '../eligibility.ts'
import { createdBefore, rememberCreated } from '../idempotency.ts'
import { claimDid, nameRevoker } from '../identities.ts'
import { findAgent, findOwner } from '../queries.ts'
import { present } from '../row.ts'
import { done, found, refuseWrite, replay, type WriteSession } from '../session.ts'

export async function createOwner(
  session: WriteSession,
  input: NewOwner,
  context: WriteContext,
): Promise<Written<Owner>> {
  const { tenant, id } = input
  assertOwnTenant(tenant, context)
  const before = await createdBefore(session, 'createOwner', context)
  if (before !== undefined) return replay(found(await findOwner(session.db, tenant, before)))
  await insertOwner(session, input, context)
  await claimDid(session, { tenant, did: input.did, role: 'custody', ownerId: id })
  if (input.principal !== undefined) {
    await claimDid(session, { tenant, did: input.principal, role: 'owner', ownerId: id })
  }
  for (const did of input.revokers) await nameRevoker(session, tenant, id, did)
  await rememberCreated(session, 'createOwner', id, context)
  const { did, accountable, principal, revokers } = input
  const details = { did, accountable, revokers, ...present({ principal }) }
  await record(session, { action: 'owner.create', target: id, ownerId: id, details }, context)
  return done(found(await findOwner(session.db, tenant, id)))
}

async function insertOwner({ db }: WriteSession, input: NewOwner, context: WriteContext): Promise<void> {
  await db.run(
    `INSERT INTO owners (tenant_id, owner_id, did, name, accountable, accountable_name, team, assurance,
       environment, entitlements, revokers, subject_issuer, subject, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    input.tenant,
    input.id,
    input.did,
    input.name,
    input.accountable,
    input.accountableName,
    input.team ?? null,
    input.assurance,
    input.environment,
    JSON.stringify(input.entitlements),
    JSON.stringify(input.revokers),
    input.subject?.issuer ?? null,
    input.subject?.subject ?? null,
    context.at,
  )
}

export async function createAgent(
  session: WriteSession,
  input: NewAgent,
  context: WriteContext,
): Promise<Written<Agent>> {
  const { tenant, id, ownerId, did } = input
  assertOwnTenant(tenant, context)
  const before = await createdBefore(session, 'createAgent', context)
  if (before !== undefined) return replay(found(await findAgent(session.db, tenant, before)))
  assertMayGrow(found(await findStanding(session.db, tenant, ownerId)))
  await insertAgent(session, input, context)
  await claimDid(session, { tenant, did, role: 'agent', ownerId, agentId: id })
  await rememberCreated(session, 'createAgent', id, context)
  await record(
    session,
    { action: 'agent.create', target: id, ownerId, agentId: id, details: { did } },
    context,
  )
  return done(found(await findAgent(session.db, tenant, id)))
}

export async function insertAgent(
  { db }: WriteSession,
  input: NewAgent,
  context: WriteContext,
): Promise<void> {
  await db.run(
    `INSERT INTO agents (tenant_id, agent_id, owner_id, did, name, purpose, mode, software, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    input.tenant,
    input.id,
    input.ownerId,
    input.did,
    input.name,
    input.purpose,
    input.mode,
    input.software === undefined ? null : JSON.stringify(input.software),
    context.at,
  )
}

/** Another tenant's name in the input is as good as an unknown one. */
export function assertOwnTenant(tenant: string, context: WriteContext): void {
  if (tenant !== context.principal.tenant) refuseWrite({ code: 'not_found' })
}
