import {
  DELIVERY_PATIENCE_MS,
  type DeliveryOutcome,
  type DeliveryStore,
  type NewDelivery,
} from '../../../../issuer/delivery-store.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { Id } from '../../../../issuer/records.ts'
import { record } from '../audit-log.ts'
import { findSubscription } from '../deliveries.ts'
import { integer, text } from '../row.ts'
import { done, found, refuseWrite, type WriteSession } from '../session.ts'
import { tryAtOnce } from './subscriptions.ts'

/** See `DeliveryStore.noteEvents`. */
export async function noteEvents(
  session: WriteSession,
  tenant: string,
  { from, until, deliveries }: Parameters<DeliveryStore['noteEvents']>[1],
  at: number,
): Promise<boolean> {
  const sql = 'UPDATE event_positions SET seq = ? WHERE tenant_id = ? AND seq = ?'
  if ((await session.db.run(sql, until, tenant, from)) === 0) return false
  for (const delivery of deliveries) await insertDelivery(session, tenant, delivery, at)
  return true
}

export async function addDelivery(
  session: WriteSession,
  tenant: string,
  delivery: NewDelivery,
  at: number,
): Promise<boolean> {
  return (await insertDelivery(session, tenant, delivery, at)) === 1
}

/** Not before what waits of its subject. Of a subscription that was deleted meanwhile nothing is noted, and nothing twice. */
async function insertDelivery(
  { db }: WriteSession,
  tenant: string,
  { subscriptionId, eventId, type, subject, payload }: NewDelivery,
  at: number,
): Promise<number> {
  return await db.run(
    `INSERT INTO deliveries (tenant_id, subscription_id, event_id, type, subject, payload, due_at, give_up_at, created_at)
     SELECT s.tenant_id, s.subscription_id, ?3, ?4, ?5, ?6, coalesce((SELECT max(d.due_at) FROM deliveries AS d
         WHERE d.tenant_id = ?1 AND d.subscription_id = ?2 AND d.subject = ?5 AND d.state = 'pending'), ?7), ?8, ?7
     FROM subscriptions AS s WHERE s.tenant_id = ?1 AND s.subscription_id = ?2
     ON CONFLICT (tenant_id, subscription_id, event_id) DO NOTHING`,
    tenant,
    subscriptionId,
    eventId,
    type,
    subject,
    JSON.stringify(payload),
    at,
    at + DELIVERY_PATIENCE_MS,
  )
}

/** See `DeliveryStore.settleDeliveries`. */
export async function settleDeliveries(
  session: WriteSession,
  tenant: string,
  subscriptionId: Id,
  { outcomes, at }: { readonly outcomes: readonly DeliveryOutcome[]; readonly at: number },
): Promise<number> {
  let settled = 0
  for (const outcome of outcomes) {
    const changed = await settle(session, tenant, { ...outcome, subscriptionId }, at)
    settled += changed
    if (changed === 1) await noteHealth(session, tenant, { ...outcome, subscriptionId }, at)
  }
  return settled
}

type Settled = DeliveryOutcome & { readonly subscriptionId: Id }

async function settle(
  session: WriteSession,
  tenant: string,
  { subscriptionId, eventId, isDelivered, httpStatus, problem, retryAt }: Settled,
  at: number,
): Promise<number> {
  const state = isDelivered ? 'delivered' : retryAt === undefined ? 'failed' : 'pending'
  const changed = await session.db.run(
    `UPDATE deliveries SET state = ?, attempts = attempts + 1, attempted_at = ?, http_status = ?, problem = ?, settled_at = ?
     WHERE tenant_id = ? AND subscription_id = ? AND event_id = ? AND state = 'pending'`,
    state,
    at,
    httpStatus ?? null,
    problem ?? null,
    state === 'pending' ? null : at,
    tenant,
    subscriptionId,
    eventId,
  )
  if (changed === 1 && retryAt !== undefined && !isDelivered)
    await putOff(session, tenant, { subscriptionId, eventId, retryAt })
  return changed
}

/** With a delivery waits all that is of its subject, so that what is due is always the oldest of it. */
async function putOff(
  { db }: WriteSession,
  tenant: string,
  { subscriptionId, eventId, retryAt }: { subscriptionId: Id; eventId: string; retryAt: number },
): Promise<void> {
  await db.run(
    `UPDATE deliveries SET due_at = ?4 WHERE tenant_id = ?1 AND subscription_id = ?2 AND state = 'pending'
     AND due_at < ?4 AND subject = (SELECT d.subject FROM deliveries AS d
       WHERE d.tenant_id = ?1 AND d.subscription_id = ?2 AND d.event_id = ?3)`,
    tenant,
    subscriptionId,
    eventId,
    retryAt,
  )
}

/** What is delivered says that the place is well; every failure, that it is not. */
async function noteHealth(
  { db }: WriteSession,
  tenant: string,
  { subscriptionId, isDelivered, endpointRetryAt }: Settled,
  at: number,
): Promise<void> {
  if (isDelivered) {
    const sql = `UPDATE subscriptions SET failures = 0, failing_since = NULL, retry_at = 0
      WHERE tenant_id = ? AND subscription_id = ? AND failures > 0`
    await db.run(sql, tenant, subscriptionId)
    return
  }
  await db.run(
    `UPDATE subscriptions SET failures = failures + 1, failing_since = coalesce(failing_since, ?), retry_at = ?
     WHERE tenant_id = ? AND subscription_id = ?`,
    at,
    endpointRetryAt ?? 0,
    tenant,
    subscriptionId,
  )
}

/** See `DeliveryStore.giveUpDeliveries`. */
export async function giveUpDeliveries(
  { db }: WriteSession,
  tenant: string,
  at: number,
): Promise<ReadonlyMap<Id, number>> {
  const overdue = "tenant_id = ? AND state = 'pending' AND give_up_at <= ?"
  const sql = `SELECT subscription_id, count(*) AS n FROM deliveries WHERE ${overdue} GROUP BY subscription_id`
  const rows = await db.all(sql, tenant, at)
  await db.run(
    `UPDATE deliveries SET state = 'failed', settled_at = ?, problem = coalesce(problem, 'given_up') WHERE ${overdue}`,
    at,
    tenant,
    at,
  )
  return new Map(rows.map((row) => [text(row, 'subscription_id'), integer(row, 'n')]))
}

/** See `DeliveryStore.redeliver`. */
export async function redeliver(
  session: WriteSession,
  subscriptionId: Id,
  eventId: string | undefined,
  context: WriteContext,
): Promise<Written<number>> {
  const { db } = session
  const { at, principal } = context
  const { tenant } = principal
  const subscription = found(await findSubscription(db, tenant, subscriptionId))
  const which = eventId === undefined ? "state = 'failed'" : 'event_id = ?'
  const again = await db.run(
    `UPDATE deliveries SET state = 'pending', settled_at = NULL, attempts = 0, due_at = ?, give_up_at = ?
     WHERE tenant_id = ? AND subscription_id = ? AND ${which}`,
    at,
    at + DELIVERY_PATIENCE_MS,
    tenant,
    subscriptionId,
    ...(eventId === undefined ? [] : [eventId]),
  )
  if (eventId !== undefined && again === 0) refuseWrite({ code: 'not_found' })
  await tryAtOnce(session, tenant, subscription, at)
  const details = { events: again }
  await record(
    session,
    { action: `${subscription.kind}.redeliver`, target: subscriptionId, details },
    context,
  )
  return done(again)
}
