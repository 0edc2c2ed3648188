import { randomUUID } from 'node:crypto'
import type { IssuedCredential, StatusPosition } from '../../../../issuer/issued-credential.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import {
  type Hold,
  type HoldTarget,
  type Id,
  RANKS,
  type Rank,
  type Run,
} from '../../../../issuer/records.ts'
import { record } from '../audit-log.ts'
import { findAgent, findDelegation, findHolds, findLeaseHolder, findOwner } from '../queries.ts'
import { positionOf, targetIdOf } from '../records.ts'
import { done, found, refuseWrite, replay, type WriteSession } from '../session.ts'
import { clearSuspension, readBit, setBits } from '../status-bits.ts'
import { mendBits } from './mending.ts'
import { liveRunLineAt } from './run-line.ts'
import { liveLine } from './succession.ts'

/** One hold per placer and target: placing it again changes nothing, unless a bit is not set that should be. */
export async function placeHold(
  session: WriteSession,
  target: HoldTarget,
  { rank, reason }: { readonly rank: Rank; readonly reason: string },
  context: WriteContext,
): Promise<Written<Hold>> {
  const { tenant, did } = context.principal
  const { about, targets } = await liveTargets(session, tenant, target)
  const holds: Hold[] = []
  for (const one of targets) {
    const own = (await findHolds(session.db, tenant, one)).find((hold) => hold.placedBy === did)
    if (own !== undefined) continue
    const placed = { target: one, placedBy: did, rank, reason, placedAt: context.at }
    const hold: Hold = { id: `hld_${randomUUID()}`, ...placed }
    await insertHold(session, tenant, hold)
    await setBits(session.db, tenant, 'suspension', await positionsOf(session, tenant, one))
    holds.push(hold)
  }
  const [first] = holds
  if (first === undefined) {
    const positions = []
    for (const one of targets) positions.push(...(await positionsOf(session, tenant, one)))
    const mending = { purpose: 'suspension', target: targetIdOf(target), ...about, reason } as const
    await mendBits(session, positions, mending, context)
    return replay(found(await ownHold(session, tenant, targets, did)))
  }
  const deed = { action: `${target.kind}.suspend`, target: targetIdOf(target), ...about }
  const details = { reason, rank, hold: first.id, ...othersOf(holds) }
  await record(session, { ...deed, details, changesStatus: true }, context)
  return done(first)
}

/**
 * Places a hold in the name of an administrator, where none stands on the target; who placed it first is not known any more. Tells nobody:
 * the command that calls it does.
 *
 * @returns Whether it was placed.
 */
export async function adoptHold(
  session: WriteSession,
  target: HoldTarget,
  reason: string,
  { principal: { tenant, did }, at }: WriteContext,
): Promise<boolean> {
  if ((await findHolds(session.db, tenant, target)).length > 0) return false
  const placed = { target, placedBy: did, rank: 'admin', reason, placedAt: at } as const
  await insertHold(session, tenant, { id: `hld_${randomUUID()}`, ...placed })
  await setBits(session.db, tenant, 'suspension', await positionsOf(session, tenant, target))
  return true
}

async function ownHold(
  { db }: WriteSession,
  tenant: string,
  [target]: readonly HoldTarget[],
  did: string,
): Promise<Hold | undefined> {
  if (target === undefined) return undefined
  return (await findHolds(db, tenant, target)).find((hold) => hold.placedBy === did)
}

/** A delegation that is about to give way to another one is held with it. */
function othersOf([, ...holds]: readonly Hold[]): { readonly others?: string[] } {
  return holds.length === 0 ? {} : { others: holds.map(({ target }) => targetIdOf(target)) }
}

/** All or none: as long as a hold of somebody else would remain, nothing is lifted. */
export async function liftHolds(
  session: WriteSession,
  target: HoldTarget,
  rank: Rank,
  context: WriteContext,
): Promise<Written<readonly Hold[]>> {
  const { tenant, did } = context.principal
  const { about, targets } = await liveTargets(session, tenant, target)
  const holds: Hold[] = []
  for (const one of targets) holds.push(...(await findHolds(session.db, tenant, one)))
  if (holds.length === 0) refuseWrite({ code: 'conflict', reason: 'not_suspended' })
  if (!holds.every((hold) => mayLift(hold, did, rank))) {
    refuseWrite({ code: 'not_allowed', reason: 'outranked' })
  }
  for (const one of targets) await forgetHolds(session, tenant, one)
  const deed = { action: `${target.kind}.resume`, target: targetIdOf(target), ...about }
  const details = { rank, holds: holds.map((hold) => hold.id) }
  await record(session, { ...deed, details, changesStatus: true }, context)
  return done(holds)
}

async function forgetHolds(session: WriteSession, tenant: string, target: HoldTarget): Promise<void> {
  const sql = 'DELETE FROM holds WHERE tenant_id = ? AND target_kind = ? AND target_id = ?'
  await session.db.run(sql, tenant, target.kind, targetIdOf(target))
  const positions = await positionsOf(session, tenant, target, { unlessHeldElsewhere: true })
  await clearSuspension(session.db, tenant, positions)
}

