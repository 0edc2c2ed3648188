import { ProcuraError } from '../../../errors.ts'
import type { Connection } from './database.ts'
import { integer } from './row.ts'

/**
 * Applies the migrations that a database lacks, in one transaction.
 *
 * @param adopt Makes sure, within the transaction, that the database is ours and has its table `schema_version`.
 * @throws {ProcuraError} `ERR_PROCURA_STORAGE` when the data are newer than the migrations.
 */
export async function bringForward(
  db: Connection,
  migrations: readonly string[],
  adopt: () => Promise<void>,
): Promise<void> {
  await db.begin('write')
  try {
    await adopt()
    const version = await readVersion(db)
    assertKnown(version, migrations.length)
    for (const [i, sql] of migrations.slice(version).entries()) {
      await db.exec(sql)
      await db.run('INSERT INTO schema_version (version) VALUES (?)', version + i + 1)
    }
    await db.commit()
  } catch (error) {
    await db.rollback()
    throw error
  }
}

async function readVersion(db: Connection): Promise<number> {
  const newest = await db.get('SELECT coalesce(max(version), 0) AS version FROM schema_version')
  return integer(newest ?? {}, 'version')
}

function assertKnown(version: number, newest: number): void {
  if (version <= newest) return
  throw new ProcuraError(
    'ERR_PROCURA_STORAGE',
    `the data have schema ${version}, this program knows schemas up to ${newest}: start the newer program that wrote them`,
  )
}
