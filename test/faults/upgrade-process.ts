/*
 * A process that opens the registry of its first argument, which brings it forward, and says when it begins and how many milliseconds
 * it took. Started, and killed, by upgrade.ts.
 */
import { writeSync } from 'node:fs'
import { openPostgresStore } from '../../src/server/store/postgres/open-postgres-store.ts'
import { openSqliteStore } from '../../src/server/store/sqlite/open-sqlite-store.ts'

const [database = ''] = process.argv.slice(2)
writeSync(1, 'begins\n')
const began = performance.now()
const store = database.startsWith('postgres:')
  ? await openPostgresStore({ url: database })
  : await openSqliteStore({ file: database })
writeSync(1, `done ${Math.round(performance.now() - began)}\n`)
await store.close()