/** Nobody outranks an administrator, so one may lift what another placed: a lost key must not suspend for ever. */
function mayLift(hold: Hold, did: string, rank: Rank): boolean {
  return hold.placedBy === did || rank === 'admin' || RANKS.indexOf(rank) < RANKS.indexOf(hold.rank)
}

interface About {
  readonly ownerId: Id
  readonly agentId?: Id | undefined
}

/** Who is concerned, and what else is the same delegation; what has ended is neither suspended nor resumed. */
async function liveTargets(
  session: WriteSession,
  tenant: string,
  target: HoldTarget,
): Promise<{ readonly about: About; readonly targets: readonly HoldTarget[] }> {
  if (target.kind === 'lease') return await liveLeases(session, tenant, target.position)
  if (target.kind !== 'delegation') {
    return { about: await liveTarget(session, tenant, target), targets: [target] }
  }
  const about = found(await findDelegation(session.db, tenant, target.id))
  const live = await liveLine(session.db, tenant, target.id)
  if (live.length === 0) refuseWrite({ code: 'conflict', reason: 'delegation_ended' })
  return { about: aboutOf(about), targets: live.map(({ id }) => ({ kind: 'delegation', id })) }
}

/** A registered run is held with all credentials that it has, and before it goes on under a delegation that took the place of its own. */
async function liveLeases(session: WriteSession, tenant: string, position: StatusPosition) {
  const runs = await liveRunLineAt(session.db, tenant, position)
  const about = await aboutLease(session, tenant, position, runs.length > 0)
  const isOther = (run: Run) => run.position.list !== position.list || run.position.index !== position.index
  const positions = [position, ...runs.filter(isOther).map((run) => run.position)]
  return { about, targets: positions.map((one) => ({ kind: 'lease', position: one }) as const) }
}

async function liveTarget(
  { db }: WriteSession,
  tenant: string,
  target: HoldTarget & { readonly kind: 'owner' | 'agent' },
): Promise<About> {
  switch (target.kind) {
    case 'owner': {
      const { id, state } = found(await findOwner(db, tenant, target.id))
      if (state === 'offboarded') refuseWrite({ code: 'conflict', reason: 'owner_offboarded' })
      return { ownerId: id }
    }
    case 'agent': {
      const { id, ownerId, state } = found(await findAgent(db, tenant, target.id))
      if (state === 'revoked') refuseWrite({ code: 'conflict', reason: 'agent_ended' })
      return { ownerId, agentId: id }
    }
  }
}

async function aboutLease(
  { db, allocator }: WriteSession,
  tenant: string,
  position: StatusPosition,
  mayGoOn: boolean,
): Promise<About> {
  const holder = found(await findLeaseHolder(db, allocator, tenant, position))
  if (await readBit(db, tenant, 'revocation', position))
    refuseWrite({ code: 'conflict', reason: 'run_ended' })
  const hasSuccessor = mayGoOn && holder.succession === 'open'
  if (holder.state === 'revoked' && !hasSuccessor) {
    refuseWrite({ code: 'conflict', reason: 'delegation_ended' })
  }
  return aboutOf(holder)
}

function aboutOf({ ownerId, agentId }: IssuedCredential): About {
  return { ownerId, agentId }
}

async function insertHold({ db }: WriteSession, tenant: string, hold: Hold): Promise<void> {
  await db.run(
    `INSERT INTO holds (tenant_id, hold_id, target_kind, target_id, placed_by, hold_rank, reason, placed_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    tenant,
    hold.id,
    hold.target.kind,
    targetIdOf(hold.target),
    hold.placedBy,
    hold.rank,
    hold.reason,
    hold.placedAt,
  )
}

/**
 * The indexes whose suspension bit a hold on the target sets: its own, or those of the credentials that stand for
 * it. A bit is the OR of holds, so lifting leaves those that another hold still wants.
 */
async function positionsOf(
  { db }: WriteSession,
  tenant: string,
  target: HoldTarget,
  { unlessHeldElsewhere = false } = {},
): Promise<StatusPosition[]> {
  if (target.kind === 'lease') return [target.position]
  const rows = await db.all(POSITIONS[target.kind], tenant, target.id)
  return rows.filter((row) => !(unlessHeldElsewhere && row.held === 1)).map(positionOf)
}

/** `held`: whether a hold of another kind wants the same bit. */
const POSITIONS = {
  owner: `SELECT list, idx, 0 AS held FROM credentials WHERE tenant_id = ? AND owner_id = ? AND kind = 'owner'`,
  agent: `SELECT c.list, c.idx, EXISTS (SELECT 1 FROM holds AS h WHERE h.tenant_id = c.tenant_id
      AND h.target_kind = 'delegation' AND h.target_id = c.id) AS held
    FROM credentials AS c WHERE c.tenant_id = ? AND c.agent_id = ?`,
  delegation: `SELECT c.list, c.idx, EXISTS (SELECT 1 FROM holds AS h WHERE h.tenant_id = c.tenant_id
      AND h.target_kind = 'agent' AND h.target_id = c.agent_id) AS held
    FROM credentials AS c WHERE c.tenant_id = ? AND c.id = ?`,
}
