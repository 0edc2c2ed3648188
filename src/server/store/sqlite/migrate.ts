import { ProcuraError } from '../../../errors.ts'
import type { Database } from './database.ts'
import { REGISTRY_SQL } from './migrations/0001-registry.ts'
import { STATUS_SQL } from './migrations/0001-status.ts'
import { TRAIL_SQL } from './migrations/0001-trail.ts'
import { FORMS_SQL } from './migrations/0002-forms.ts'
import { LIST_FORMS_SQL } from './migrations/0003-list-forms.ts'
import { integer } from './row.ts'

/** "PRCR": marks the file as ours (`PRAGMA application_id`). */
const APPLICATION_ID = 0x50524352

/** Forward only: version n + 1 is made by entry n. A released entry is never edited; what changes is a new one. */
export const MIGRATIONS: readonly string[] = [
  `${REGISTRY_SQL}${STATUS_SQL}${TRAIL_SQL}`,
  FORMS_SQL,
  LIST_FORMS_SQL,
]

/** The schema that this program reads and writes. */
export const SCHEMA_VERSION: number = MIGRATIONS.length

/**
 * Brings the file to {@link SCHEMA_VERSION}, in one transaction: a crash midway leaves the old schema whole.
 *
 * @throws {ProcuraError} `ERR_PROCURA_STORAGE` when the file is newer than this program, or is not ours.
 */
export function migrate(db: Database, migrations: readonly string[] = MIGRATIONS): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    const version = readVersion(db)
    assertKnown(version, migrations.length)
    for (const [i, sql] of migrations.slice(version).entries()) apply(db, sql, version + i + 1)
    db.exec('COMMIT')
  } catch (error) {
    db.rollback()
    throw error
  }
}

function apply(db: Database, sql: string, version: number): void {
  db.exec(sql)
  db.run('INSERT INTO schema_version (version) VALUES (?)', version)
}

function readVersion(db: Database): number {
  const known = integer(db.get('PRAGMA application_id') ?? {}, 'application_id') === APPLICATION_ID
  if (!known) adopt(db)
  return integer(db.get('SELECT coalesce(max(version), 0) AS version FROM schema_version') ?? {}, 'version')
}

/** Only an empty file becomes ours. */
function adopt(db: Database): void {
  if (db.get('SELECT 1 FROM sqlite_schema LIMIT 1') !== undefined) {
    throw new ProcuraError(
      'ERR_PROCURA_STORAGE',
      'the database file belongs to another program; name another file',
    )
  }
  db.exec(`PRAGMA application_id = ${APPLICATION_ID};
    CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY) STRICT`)
}

function assertKnown(version: number, newest: number): void {
  if (version <= newest) return
  throw new ProcuraError(
    'ERR_PROCURA_STORAGE',
    `the data have schema ${version}, this program knows schemas up to ${newest}: start the newer program that wrote them`,
  )
}
