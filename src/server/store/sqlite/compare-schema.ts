import { differencesOf, type SchemaDifference } from '../schema-difference.ts'
import type { Connection } from '../sql/database.ts'
import { integer, optionalText, text } from '../sql/row.ts'
import { openInMemory } from './database.ts'
import { MIGRATIONS, migrate } from './migrate.ts'

/**
 * Compares all tables, indexes, triggers and views of a file with what the migrations make that it has seen: statements and names in it are
 * then the program's own. Of a file of a newer program nothing is known: `migrate` refuses it.
 */
export async function compareSchema(db: Connection): Promise<readonly SchemaDifference[]> {
  const seen = await db.get('SELECT max(version) AS version FROM schema_version')
  const version = integer(seen ?? {}, 'version')
  if (version > MIGRATIONS.length) return []
  return differencesOf(await schemaOf(version), await readSchema(db))
}

async function schemaOf(version: number): Promise<ReadonlyMap<string, string>> {
  const db = openInMemory()
  try {
    await migrate(db, MIGRATIONS.slice(0, version))
    return await readSchema(db)
  } finally {
    db.close()
  }
}

/** By kind and name: of which table it is, and its statement, where it has one. */
async function readSchema(db: Connection): Promise<ReadonlyMap<string, string>> {
  const rows = await db.all('SELECT type, name, tbl_name, sql FROM sqlite_schema')
  return new Map(
    rows.map((row) => [
      `${text(row, 'type')} ${text(row, 'name')}`,
      JSON.stringify([text(row, 'tbl_name'), optionalText(row, 'sql') ?? null]),
    ]),
  )
}
