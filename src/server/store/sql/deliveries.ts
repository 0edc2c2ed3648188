import {
  type Delivery,
  type DeliveryState,
  type DeliveryStore,
  type DueQuery,
  NEVER_PUT_OFF_MS,
  type Subscribed,
  type Subscription,
  type SubscriptionKind,
  type SubscriptionState,
} from '../../../issuer/delivery-store.ts'
import type { Page, Paged } from '../../../issuer/ports.ts'
import type { Id } from '../../../issuer/records.ts'
import type { Database, Row } from './database.ts'
import { clausesOf, limitOf, paged } from './paging.ts'
import { integer, json, optionalInteger, optionalText, present, text, word } from './row.ts'

/** Over all tenants, by what the indexes hold: asked once a second. */
export async function readTenantsWithDeliveries(db: Database, at: number): Promise<string[]> {
  const pending = `EXISTS (SELECT 1 FROM deliveries AS d WHERE d.tenant_id = s.tenant_id
    AND d.subscription_id = s.subscription_id AND d.state = 'pending' AND d.due_at`
  const rows = await db.all(
    `SELECT p.tenant_id FROM event_positions AS p
     WHERE EXISTS (SELECT 1 FROM audit AS a WHERE a.tenant_id = p.tenant_id AND a.seq > p.seq)
     OR EXISTS (SELECT 1 FROM deliveries AS d
       WHERE d.tenant_id = p.tenant_id AND d.state = 'pending' AND d.give_up_at <= ?1)
     OR EXISTS (SELECT 1 FROM subscriptions AS s WHERE s.tenant_id = p.tenant_id AND s.endpoint IS NOT NULL
       AND s.state = 'active' AND (s.retry_at <= ?1 OR s.retry_at > ?2) AND (${pending} <= ?1) OR ${pending} > ?2)))
     ORDER BY p.tenant_id`,
    at,
    at + NEVER_PUT_OFF_MS,
  )
  return rows.map((row) => text(row, 'tenant_id'))
}

/** See `DeliveryStore.subscribed`. */
export async function readSubscribed(db: Database, tenant: string): Promise<Subscribed> {
  const row = await db.get('SELECT seq FROM event_positions WHERE tenant_id = ?', tenant)
  const rows = await db.all('SELECT * FROM subscriptions WHERE tenant_id = ? ORDER BY rowid', tenant)
  return { subscriptions: rows.map(subscriptionOf), ...present({ position: row && integer(row, 'seq') }) }
}

export async function findSubscription(
  db: Database,
  tenant: string,
  id: Id,
): Promise<Subscription | undefined> {
  const row = await db.get(
    'SELECT * FROM subscriptions WHERE tenant_id = ? AND subscription_id = ?',
    tenant,
    id,
  )
  return row && subscriptionOf(row)
}

/** See `DeliveryStore.dueDeliveries`. By two ranges of the index: where one asks for either with OR, it is not used. */
export async function readDueDeliveries(
  db: Database,
  tenant: string,
  subscriptionId: Id,
  { at, limit, type }: DueQuery,
): Promise<Delivery[]> {
  const { clauses, values } = clausesOf({ type })
  const which = ['tenant_id = ?', 'subscription_id = ?', "state = 'pending'", ...clauses].join(' AND ')
  const put = `SELECT rowid FROM deliveries WHERE ${which} AND due_at`
  const sql = `SELECT * FROM deliveries WHERE rowid IN (${put} <= ? UNION ALL ${put} > ?) ORDER BY rowid LIMIT ?`
  const one = [tenant, subscriptionId, ...values]
  return (await db.all(sql, ...one, at, ...one, at + NEVER_PUT_OFF_MS, limit)).map(deliveryOf)
}

/** See `DeliveryStore.deliveries`; after an event that is forgotten by now there is nothing. */
export async function readDeliveries(
  db: Database,
  tenant: string,
  { subscriptionId, state }: Parameters<DeliveryStore['deliveries']>[1],
  page: Page,
): Promise<Paged<Delivery>> {
  const limit = limitOf(page)
  const { clauses, values } = clausesOf({ state })
  if (page.after !== undefined) {
    clauses.push(
      'rowid < (SELECT rowid FROM deliveries WHERE tenant_id = ? AND subscription_id = ? AND event_id = ?)',
    )
    values.push(tenant, subscriptionId, page.after)
  }
  const where = ['tenant_id = ?', 'subscription_id = ?', ...clauses].join(' AND ')
  const sql = `SELECT * FROM deliveries WHERE ${where} ORDER BY rowid DESC LIMIT ?`
  const rows = await db.all(sql, tenant, subscriptionId, ...values, limit + 1)
  return paged(rows.map(deliveryOf), limit, ({ eventId }) => eventId)
}

function subscriptionOf(row: Row): Subscription {
  return {
    tenant: text(row, 'tenant_id'),
    id: text(row, 'subscription_id'),
    kind: word<SubscriptionKind>(row, 'kind'),
    ...present({ endpoint: optionalText(row, 'endpoint') }),
    types: json<string[]>(row, 'types'),
    state: word<SubscriptionState>(row, 'state'),
    settings: json(row, 'settings'),
    since: integer(row, 'since'),
    failures: integer(row, 'failures'),
    ...present({ failingSince: optionalInteger(row, 'failing_since') }),
    retryAt: integer(row, 'retry_at'),
    createdAt: integer(row, 'created_at'),
  }
}

function deliveryOf(row: Row): Delivery {
  return {
    subscriptionId: text(row, 'subscription_id'),
    eventId: text(row, 'event_id'),
    type: text(row, 'type'),
    subject: text(row, 'subject'),
    payload: json(row, 'payload'),
    state: word<DeliveryState>(row, 'state'),
    attempts: integer(row, 'attempts'),
    dueAt: integer(row, 'due_at'),
    giveUpAt: integer(row, 'give_up_at'),
    createdAt: integer(row, 'created_at'),
    ...present({
      attemptedAt: optionalInteger(row, 'attempted_at'),
      httpStatus: optionalInteger(row, 'http_status'),
      problem: optionalText(row, 'problem'),
      settledAt: optionalInteger(row, 'settled_at'),
    }),
  }
}
