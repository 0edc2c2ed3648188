import type { PartyRotation, PartyUse } from '../../../../issuer/lifecycle-store.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { Agent, Owner, Tenant } from '../../../../issuer/records.ts'
import type { Did } from '../../../../model/did.ts'
import { record } from '../audit-log.ts'
import { assertMayChangeOwnKeys, assertMayRotateItself, findStanding } from '../eligibility.ts'
import { claimDid } from '../identities.ts'
import { findAgent, findOwner } from '../queries.ts'
import { readTenant } from '../reads.ts'
import { present } from '../row.ts'
import { done, found, refuseWrite, replay, type WriteSession } from '../session.ts'
import { destroyOwnerKey } from './keys.ts'
import { endDue, supersede } from './succession.ts'

/**
 * Another key for the same agent (I9): from now on only the new one calls the API, and what was issued to the old one can be
 * presented until the grace ends.
 */
export async function rotateAgentKey(
  session: WriteSession,
  { id, did, endsAt }: PartyRotation,
  context: WriteContext,
): Promise<Written<Agent>> {
  const { tenant } = context.principal
  const agent = found(await findAgent(session.db, tenant, id))
  if (agent.did === did) return replay(agent)
  if (agent.state === 'revoked') refuseWrite({ code: 'conflict', reason: 'agent_ended' })
  const { ownerId } = agent
  assertMayChangeOwnKeys(found(await findStanding(session.db, tenant, ownerId, id)), context)
  await assertMayRotateItself(session, id, context)
  await claimDid(session, { tenant, did, role: 'agent', ownerId, agentId: id })
  await endIdentity(session, tenant, agent.did)
  const sql = 'UPDATE agents SET did = ?, keyed_at = ? WHERE tenant_id = ? AND agent_id = ?'
  await session.db.run(sql, did, context.at, tenant, id)
  const delegations = await supersede(session, tenant, { ownerId, agentId: id }, endsAt)
  const details = { did, previous: agent.did, endsAt, delegations }
  await record(session, { action: 'agent.rotate', target: id, ownerId, agentId: id, details }, context)
  await endAtOnce(session, endsAt, context)
  return done(found(await findAgent(session.db, tenant, id)))
}

/**
 * Another key for the same owner: the old one signs nothing any more and is destroyed, and all that rests on it ends with the
 * grace.
 */
export async function rotateOwnerKey(
  session: WriteSession,
  { id, did, endsAt, previous }: PartyRotation,
  context: WriteContext,
): Promise<Written<Owner>> {
  const { tenant } = context.principal
  const owner = found(await findOwner(session.db, tenant, id))
  if (owner.state === 'offboarded') refuseWrite({ code: 'conflict', reason: 'owner_offboarded' })
  if (previous !== undefined && previous !== owner.did) {
    refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
  }
  assertMayChangeOwnKeys(found(await findStanding(session.db, tenant, id)), context)
  await claimDid(session, { tenant, did, role: 'custody', ownerId: id })
  await endIdentity(session, tenant, owner.did)
  const sql =
    'UPDATE owners SET did = ?, keyed_at = ?, version = version + 1 WHERE tenant_id = ? AND owner_id = ?'
  await session.db.run(sql, did, context.at, tenant, id)
  const credentials = await supersede(session, tenant, { ownerId: id }, endsAt)
  await destroyOwnerKey(session, tenant, owner.did)
  const details = { did, previous: owner.did, endsAt, credentials }
  await record(session, { action: 'owner.rotate', target: id, ownerId: id, details }, context)
  await endAtOnce(session, endsAt, context)
  return done(found(await findOwner(session.db, tenant, id)))
}

/** See `LifecycleStore.schedulePartyKeys`. */
export async function schedulePartyKeys(
  session: WriteSession,
  use: PartyUse,
  days: number | undefined,
  context: WriteContext,
): Promise<Written<Tenant>> {
  const { tenant } = context.principal
  const column = use === 'owner' ? 'owner_key_days' : 'agent_key_days'
  await session.db.run(`UPDATE tenants SET ${column} = ? WHERE tenant_id = ?`, days ?? null, tenant)
  const details = { use, ...present({ rotateAfterDays: days }) }
  await record(session, { action: 'key.schedule', target: tenant, details }, context)
  return done(found(await readTenant(session.db, tenant)))
}

async function endIdentity({ db }: WriteSession, tenant: string, did: Did): Promise<void> {
  await db.run('UPDATE identities SET ended = 1 WHERE tenant_id = ? AND did = ?', tenant, did)
}

/** Without a grace nothing waits for the next look at what is due. */
async function endAtOnce(session: WriteSession, endsAt: number, context: WriteContext): Promise<void> {
  if (endsAt > context.at) return
  for (let ended = 1; ended > 0; ) ended = await endDue(session, context)
}
