import { anotherVersion } from '../another-version.ts'
import { bringForward } from '../sql/bring-forward.ts'
import type { Connection } from '../sql/database.ts'
import { GUARDS_SQL } from './migrations/0001-guards.ts'
import { REGISTRY_SQL } from './migrations/0001-registry.ts'
import { STATUS_SQL } from './migrations/0001-status.ts'
import { FENCES_SQL } from './migrations/0001-tenants.ts'
import { TRAIL_SQL } from './migrations/0001-trail.ts'
import { KEYS_SQL } from './migrations/0002-keys.ts'
import { ENROLMENTS_SQL } from './migrations/0003-enrolments.ts'
import { SUCCESSION_SQL } from './migrations/0004-succession.ts'
import { AUDIT_TREE_SQL } from './migrations/0005-audit-tree.ts'
import { TRANSFER_SQL } from './migrations/0006-transfer.ts'
import { RECOVERIES_SQL } from './migrations/0007-recoveries.ts'
import { AUDIT_REMOVALS_SQL } from './migrations/0008-audit-removals.ts'
import { WITHDRAWALS_SQL } from './migrations/0009-withdrawals.ts'
import { RUN_SUCCESSION_SQL } from './migrations/0010-run-succession.ts'
import { CATCH_UP_SQL } from './migrations/0011-catch-up.ts'
import { PARTY_KEYS_SQL } from './migrations/0012-party-keys.ts'
import { CHANGES_SQL } from './migrations/0013-changes.ts'
import { EMERGENCY_SQL } from './migrations/0014-emergency.ts'
import { KEY_USES_SQL } from './migrations/0015-key-uses.ts'
import { DELIVERIES_SQL } from './migrations/0016-deliveries.ts'
import { SIGNALS_SQL } from './migrations/0017-signals.ts'
import { SIGNALS_OF_EACH_SQL } from './migrations/0018-signals-of-each.ts'
import { LEASE_QUOTAS_SQL } from './migrations/0019-lease-quotas.ts'
import { LEASE_REVOCATIONS_SQL } from './migrations/0020-lease-revocations.ts'

/** Forward only: version n + 1 is made by entry n. A released entry is never edited; what changes is a new one. */
export const MIGRATIONS: readonly string[] = [
  `${GUARDS_SQL}${REGISTRY_SQL}${STATUS_SQL}${TRAIL_SQL}${FENCES_SQL}`,
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

/** Any number that other programs do not lock: processes that start together migrate one after the other. */
const MIGRATION_LOCK = 0x50524352

/**
 * Brings the database to the schema that this program reads and writes, in one transaction: a crash midway leaves the old schema whole. However long
 * it takes, and whoever comes meanwhile waits. All of it lies in the schema `procura`, so that nothing of another program is touched.
 *
 * @throws {ProcuraError} `ERR_PROCURA_STORAGE` when the data are of a newer program.
 */
export async function migrate(db: Connection, migrations: readonly string[] = MIGRATIONS): Promise<void> {
  await bringForward(db, migrations, async () => {
    await db.exec(`SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
      SELECT pg_advisory_xact_lock(${MIGRATION_LOCK});
      CREATE SCHEMA IF NOT EXISTS procura;
      CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY)`)
  })
}

/**
 * Changes nothing.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when the data are of another version; the server's error where there are none.
 */
export async function assertPresentSchema(db: Connection): Promise<void> {
  await db.begin('read')
  try {
    const newest = await db.get('SELECT max(version) AS version FROM schema_version')
    if (newest?.version !== SCHEMA_VERSION) throw anotherVersion()
  } finally {
    await db.rollback()
  }
}
