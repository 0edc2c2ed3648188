import type { IssuedCredential } from '../../../../issuer/issued-credential.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { Run } from '../../../../issuer/records.ts'
import { record } from '../audit-log.ts'
import { assertMayGrow, findStanding } from '../eligibility.ts'
import { createdBefore, rememberCreated } from '../idempotency.ts'
import { findCredential, findDelegation, findLeaseHolder, findRun } from '../queries.ts'
import { present } from '../row.ts'
import { done, found, refuseWrite, replay, type WriteSession } from '../session.ts'
import { readBit, setBits } from '../status-bits.ts'
import { takePosition } from './issuing.ts'
import { mendBits } from './mending.ts'
import { assertOwnTenant } from './registry.ts'
import { liveRunLine, runInPlace } from './run-line.ts'

/** Takes note of a credential that an agent signed under a leased index. */
export async function registerRun(
  session: WriteSession,
  input: Run,
  context: WriteContext,
): Promise<Written<Run>> {
  const { tenant, id } = input
  assertOwnTenant(tenant, context)
  const before = await createdBefore(session, 'registerRun', context)
  if (before !== undefined) return replay(found(await findRun(session.db, tenant, before)))
  const known = await findRun(session.db, tenant, id)
  if (known !== undefined) return isSame(known, input) ? replay(known) : refuseRegistered()
  const delegation = found(await findDelegation(session.db, tenant, input.delegationId))
  await assertLives(session, delegation)
  await assertFree(session, input)
  const run = { ...input, ...present({ predecessorId: await runInPlace(session, input) }) }
  await insertRun(session, run, delegation, context)
  await rememberCreated(session, 'registerRun', id, context)
  await recordRun(session, run, 'register', context)
  return done(found(await findRun(session.db, tenant, id)))
}

export async function completeRun(
  session: WriteSession,
  id: string,
  context: WriteContext,
): Promise<Written<Run>> {
  const { tenant } = context.principal
  const run = found(await findRun(session.db, tenant, id))
  if (run.state === 'revoked') refuseWrite({ code: 'conflict', reason: 'run_ended' })
  if (run.state === 'completed') return replay(run)
  return await endRun(session, run, { state: 'completed', context })
}

/** A completed run is as dead as a revoked one, so revoking it again changes nothing, unless a bit is not set that should be. */
export async function revokeRun(
  session: WriteSession,
  id: string,
  reason: string,
  context: WriteContext,
): Promise<Written<Run>> {
  const { db } = session
  const run = found(await findRun(db, context.principal.tenant, id))
  if (run.state === 'active') return await endRun(session, run, { state: 'revoked', reason, context })
  const { ownerId, agentId } = found(await findDelegation(db, run.tenant, run.delegationId))
  const mending = { purpose: 'revocation', target: id, ownerId, agentId, reason } as const
  await mendBits(session, [run.position], mending, context)
  return replay(run)
}

interface End {
  readonly state: 'completed' | 'revoked'
  readonly reason?: string
  readonly context: WriteContext
}

async function endRun(
  session: WriteSession,
  run: Run,
  { state, reason, context }: End,
): Promise<Written<Run>> {
  const { tenant } = run
  const line = await liveRunLine(session.db, run)
  const positions = line.map(({ position }) => position)
  await setBits(session.db, tenant, 'revocation', positions)
  for (const member of line) {
    const sql = 'UPDATE runs SET state = ? WHERE tenant_id = ? AND id = ?'
    await session.db.run(sql, state, tenant, member.id)
    await recordRun(session, member, state === 'completed' ? 'complete' : 'revoke', context, reason)
  }
  return done({ ...run, state })
}

async function assertLives({ db }: WriteSession, delegation: IssuedCredential): Promise<void> {
  const { tenant, ownerId, agentId, state } = delegation
  if (state !== 'active') refuseWrite({ code: 'conflict', reason: 'delegation_ended' })
  assertMayGrow(found(await findStanding(db, tenant, ownerId, agentId)))
}

/** The id must be new, the index leased to the delegation and not used or revoked. */
async function assertFree(session: WriteSession, run: Run): Promise<void> {
  const { db, allocator } = session
  const { tenant, id, position, delegationId } = run
  if ((await findCredential(db, tenant, id)) !== undefined) refuseRegistered()
  const holder = await findLeaseHolder(db, allocator, tenant, position)
  if (holder?.id !== delegationId) refuseWrite({ code: 'not_allowed', reason: 'not_your_lease' })
  const taken = 'SELECT 1 FROM positions WHERE tenant_id = ? AND list = ? AND idx = ?'
  if ((await db.get(taken, tenant, position.list, position.index)) !== undefined) refuseRegistered()
  if ((await readBit(db, tenant, 'revocation', position)) || (await hasEndedParent(session, run))) {
    refuseWrite({ code: 'conflict', reason: 'run_ended' })
  }
}

/** Agents choose the ids of their runs, so another agent's run may have the id of this one's parent. */
async function hasEndedParent(
  { db }: WriteSession,
  { tenant, parentId, delegationId }: Run,
): Promise<boolean> {
  const parent = await findRun(db, tenant, parentId)
  return parent?.delegationId === delegationId && parent.state !== 'active'
}

async function insertRun(
  session: WriteSession,
  run: Run,
  delegation: IssuedCredential,
  { at }: WriteContext,
): Promise<void> {
  const { list, index } = run.position
  await session.db.run(
    `INSERT INTO runs (tenant_id, id, kind, name, delegation_id, parent_id, owner_id, agent_id, subject, list, idx,
       lineage, valid_until, created_at, predecessor_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    run.tenant,
    run.id,
    run.kind,
    run.name ?? null,
    run.delegationId,
    run.parentId,
    delegation.ownerId,
    delegation.agentId ?? '',
    run.subject,
    list,
    index,
    JSON.stringify(run.lineage),
    run.validUntil,
    at,
    run.predecessorId ?? null,
  )
  await takePosition(session, run.tenant, { list, index, holderId: run.id })
}

/** Registering the same credential again is harmless; another one under the same id is not. */
function isSame(known: Run, input: Run): boolean {
  const { position, delegationId, parentId, subject, validUntil } = known
  return (
    position.list === input.position.list &&
    position.index === input.position.index &&
    delegationId === input.delegationId &&
    parentId === input.parentId &&
    subject === input.subject &&
    validUntil === input.validUntil
  )
}

function refuseRegistered(): never {
  return refuseWrite({ code: 'conflict', reason: 'already_registered' })
}

async function recordRun(
  session: WriteSession,
  run: Run,
  verb: 'register' | 'complete' | 'revoke',
  context: WriteContext,
  reason?: string,
): Promise<void> {
  const { ownerId, agentId } = found(await findDelegation(session.db, run.tenant, run.delegationId))
  const { kind, delegationId, parentId, subject, lineage, predecessorId: predecessor } = run
  const place = { kind, delegation: delegationId, parent: parentId, subject, lineage }
  const registered = { ...place, ...(predecessor !== undefined && { predecessor }) }
  const details = verb === 'register' ? registered : { lineage, ...(reason === undefined ? {} : { reason }) }
  const changesStatus = verb !== 'register'
  await record(
    session,
    { action: `run.${verb}`, target: run.id, ownerId, agentId, details, changesStatus },
    context,
  )
}
