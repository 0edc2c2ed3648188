import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { Id, Owner } from '../../../../issuer/records.ts'
import type {
  Signal,
  SignalDemand,
  SignalOutcome,
  SignalReport,
  Transmitter,
} from '../../../../issuer/signal-store.ts'
import { record } from '../audit-log.ts'
import { findHolds } from '../queries.ts'
import { done, found, refuseWrite, replay, type WriteSession } from '../session.ts'
import {
  findOwnersOfSubject,
  readReceived,
  readSaidAt,
  readTransmitter,
  readTransmitters,
} from '../signals.ts'
import { liftHolds, placeHold } from './holds.ts'
import { offboardOwner } from './offboarding.ts'

/** Transmitters of one tenant: identity providers are few. */
const MAX_TRANSMITTERS = 32

/** Of which something may come yet for another transmitter, which may speak of others, or lift what it placed. */
const NOTHING: ReadonlySet<SignalOutcome> = new Set(['unknown_subject', 'ignored'])

/** See `SignalStore.addTransmitter`. */
export async function addTransmitter(
  session: WriteSession,
  transmitter: Transmitter,
  context: WriteContext,
): Promise<Written<Transmitter>> {
  const { tenant } = context.principal
  const { id, issuer, subjectIssuer, audience, algorithm, pollUrl, lifts } = transmitter
  if ((await readTransmitters(session.db, tenant)).length >= MAX_TRANSMITTERS)
    refuseWrite({ code: 'quota_exceeded', limit: MAX_TRANSMITTERS })
  await session.db.run(
    `INSERT INTO transmitters (tenant_id, transmitter_id, issuer, subject_issuer, audience, algorithm,
       authorization_digest, poll_url, lifts, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    tenant,
    id,
    issuer,
    subjectIssuer,
    audience,
    algorithm,
    transmitter.authorizationDigest ?? null,
    pollUrl ?? null,
    lifts ? 1 : 0,
    context.at,
  )
  const details = { issuer, subjectIssuer, audience, algorithm, lifts }
  await record(session, { action: 'transmitter.add', target: id, details }, context)
  return done(found(await readTransmitter(session.db, tenant, id)))
}

/** See `SignalStore.removeTransmitter`. What came from it stays known, so that nothing of it can be brought again elsewhere. */
export async function removeTransmitter(
  session: WriteSession,
  id: Id,
  context: WriteContext,
): Promise<Written<Transmitter>> {
  const { tenant } = context.principal
  const transmitter = found(await readTransmitter(session.db, tenant, id))
  for (const table of ['transmitters', 'transmitter_holds']) {
    await session.db.run(`DELETE FROM ${table} WHERE tenant_id = ? AND transmitter_id = ?`, tenant, id)
  }
  const details = { issuer: transmitter.issuer }
  await record(session, { action: 'transmitter.remove', target: id, details }, context)
  return done(transmitter)
}

/** See `SignalStore.receiveSignal`. */
export async function receiveSignal(
  session: WriteSession,
  id: Id,
  signal: Signal,
  context: WriteContext,
): Promise<Written<SignalReport>> {
  const { tenant } = context.principal
  const transmitter = found(await readTransmitter(session.db, tenant, id))
  const before = await readReceived(session.db, transmitter, signal.jti)
  if (before.some(({ digest }) => digest !== signal.digest)) refuseWrite({ code: 'idempotency_mismatch' })
  const same = before.find(({ isAnothers, outcome }) => !isAnothers || !NOTHING.has(outcome))
  if (same !== undefined) return replay({ outcome: same.outcome, owners: same.owners })
  const report = await heed(session, { transmitter, signal, demand: signal.demand }, context)
  await session.db.run(
    `INSERT INTO received_signals (tenant_id, issuer, jti, transmitter_id, digest, outcome, owners, received_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    tenant,
    transmitter.issuer,
    signal.jti,
    id,
    signal.digest,
    report.outcome,
    report.owners,
    context.at,
  )
  return done(report)
}

interface Heeded<D = SignalDemand> {
  readonly transmitter: Transmitter
  readonly signal: Signal
  readonly demand: D
}

async function heed(
  session: WriteSession,
  { demand, ...heeded }: Heeded,
  context: WriteContext,
): Promise<SignalReport> {
  if (demand.kind === 'note') return { outcome: demand.outcome, owners: 0 }
  const owners = new Map<Id, Owner>()
  for (const subject of demand.subjects) {
    for (const owner of await findOwnersOfSubject(session.db, heeded.transmitter.tenant, subject))
      owners.set(owner.id, owner)
  }
  if (owners.size === 0) return { outcome: 'unknown_subject', owners: 0 }
  const live = [...owners.values()].filter(({ state }) => state !== 'offboarded')
  let hit = 0
  for (const owner of live) if (await DEEDS[demand.kind](session, owner, heeded, context)) hit += 1
  return { outcome: hit === 0 ? 'ignored' : OUTCOMES[demand.kind], owners: hit }
}

const OUTCOMES = {
  suspend: 'suspended',
  offboard: 'offboarded',
  resume: 'resumed',
} as const satisfies Record<string, SignalOutcome>

/** Whether it did anything. */
type Act = (
  session: WriteSession,
  owner: Owner,
  heeded: Omit<Heeded, 'demand'>,
  context: WriteContext,
) => Promise<boolean>

const DEEDS: Readonly<Record<keyof typeof OUTCOMES, Act>> = {
  suspend: async (session, { id }, { transmitter, signal }, context) => {
    const hold = { rank: 'revoker', reason: signal.reason } as const
    await placeHold(session, { kind: 'owner', id }, hold, context)
    await session.db.run(
      `INSERT INTO transmitter_holds (tenant_id, transmitter_id, owner_id, said_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (tenant_id, transmitter_id, owner_id) DO UPDATE SET said_at = excluded.said_at
       WHERE excluded.said_at > transmitter_holds.said_at`,
      transmitter.tenant,
      transmitter.id,
      id,
      signal.at,
    )
    return true
  },
  offboard: async (session, { id }, { signal }, context) => {
    await offboardOwner(session, id, signal.reason, context)
    return true
  },
  resume: async (session, { id }, { transmitter, signal }, context) => {
    const { tenant, lifts } = transmitter
    const saidAt = await readSaidAt(session.db, tenant, transmitter.id, id)
    if (!lifts || saidAt === undefined || signal.at <= saidAt) return false
    return await liftOwnHold(session, id, context)
  },
}

/** Nobody else's: the owner stays suspended while another hold stands. */
async function liftOwnHold(session: WriteSession, ownerId: Id, context: WriteContext): Promise<boolean> {
  const { tenant, did } = context.principal
  const target = { kind: 'owner', id: ownerId } as const
  const holds = await findHolds(session.db, tenant, target)
  const own = holds.find(({ placedBy }) => placedBy === did)
  if (own === undefined) return false
  if (holds.length === 1) {
    await liftHolds(session, target, own.rank, context)
    return true
  }
  await session.db.run('DELETE FROM holds WHERE tenant_id = ? AND hold_id = ?', tenant, own.id)
  const details = { rank: own.rank, holds: [own.id], remaining: holds.length - 1 }
  await record(session, { action: 'owner.resume', target: ownerId, ownerId, details }, context)
  return true
}
