import { ProcuraError } from '../../../errors.ts'
import { bringForward } from '../sql/bring-forward.ts'
import type { Connection } from '../sql/database.ts'
import { integer } from '../sql/row.ts'
import { openReader, openWriter, type SqliteConnection } from './database.ts'
import { REGISTRY_SQL } from './migrations/0001-registry.ts'
import { STATUS_SQL } from './migrations/0001-status.ts'
import { TRAIL_SQL } from './migrations/0001-trail.ts'
import { FORMS_SQL } from './migrations/0002-forms.ts'
import { LIST_FORMS_SQL } from './migrations/0003-list-forms.ts'
import { SERVICE_SQL } from './migrations/0004-service.ts'
import { KEYS_SQL } from './migrations/0005-keys.ts'
import { ENROLMENTS_SQL } from './migrations/0006-enrolments.ts'
import { SUCCESSION_SQL } from './migrations/0007-succession.ts'
import { AUDIT_TREE_SQL } from './migrations/0008-audit-tree.ts'
import { TRANSFER_SQL } from './migrations/0009-transfer.ts'
import { RECOVERIES_SQL } from './migrations/0010-recoveries.ts'
import { AUDIT_REMOVALS_SQL } from './migrations/0011-audit-removals.ts'
import { WITHDRAWALS_SQL } from './migrations/0012-withdrawals.ts'
import { RUN_SUCCESSION_SQL } from './migrations/0013-run-succession.ts'
import { CATCH_UP_SQL } from './migrations/0014-catch-up.ts'
import { PARTY_KEYS_SQL } from './migrations/0015-party-keys.ts'
import { CHANGES_SQL } from './migrations/0016-changes.ts'
import { EMERGENCY_SQL } from './migrations/0017-emergency.ts'
import { KEY_USES_SQL } from './migrations/0018-key-uses.ts'
import { DELIVERIES_SQL } from './migrations/0019-deliveries.ts'
import { SIGNALS_SQL } from './migrations/0020-signals.ts'
import { SIGNALS_OF_EACH_SQL } from './migrations/0021-signals-of-each.ts'
import { LEASE_QUOTAS_SQL } from './migrations/0022-lease-quotas.ts'
import { LEASE_REVOCATIONS_SQL } from './migrations/0023-lease-revocations.ts'

/** "PRCR": marks the file as ours (`PRAGMA application_id`). */
const APPLICATION_ID = 0x50524352

/** Forward only: version n + 1 is made by entry n. A released entry is never edited; what changes is a new one. */
export const MIGRATIONS: readonly string[] = [
  `${REGISTRY_SQL}${STATUS_SQL}${TRAIL_SQL}`,
  FORMS_SQL,
  LIST_FORMS_SQL,
  SERVICE_SQL,
  KEYS_SQL,
  ENROLMENTS_SQL,
  SUCCESSION_SQL,
  AUDIT_TREE_SQL,
  TRANSFER_SQL,
  RECOVERIES_SQL,
  AUDIT_REMOVALS_SQL,
  WITHDRAWALS_SQL,
  RUN_SUCCESSION_SQL,
  CATCH_UP_SQL,
  PARTY_KEYS_SQL,
  CHANGES_SQL,
  EMERGENCY_SQL,
  KEY_USES_SQL,
  DELIVERIES_SQL,
  SIGNALS_SQL,
  SIGNALS_OF_EACH_SQL,
  LEASE_QUOTAS_SQL,
  LEASE_REVOCATIONS_SQL,
]

/** The schema that this program reads and writes. */
export const SCHEMA_VERSION: number = MIGRATIONS.length

/** Whether a file has the schema of this program already. */
export async function isPresentSchema(file: string): Promise<boolean> {
  const db = openReader(file)
  try {
    const newest = await db.get('SELECT max(version) AS version FROM schema_version')
    return newest?.version === SCHEMA_VERSION
  } catch {
    return false
  } finally {
    db.close()
  }
}

/**
 * Brings the file to {@link SCHEMA_VERSION}, in one transaction: a crash midway leaves the old schema whole.
 *
 * @throws {ProcuraError} `ERR_PROCURA_STORAGE` when the file is newer than this program, or is not ours.
 */
export async function migrate(db: Connection, migrations: readonly string[] = MIGRATIONS): Promise<void> {
  await bringForward(db, migrations, async () => {
    const mark = await db.get('PRAGMA application_id')
    if (integer(mark ?? {}, 'application_id') !== APPLICATION_ID) await adopt(db)
  })
}

/**
 * Makes a file with the present schema and nothing in it, to be filled at once, as a whole, and synced by whoever fills it: it has no log
 * beside it, and until then a crash leaves nothing of use.
 */
export async function createCopy(file: string): Promise<SqliteConnection> {
  const db = openWriter(file)
  await db.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF')
  await migrate(db)
  return db
}

/** Only an empty file becomes ours. */
async function adopt(db: Connection): Promise<void> {
  if ((await db.get('SELECT 1 FROM sqlite_schema LIMIT 1')) !== undefined) {
    throw new ProcuraError(
      'ERR_PROCURA_STORAGE',
      'the database file belongs to another program; name another file',
    )
  }
  await db.exec(`PRAGMA application_id = ${APPLICATION_ID};
    CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY) STRICT`)
}
