import { createHash } from 'node:crypto'
import pg from 'pg'
import {
  migrate as migrateServer,
  MIGRATIONS as OF_SERVERS,
} from '../../src/server/store/postgres/migrate.ts'
import { openPostgresConnection } from '../../src/server/store/postgres/open-postgres-store.ts'
import type { Connection, Row, SqlValue } from '../../src/server/store/sql/database.ts'
import { openReader, openWriter } from '../../src/server/store/sqlite/database.ts'
import { migrate as migrateFile, MIGRATIONS as OF_FILES } from '../../src/server/store/sqlite/migrate.ts'

/** The first schema that both databases had. */
const OLD_FILES: readonly string[] = OF_FILES.slice(0, 4)
const OLD_SERVERS: readonly string[] = OF_SERVERS.slice(0, 1)

/** Rows that are inserted with one statement. */
const CHUNK = 250

export interface Tables {
  readonly names: readonly string[]
  columns(table: string): readonly string[]
}

/** Tables of the old schema with their columns, but for those that say which schema it is. */
async function tablesOf(file: string): Promise<Tables> {
  const db = openReader(file)
  const sql = `SELECT t.name AS name, c.name AS column_name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
    WHERE t.type = 'table' AND t.name <> 'schema_version' ORDER BY t.rowid, c.cid`
  const columns = new Map<string, string[]>()
  for (const { name, column_name } of await db.all(sql))
    columns.set(String(name), [...(columns.get(String(name)) ?? []), String(column_name)])
  db.close()
  return { names: [...columns.keys()], columns: (table) => columns.get(table) ?? [] }
}

/** Writes the rows of a registry of today into a file of the old schema, past its triggers. */
export async function writeOldFile(from: string, to: string): Promise<Tables> {
  const db = openWriter(to)
  await migrateFile(db, OLD_FILES)
  const tables = await tablesOf(to)
  const triggers = await db.all("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
  await db.exec('PRAGMA foreign_keys = OFF')
  await db.run('ATTACH ? AS today', from)
  await db.exec(triggers.map(({ name }) => `DROP TRIGGER ${name}`).join(';'))
  for (const table of tables.names) {
    const columns = tables.columns(table).join(', ')
    await db.exec(`INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM today.${table}`)
  }
  await db.exec(triggers.map(({ sql }) => sql).join(';'))
  await db.exec('DETACH today')
  db.close()
  return tables
}

/** The same on a server, by an administrator. */
export async function writeOldServer(
  from: string,
  { url, adminUrl, tables }: { readonly url: string; readonly adminUrl: string; readonly tables: Tables },
): Promise<void> {
  const { db, close } = await openPostgresConnection(url)
  await migrateServer(db, OLD_SERVERS)
  await close()
  const source = openReader(from)
  const admin = new pg.Client(adminUrl)
  await admin.connect()
  await admin.query('SET search_path = procura; SET session_replication_role = replica')
  for (const table of tables.names) {
    const columns = tables.columns(table)
    const rows = await source.all(`SELECT ${columns.join(', ')} FROM ${table}`)
    for (let i = 0; i < rows.length; i += CHUNK) await insert(admin, table, columns, rows.slice(i, i + CHUNK))
  }
  await admin.end()
  source.close()
}

async function insert(
  admin: pg.Client,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  let place = 0
  const places = rows.map(() => `(${columns.map(() => `$${++place}`).join(', ')})`).join(', ')
  const values = rows.flatMap((row) => columns.map((column) => row[column] as SqlValue))
  await admin.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${places}`, values)
}

/** Opens a registry of whatever schema, as it is. */
export async function openAsItIs(
  database: string,
): Promise<{ readonly db: Connection; close(): Promise<void> }> {
  if (database.startsWith('postgres:')) return await openPostgresConnection(database)
  const db = openReader(database)
  return { db, close: async () => db.close() }
}

/** Digest of everything that the old schema could say. */
export async function digestOf(database: string, tables: Tables): Promise<string> {
  const { db, close } = await openAsItIs(database)
  const hash = createHash('sha256')
  await db.begin('read')
  for (const table of tables.names) {
    const columns = tables.columns(table)
    const rows = await db.all(`SELECT ${columns.join(', ')} FROM ${table}`)
    const texts = rows.map((row) => JSON.stringify(columns.map((column) => plain(row[column]))))
    hash.update(`${table} ${texts.length}\n${texts.sort().join('\n')}\n`)
  }
  await db.rollback()
  await close()
  return hash.digest('base64url')
}

function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}

/** The code with which a program that knows the old schema alone refuses a registry; `undefined` when it takes it. */
export async function refusalByOldProgram(database: string): Promise<unknown> {
  const isServer = database.startsWith('postgres:')
  const file = isServer ? undefined : openWriter(database)
  const server = isServer ? await openPostgresConnection(database) : undefined
  try {
    if (file !== undefined) await migrateFile(file, OLD_FILES)
    if (server !== undefined) await migrateServer(server.db, OLD_SERVERS)
    return undefined
  } catch (error) {
    return (error as { code?: unknown }).code
  } finally {
    file?.close()
    await server?.close()
  }
}
