import { generateKeyPairSync, sign } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { median } from '../cost.ts'
import { ratePerSecond } from './in-flight.ts'

const COMMITS = 200

/** About what a credential has, in bytes. */
const ROW = 'r'.repeat(600)

/**
 * What a commit costs: the median of {@link COMMITS} one-row transactions of SQLite as the embedded store writes them
 * (WAL, `synchronous = FULL`), in milliseconds.
 *
 * @param file Where nothing is yet, on the disk that counts.
 */
export function commitMs(file: string): number {
  const db = new DatabaseSync(file)
  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)',
  )
  const insert = db.prepare('INSERT INTO rows (text) VALUES (?)')
  const times = Array.from({ length: COMMITS }, () => {
    const start = performance.now()
    insert.run(ROW)
    return performance.now() - start
  })
  db.close()
  return median(times)
}

const { privateKey } = generateKeyPairSync('ed25519')
const message = Buffer.alloc(600, 'a')
const SIGNATURES = 2_000

/** Raw Ed25519 signatures over 600 bytes in a second, one after the other in this thread. */
export function signRate(): Promise<number> {
  return ratePerSecond(SIGNATURES, 1, async () => sign(null, message, privateKey))
}
