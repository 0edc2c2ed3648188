import type { PostgresConnection } from '../store/postgres/connection.ts'
import type { SqlValue } from '../store/sql/database.ts'
import { text } from '../store/sql/row.ts'
import type { SqliteConnection } from '../store/sqlite/database.ts'

/** Rows that are fetched, or inserted, with one statement: a published list has some 60 KiB. */
const ROWS_TOGETHER = 100

/** A table that both databases have. */
interface Table {
  readonly name: string
  /** In the order of the file; with `rowid` where the order of creation is kept on the server, too. */
  readonly columns: readonly string[]
  readonly isNumbered: boolean
}

/**
 * Copies every row of a registry on a server into a file that has its schema and nothing in it. Within the open read transaction, so
 * everything is of one moment. The file's triggers, which refuse what only a copy may do, are away meanwhile.
 */
export async function copyToFile(from: PostgresConnection, to: SqliteConnection): Promise<void> {
  await to.exec('PRAGMA foreign_keys = OFF')
  await to.begin('write')
  const triggers = await to.all("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
  for (const trigger of triggers) await to.exec(`DROP TRIGGER ${text(trigger, 'name')}`)
  for (const table of await tablesOf(to, from)) {
    const { name, columns } = table
    const places = columns.map(() => '?').join(', ')
    const insert = `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${places})`
    for await (const row of rowsOnServer(from, table)) await to.run(insert, ...row)
  }
  for (const trigger of triggers) await to.exec(text(trigger, 'sql'))
  await to.commit()
}

/**
 * Copies every row of a file into a database on a server that has the schema and nothing in it, within the open write transaction. The
 * triggers are off meanwhile; what refers to another row is checked.
 */
export async function copyToServer(from: SqliteConnection, to: PostgresConnection): Promise<void> {
  const tables = await tablesOf(from, to)
  for (const { name } of tables) await to.exec(`ALTER TABLE ${name} DISABLE TRIGGER USER`)
  for (const table of tables) {
    let rows: SqlValue[][] = []
    for (const row of from.rows(`SELECT ${table.columns.join(', ')} FROM ${table.name}`)) {
      rows.push(table.columns.map((column) => row[column] as SqlValue))
      if (rows.length === ROWS_TOGETHER) rows = await insertRows(to, table, rows)
    }
    for (const row of rows) await insertRows(to, table, [row])
    if (table.isNumbered) await to.get(numberAfter(table))
  }
  for (const { name } of tables) await to.exec(`ALTER TABLE ${name} ENABLE TRIGGER USER`)
}

/** The next row of a table gets a number after those that were copied. */
function numberAfter({ name }: Table): string {
  return `SELECT setval(pg_get_serial_sequence('${name}', 'rowid'), coalesce(max(rowid), 0) + 1) FROM ${name}`
}

/** Parents before children, as the migrations made them. */
async function tablesOf(file: SqliteConnection, server: PostgresConnection): Promise<readonly Table[]> {
  const sql = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
    AND name <> 'schema_version' ORDER BY rowid`
  const names = (await file.all(sql)).map((row) => text(row, 'name'))
  const numbered = await server.all(
    "SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'procura' AND column_name = 'rowid'",
  )
  const withNumber = new Set(numbered.map((row) => text(row, 'name')))
  const tables: Table[] = []
  for (const name of names) {
    const columns = await file.all('SELECT name FROM pragma_table_info(?)', name)
    const isNumbered = withNumber.has(name)
    const own = columns.map((row) => text(row, 'name'))
    tables.push({ name, isNumbered, columns: isNumbered ? ['rowid', ...own] : own })
  }
  return tables
}

async function* rowsOnServer(
  db: PostgresConnection,
  { name, columns }: Table,
): AsyncGenerator<readonly SqlValue[]> {
  await db.exec(`DECLARE copy_${name} CURSOR FOR SELECT ${columns.join(', ')} FROM ${name}`)
  for (;;) {
    const rows = await db.all(`FETCH ${ROWS_TOGETHER} FROM copy_${name}`)
    for (const row of rows) yield columns.map((column) => row[column] as SqlValue)
    if (rows.length < ROWS_TOGETHER) break
  }
  await db.exec(`CLOSE copy_${name}`)
}

/** @returns The rows that are still to be inserted: none. */
async function insertRows(
  db: PostgresConnection,
  { name, columns, isNumbered }: Table,
  rows: readonly (readonly SqlValue[])[],
): Promise<SqlValue[][]> {
  const places = `(${columns.map(() => '?').join(', ')})`
  const overriding = isNumbered ? 'OVERRIDING SYSTEM VALUE ' : ''
  const sql = `INSERT INTO ${name} (${columns.join(', ')}) ${overriding}VALUES ${rows.map(() => places).join(', ')}`
  await db.run(sql, ...rows.flat())
  return []
}
