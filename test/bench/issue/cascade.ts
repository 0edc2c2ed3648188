import { copyFile, rm } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { dataFiles } from '../../../src/server/data-directory.ts'
import { openWriter } from '../../../src/server/store/sqlite/database.ts'
import { openSqliteStore } from '../../../src/server/store/sqlite/open-sqlite-store.ts'
import { median } from '../cost.ts'
import type { Progress } from '../measure.ts'
import { type Row, rowOf } from '../rows.ts'
import { adminContext, type BenchPlace, granted } from './issuer.ts'
import type { GrownOwner } from './registry.ts'

const RATIO = 0.5

/**
 * What somebody would write who has a table with parents and knows SQL: rows only, without a bit, a count, an audit entry or a
 * destroyed key. In the order of this join SQLite looks children up by their parent; left alone it reads all runs for each parent.
 */
const RECURSIVE_UPDATES = [
  `WITH RECURSIVE below (id, place) AS (
     SELECT id, 0 FROM credentials WHERE tenant_id = ?1 AND owner_id = ?2
     UNION ALL SELECT r.id, r.rowid FROM below AS b CROSS JOIN runs AS r ON r.tenant_id = ?1 AND r.parent_id = b.id)
   UPDATE runs SET state = 'revoked' WHERE rowid IN (SELECT place FROM below) AND state = 'active'`,
  "UPDATE credentials SET state = 'revoked' WHERE tenant_id = ?1 AND owner_id = ?2 AND state <> 'revoked'",
  "UPDATE agents SET state = 'revoked' WHERE tenant_id = ?1 AND owner_id = ?2 AND state = 'active'",
  "UPDATE owners SET state = 'offboarded', version = version + 1 WHERE tenant_id = ?1 AND owner_id = ?2",
]

/**
 * Everything below an owner ends, rows and bits, in one transaction of the embedded store, beside recursive updates of the same rows;
 * each on a copy of the same file, in turns.
 *
 * @param rounds How often each.
 */
export async function cascadeRow(
  name: string,
  place: BenchPlace,
  { ownerId }: GrownOwner,
  rounds: number,
  progress: Progress,
): Promise<Row> {
  const ratios: number[] = []
  for (let round = 0; round < rounds; round++) {
    progress(`${name}, ${round + 1} of ${rounds}`)
    const own = await onCopy(place, (file) => offboard(file, place, ownerId))
    const sql = await onCopy(place, (file) => updateRecursively(file, ownerId))
    if (own.ended < sql.ended) throw new Error(`${name}: the cascade ends ${own.ended} runs of ${sql.ended}`)
    ratios.push(own.ms / sql.ms)
  }
  return rowOf(name, median(ratios), 'x', { atMost: RATIO })
}

interface Ended {
  readonly ms: number
  /** Runs. */
  readonly ended: number
}

async function onCopy(place: BenchPlace, work: (file: string) => Promise<Ended>): Promise<Ended> {
  const { database } = dataFiles(place.dataDir)
  const file = `${database}.copy`
  await copyFile(database, file)
  try {
    return await work(file)
  } finally {
    for (const suffix of ['', '-wal', '-shm']) await rm(file + suffix, { force: true })
  }
}

async function offboard(file: string, place: BenchPlace, ownerId: string): Promise<Ended> {
  const store = await openSqliteStore({ file })
  try {
    const start = performance.now()
    const { runs } = granted(await store.offboardOwner(ownerId, 'left', adminContext(place)))
    return { ms: performance.now() - start, ended: runs }
  } finally {
    await store.close()
  }
}

async function updateRecursively(file: string, ownerId: string): Promise<Ended> {
  const db = openWriter(file)
  try {
    const start = performance.now()
    await db.begin('write')
    const changed: number[] = []
    for (const sql of RECURSIVE_UPDATES) changed.push(await db.run(sql, 'acme', ownerId))
    await db.commit()
    return { ms: performance.now() - start, ended: changed[0] ?? 0 }
  } finally {
    db.close()
  }
}
