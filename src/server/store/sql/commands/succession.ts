import type { CascadeScope } from '../../../../issuer/agent-store.ts'
import type { CredentialPlan, IssuedCredential } from '../../../../issuer/issued-credential.ts'
import type { WriteContext } from '../../../../issuer/ports.ts'
import { record } from '../audit-log.ts'
import type { Database, Row } from '../database.ts'
import { findDelegation, findLine, findSuccessor } from '../queries.ts'
import { positionOf } from '../records.ts'
import { present, text, word } from '../row.ts'
import { found, refuseWrite, type WriteSession } from '../session.ts'
import { setBits } from '../status-bits.ts'

/** Credentials that end together in one transaction; more wait for the next one. */
const ENDED_TOGETHER = 1_000

/**
 * Lets what is in force of an owner or an agent end at `endsAt`, for others to take its place (docs/spec/08-lifecycle.md "Succession").
 * What ends sooner already keeps its end.
 *
 * @returns How many credentials got an end.
 */
export async function supersede(
  { db }: WriteSession,
  tenant: string,
  { ownerId, agentId }: CascadeScope,
  endsAt: number,
): Promise<number> {
  const [column, id] = agentId === undefined ? ['owner_id', ownerId] : ['agent_id', agentId]
  return await db.run(
    `UPDATE credentials SET ends_at = ?3, succession = 'open' WHERE tenant_id = ?1 AND ${column} = ?2
     AND state = 'active' AND (ends_at IS NULL OR ends_at > ?3)`,
    tenant,
    id,
    endsAt,
  )
}

/** Whether a credential's time is up. */
export async function readDueEnds(db: Database, tenant: string, at: number): Promise<boolean> {
  const sql = `SELECT 1 FROM credentials WHERE tenant_id = ? AND ends_at <= ? AND state <> 'revoked' LIMIT 1`
  return (await db.get(sql, tenant, at)) !== undefined
}

/** Sets the bits of those whose time is up. @returns How many it ended. */
export async function endDue(session: WriteSession, context: WriteContext): Promise<number> {
  const { tenant } = context.principal
  const rows = await session.db.all(
    `SELECT id, kind, owner_id, agent_id, list, idx FROM credentials
     WHERE tenant_id = ? AND ends_at <= ? AND state <> 'revoked' ORDER BY ends_at LIMIT ${ENDED_TOGETHER}`,
    tenant,
    context.at,
  )
  await setBits(session.db, tenant, 'revocation', rows.map(positionOf))
  for (const row of rows) await endOne(session, row, context)
  return rows.length
}

async function endOne(session: WriteSession, row: Row, context: WriteContext): Promise<void> {
  const { tenant } = context.principal
  const id = text(row, 'id')
  await session.db.run("UPDATE credentials SET state = 'revoked' WHERE tenant_id = ? AND id = ?", tenant, id)
  const action = word(row, 'kind') === 'owner' ? 'owner_credential.end' : 'delegation.end'
  const about = { ownerId: text(row, 'owner_id'), ...present({ agentId: agentIn(row) }) }
  await record(session, { action, target: id, ...about, changesStatus: true }, context)
}

function agentIn(row: Row): string | undefined {
  return row.agent_id === null ? undefined : text(row, 'agent_id')
}

/** All that are, were and will be one delegation. */
export async function wholeLine(db: Database, tenant: string, id: string): Promise<IssuedCredential[]> {
  const line = []
  for (const member of await findLine(db, tenant, id))
    line.push(found(await findDelegation(db, tenant, member)))
  return line
}

/** The live ones of them: what is done to one is done to all. */
export async function liveLine(db: Database, tenant: string, id: string): Promise<IssuedCredential[]> {
  return (await wholeLine(db, tenant, id)).filter(({ state }) => state !== 'revoked')
}

/** Nothing comes after any of them any more. */
export async function closeLine(db: Database, tenant: string, id: string): Promise<void> {
  for (const member of await findLine(db, tenant, id)) {
    await db.run(
      "UPDATE credentials SET succession = 'closed' WHERE tenant_id = ? AND id = ?",
      tenant,
      member,
    )
  }
}

/**
 * What was planned before in the place of the same predecessor: it is answered when it asks for the same. One that was never
 * released gives way to other terms.
 *
 * @returns `undefined` when there is nothing, or nothing any more: the plan can be recorded.
 */
export async function plannedSuccessor(
  session: WriteSession,
  { tenant, ownerId, agentId, predecessorId, terms }: CredentialPlan,
): Promise<IssuedCredential | undefined> {
  if (predecessorId === undefined) return undefined
  const { db } = session
  const predecessor = found(await findDelegation(db, tenant, predecessorId))
  if (predecessor.agentId !== agentId) refuseWrite({ code: 'not_found' })
  // The agent was given to another owner since, who has granted none of it.
  if (predecessor.ownerId !== ownerId) refuseWrite({ code: 'conflict', reason: 'delegation_ended' })
  assertSucceedable(predecessor)
  const planned = await findSuccessor(db, tenant, predecessorId)
  if (planned === undefined || JSON.stringify(planned.terms) === JSON.stringify(terms)) return planned
  if (planned.state !== 'planned') refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
  await discard(session, planned)
  return undefined
}

function assertSucceedable({ state, succession, suspended }: IssuedCredential): void {
  const isOver = state === 'revoked' && succession !== 'open'
  if (isOver || succession === 'closed') refuseWrite({ code: 'conflict', reason: 'delegation_ended' })
  if (suspended) refuseWrite({ code: 'conflict', reason: 'delegation_suspended' })
}

/** It was never signed, so nobody misses it; its index is burned. */
async function discard({ db }: WriteSession, { tenant, id, position }: IssuedCredential): Promise<void> {
  const sql = "UPDATE credentials SET state = 'revoked', predecessor_id = NULL WHERE tenant_id = ? AND id = ?"
  await db.run(sql, tenant, id)
  await setBits(db, tenant, 'revocation', [position])
}

/**
 * Where the predecessor is in force still, its place is taken in the same transaction; and with it that of all before it, which an
 * earlier key holds in its grace: what was narrowed is not to be had as wide as it was.
 */
export async function takePlace(
  session: WriteSession,
  { tenant, id, predecessorId }: IssuedCredential,
  context: WriteContext,
): Promise<void> {
  if (predecessorId === undefined) return
  const { state, endsAt } = found(await findDelegation(session.db, tenant, predecessorId))
  if (state === 'revoked' || endsAt !== undefined) return
  const line = await liveLine(session.db, tenant, predecessorId)
  for (const before of line) if (before.id !== id) await giveWay(session, before, id, context)
}

async function giveWay(
  session: WriteSession,
  { tenant, id, ownerId, agentId, position }: IssuedCredential,
  successor: string,
  context: WriteContext,
): Promise<void> {
  await session.db.run(
    `UPDATE credentials SET state = 'revoked', ends_at = coalesce(ends_at, ?), succession = 'open'
     WHERE tenant_id = ? AND id = ?`,
    context.at,
    tenant,
    id,
  )
  await setBits(session.db, tenant, 'revocation', [position])
  const deed = { action: 'delegation.end', target: id, ownerId, agentId }
  await record(session, { ...deed, details: { successor }, changesStatus: true }, context)
}
