import type { NewSubscription, Subscription, SubscriptionChange } from '../../../../issuer/delivery-store.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { Id } from '../../../../issuer/records.ts'
import { record } from '../audit-log.ts'
import type { Database } from '../database.ts'
import { findSubscription, readSubscribed } from '../deliveries.ts'
import { createdBefore, rememberCreated } from '../idempotency.ts'
import { present } from '../row.ts'
import { done, found, refuseWrite, replay, type WriteSession } from '../session.ts'
import { assertOwnTenant } from './registry.ts'

/** See `DeliveryStore.createSubscription`. The entry that tells of it is the last one that it does not hear of. */
export async function createSubscription(
  session: WriteSession,
  input: NewSubscription,
  context: WriteContext,
): Promise<Written<Subscription>> {
  const { db, trail } = session
  const { tenant, id } = input
  assertOwnTenant(tenant, context)
  const before = await createdBefore(session, 'createSubscription', context)
  if (before !== undefined) return replay(found(await findSubscription(db, tenant, before)))
  await assertRoom(db, input)
  await rememberCreated(session, 'createSubscription', id, context)
  await tell(session, 'create', input, context)
  const since = trail.get(tenant)?.seq ?? 0
  await insertSubscription(session, input, { since, createdAt: context.at })
  const begin =
    'INSERT INTO event_positions (tenant_id, seq) VALUES (?, ?) ON CONFLICT (tenant_id) DO NOTHING'
  await db.run(begin, tenant, since)
  return done(found(await findSubscription(db, tenant, id)))
}

async function assertRoom(
  db: Database,
  { tenant, kind, settings, limit, share }: NewSubscription,
): Promise<void> {
  const { subscriptions } = await readSubscribed(db, tenant)
  const alike = subscriptions.filter((one) => one.kind === kind)
  if (alike.length >= limit) refuseWrite({ code: 'quota_exceeded', limit })
  if (share === undefined) return
  const shared = alike.filter((one) => one.settings[share.setting] === settings[share.setting])
  if (shared.length >= share.limit) refuseWrite({ code: 'quota_exceeded', limit: share.limit })
}

async function insertSubscription(
  { db }: WriteSession,
  { tenant, id, kind, endpoint, types, settings }: NewSubscription,
  { since, createdAt }: Pick<Subscription, 'since' | 'createdAt'>,
): Promise<void> {
  await db.run(
    `INSERT INTO subscriptions (tenant_id, subscription_id, kind, endpoint, types, settings, since, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    tenant,
    id,
    kind,
    endpoint ?? null,
    JSON.stringify(types),
    JSON.stringify(settings),
    since,
    createdAt,
  )
}

/** See `DeliveryStore.changeSubscription`. */
export async function changeSubscription(
  session: WriteSession,
  id: Id,
  { heldSettings, ...change }: SubscriptionChange,
  context: WriteContext,
): Promise<Written<Subscription>> {
  const { db } = session
  const { tenant } = context.principal
  const held = found(await findSubscription(db, tenant, id))
  if (heldSettings !== undefined && JSON.stringify(heldSettings) !== JSON.stringify(held.settings))
    refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
  const next = { ...held, ...change }
  await db.run(
    `UPDATE subscriptions SET endpoint = ?, types = ?, state = ?, settings = ?
     WHERE tenant_id = ? AND subscription_id = ?`,
    next.endpoint ?? null,
    JSON.stringify(next.types),
    next.state,
    JSON.stringify(next.settings),
    tenant,
    id,
  )
  if (next.endpoint !== held.endpoint || next.state !== held.state)
    await tryAtOnce(session, tenant, next, context.at)
  await tell(session, 'update', next, context)
  return done(found(await findSubscription(db, tenant, id)))
}

/** Pauses after failures are over: for the place, and for all that waits to be sent there. */
export async function tryAtOnce(
  { db }: WriteSession,
  tenant: string,
  { id }: Pick<Subscription, 'id'>,
  at: number,
): Promise<void> {
  await db.run(
    'UPDATE subscriptions SET retry_at = 0 WHERE tenant_id = ? AND subscription_id = ?',
    tenant,
    id,
  )
  await db.run(
    "UPDATE deliveries SET due_at = ? WHERE tenant_id = ? AND subscription_id = ? AND state = 'pending' AND due_at > ?",
    at,
    tenant,
    id,
    at,
  )
}

/** See `DeliveryStore.deleteSubscription`. The last one takes the position along: the next one begins where it begins. */
export async function deleteSubscription(
  session: WriteSession,
  id: Id,
  context: WriteContext,
): Promise<Written<Subscription>> {
  const { db } = session
  const { tenant } = context.principal
  const held = found(await findSubscription(db, tenant, id))
  await db.run('DELETE FROM deliveries WHERE tenant_id = ? AND subscription_id = ?', tenant, id)
  await db.run('DELETE FROM subscriptions WHERE tenant_id = ? AND subscription_id = ?', tenant, id)
  await db.run(
    `DELETE FROM event_positions WHERE tenant_id = ?1
     AND NOT EXISTS (SELECT 1 FROM subscriptions AS s WHERE s.tenant_id = ?1)`,
    tenant,
  )
  await tell(session, 'delete', held, context)
  return done(held)
}

/** Of a URL only the host: the rest may be a secret of the receiver. */
async function tell(
  session: WriteSession,
  verb: 'create' | 'update' | 'delete',
  {
    id,
    kind,
    endpoint,
    types,
    state,
  }: Pick<Subscription, 'id' | 'kind' | 'endpoint' | 'types'> & { state?: string },
  context: WriteContext,
): Promise<void> {
  const host = endpoint === undefined ? undefined : new URL(endpoint).host
  const details = { types, ...present({ host, state }) }
  await record(session, { action: `${kind}.${verb}`, target: id, details }, context)
}
