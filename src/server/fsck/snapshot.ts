import { ProcuraError } from '../../errors.ts'
import type { DataFiles } from '../data-directory.ts'
import { openPostgresConnection } from '../store/postgres/open-postgres-store.ts'
import type { Connection, Row } from '../store/sql/database.ts'
import { faultOf } from '../store/sql/fault.ts'
import { text } from '../store/sql/row.ts'
import { openReader } from '../store/sqlite/database.ts'

/** Rows that are read at one time. */
const PAGE_ROWS = 1_000

/** A database as it is at one moment, while others go on working with it. */
export interface Snapshot {
  readonly db: Connection
  readonly isFile: boolean
  close(): Promise<void>
}

/**
 * Opens one read transaction, in which everything is of one moment. Takes no lock: the service may run.
 *
 * @throws {ProcuraError} `ERR_PROCURA_STORAGE`
 */
export async function openSnapshot(files: DataFiles, database: string | undefined): Promise<Snapshot> {
  try {
    return database === undefined ? await openFile(files.database) : await openServer(database)
  } catch (cause) {
    if (cause instanceof ProcuraError) throw cause
    throw new ProcuraError('ERR_PROCURA_STORAGE', `the database cannot be read: ${faultOf(cause).message}`, {
      cause,
    })
  }
}

async function openFile(file: string): Promise<Snapshot> {
  const db = openReader(file)
  await db.begin('read')
  return { db, isFile: true, close: async () => db.close() }
}

async function openServer(url: string): Promise<Snapshot> {
  const { db, close } = await openPostgresConnection(url)
  await db.begin('read')
  return {
    db,
    isFile: false,
    close: async () => {
      await db.rollback()
      await close()
    },
  }
}

/**
 * All rows of a tenant, a page at a time.
 *
 * @param select With `{after}` where the condition on the last id goes: `SELECT id … WHERE tenant_id = ? AND {after}`.
 * @param id A column by which the rows are ordered, and by which each is unique.
 */
export async function* rowsOf(
  db: Connection,
  tenant: string,
  select: string,
  id: string,
): AsyncGenerator<Row> {
  const order = ` ORDER BY ${id} LIMIT ${PAGE_ROWS}`
  let rows = await db.all(select.replace('{after}', 'true') + order, tenant)
  while (rows.length > 0) {
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE_ROWS) return
    const name = id.slice(id.lastIndexOf('.') + 1)
    const after = typeof last[name] === 'number' ? last[name] : text(last, name)
    rows = await db.all(select.replace('{after}', `${id} > ?`) + order, tenant, after)
  }
}
