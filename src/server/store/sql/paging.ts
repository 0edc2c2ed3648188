import type { Page, Paged } from '../../../issuer/ports.ts'
import type { Database, Row, SqlValue } from './database.ts'
import { integer } from './row.ts'

/** Most rows of one page, whatever is asked. */
const MAX_PAGE_ITEMS = 1_000

/** Rows that are read at one time where all are looked at. */
const ROWS_TOGETHER = 1_000

/** A listing: which rows, what names a row, how one becomes an item. All texts are constants of this folder. */
export interface Listing<T> {
  readonly select: string
  /** Which rows may be listed at all; default every one of the tenant. */
  readonly where?: string
  /** Table alias and name, to find the place of the cursor. */
  readonly alias: string
  readonly table: string
  readonly idColumn: string
  readonly itemOf: (row: Row) => T
  readonly idOf: (item: T) => string
}

/**
 * One page of a tenant's rows, oldest first. The cursor is the id of the last item, so it tells nothing about other
 * tenants; an unknown cursor gives an empty page.
 * */
export async function readPage<T>(
  db: Database,
  listing: Listing<T>,
  tenant: string,
  { filter = {}, page }: { readonly filter?: Filter; readonly page: Page },
): Promise<Paged<T>> {
  const { alias, table, idColumn } = listing
  const limit = limitOf(page)
  const { clauses, values } = clausesOf(filter, `${alias}.`)
  if (page.after !== undefined) {
    clauses.push(`${alias}.rowid > (SELECT rowid FROM ${table} WHERE tenant_id = ? AND ${idColumn} = ?)`)
    values.push(tenant, page.after)
  }
  const where = [listing.where ?? 'true', `${alias}.tenant_id = ?`, ...clauses].join(' AND ')
  const sql = `${listing.select} WHERE ${where} ORDER BY ${alias}.rowid LIMIT ?`
  return paged((await db.all(sql, tenant, ...values, limit + 1)).map(listing.itemOf), limit, listing.idOf)
}

/** Columns and the values they must have; `undefined` does not filter. Columns are constants of this folder. */
export type Filter = Readonly<Record<string, string | undefined>>

export function clausesOf(filter: Filter, prefix = ''): { clauses: string[]; values: SqlValue[] } {
  const given = Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return {
    clauses: given.map(([column]) => `${prefix}${column} = ?`),
    values: given.map(([, value]) => value),
  }
}

export function limitOf({ limit }: Page): number {
  return Math.max(1, Math.min(limit, MAX_PAGE_ITEMS))
}

/** Cuts the item that was read only to know whether there are more. */
export function paged<T>(read: readonly T[], limit: number, idOf: (item: T) => string): Paged<T> {
  const items = read.slice(0, limit)
  const last = items.at(-1)
  return read.length > limit && last !== undefined ? { items, next: idOf(last) } : { items }
}

/**
 * All rows, oldest first, some at a time.
 *
 * @param columns What is read of each. @param from Table and condition, with the placeholders of `values`.
 */
export async function* allRows(
  db: Database,
  columns: string,
  from: string,
  ...values: readonly SqlValue[]
): AsyncGenerator<Row> {
  const sql = `SELECT rowid AS place, ${columns} FROM ${from} AND rowid > ? ORDER BY rowid LIMIT ${ROWS_TOGETHER}`
  for (let after = 0; ; ) {
    const rows = await db.all(sql, ...values, after)
    yield* rows
    const last = rows.at(-1)
    if (last === undefined) return
    after = integer(last, 'place')
  }
}
