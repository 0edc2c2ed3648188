import type { Enrolment, EnrolmentStore, OpenEnrolments } from '../../../issuer/enrolment-store.ts'
import type { Page, Paged } from '../../../issuer/ports.ts'
import type { PrincipalId } from '../../../issuer/principal-id.ts'
import type { Id } from '../../../issuer/records.ts'
import type { Database, Row } from './database.ts'
import { clausesOf, limitOf, paged } from './paging.ts'
import { integer, json, present, text, word } from './row.ts'

export const SELECT_ENROLMENT = 'SELECT * FROM enrolments WHERE tenant_id = ? AND enrolment_id = ?'

export async function findEnrolment(db: Database, tenant: string, id: Id): Promise<Enrolment | undefined> {
  const row = await db.get(SELECT_ENROLMENT, tenant, id)
  return row && enrolmentOf(row)
}

/** See `EnrolmentStore.hasInvitation`. */
export async function hasInvitation(
  db: Database,
  tenant: string,
  { ticketDigest, did, at }: Parameters<EnrolmentStore['hasInvitation']>[1],
): Promise<boolean> {
  const sql = `SELECT 1 AS found FROM enrolments WHERE tenant_id = ? AND ticket_digest = ? AND expires_at > ?
    AND withdrawn_by IS NULL AND (redeemed_by IS NULL OR redeemed_by = ?)`
  return (await db.get(sql, tenant, ticketDigest, at, did)) !== undefined
}

/** The cursor is the id of the last one; after one that was deleted meanwhile there is nothing. */
export async function readEnrolments(
  db: Database,
  tenant: string,
  { ownerId, at }: OpenEnrolments,
  page: Page,
): Promise<Paged<Enrolment>> {
  const limit = limitOf(page)
  const { clauses, values } = clausesOf({ owner_id: ownerId })
  if (page.after !== undefined) {
    clauses.push(`(expires_at, enrolment_id) > (SELECT expires_at, enrolment_id FROM enrolments
      WHERE tenant_id = ? AND enrolment_id = ?)`)
    values.push(tenant, page.after)
  }
  const open = 'tenant_id = ? AND expires_at > ? AND redeemed_by IS NULL AND withdrawn_by IS NULL'
  const sql = `SELECT * FROM enrolments WHERE ${[open, ...clauses].join(' AND ')}
    ORDER BY expires_at, enrolment_id LIMIT ?`
  const rows = await db.all(sql, tenant, at, ...values, limit + 1)
  return paged(rows.map(enrolmentOf), limit, ({ id }) => id)
}

export function enrolmentOf(row: Row): Enrolment {
  const delegation = row.delegation === null ? undefined : json<Enrolment['delegation']>(row, 'delegation')
  return {
    tenant: text(row, 'tenant_id'),
    id: text(row, 'enrolment_id'),
    agent: json<Enrolment['agent']>(row, 'agent'),
    ...present({ delegation }),
    createdBy: word<PrincipalId>(row, 'created_by'),
    expiresAt: integer(row, 'expires_at'),
  }
}
