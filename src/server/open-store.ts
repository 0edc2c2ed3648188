import { existsSync } from 'node:fs'
import { ProcuraError } from '../errors.ts'
import type { Store } from '../issuer/ports.ts'
import type { CleanUp } from './clean-up.ts'
import type { DataFiles } from './data-directory.ts'
import { acquireLock } from './lock.ts'
import { anotherVersion } from './store/another-version.ts'

/** Where the registry is. */
export interface StorePlace {
  readonly files: DataFiles
  /** `postgres://…`; absent: the file in the data directory, which one process at a time works with. */
  readonly database?: string | undefined
}

/**
 * Opens the registry, or makes it. Whatever has to be given back is left to `cleanUp`.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, `ERR_PROCURA_STORAGE`
 */
async function openStore({ files, database }: StorePlace, cleanUp: CleanUp): Promise<Store> {
  if (database === undefined) cleanUp.defer(acquireLock(files.lock))
  const store = await (database === undefined ? openFile(files) : openServer(database))
  cleanUp.defer(() => store.close())
  return store
}

/**
 * The same for who sets up, one at a time also on a server.
 *
 * @throws {ProcuraError} also `ERR_PROCURA_INVALID_CONFIGURATION` while another one does.
 */
export async function openStoreToSetUp(place: StorePlace, cleanUp: CleanUp): Promise<Store> {
  await holdSetUp(place.database, cleanUp)
  return await openStore(place, cleanUp)
}

/** Keeps others from setting up, or restoring into, a database on a server meanwhile; of a data directory its own lock does. */
export async function holdSetUp(database: string | undefined, cleanUp: CleanUp): Promise<void> {
  if (database === undefined) return
  const { takeSetUpLock } = await import('./store/postgres/set-up-lock.ts')
  cleanUp.defer(await takeSetUpLock(database))
}

/**
 * Opens the registry of a service that may be running. Both may write: SQLite lets one go after the other, and what a command
 * needs it reads in its own transaction. Only the schema must not change under a service.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` where there is none, or one of another version; `ERR_PROCURA_STORAGE`
 */
export async function openRunningStore(place: StorePlace, cleanUp: CleanUp): Promise<Store> {
  const { files, database } = place
  if (database === undefined) await assertPresentFile(place)
  const store = await (database === undefined ? openFile(files) : openServer(database, true))
  cleanUp.defer(() => store.close())
  return store
}

async function assertPresentFile(place: StorePlace): Promise<void> {
  const { database } = place.files
  if (!existsSync(database)) throw noIssuer(place)
  const { isPresentSchema } = await import('./store/sqlite/migrate.ts')
  if (!(await isPresentSchema(database))) throw anotherVersion()
}

/**
 * The same where an issuer must have been set up before.
 *
 * @throws {ProcuraError} also `ERR_PROCURA_INVALID_CONFIGURATION` where there is none.
 */
export async function openIssuerStore(
  place: StorePlace,
  cleanUp: CleanUp,
): Promise<{ readonly store: Store; readonly origin: string }> {
  const { files, database } = place
  if (database === undefined && !existsSync(files.database)) throw noIssuer(place)
  const store = await openStore(place, cleanUp)
  const origin = await store.origin()
  if (origin === undefined) throw noIssuer(place)
  return { store, origin }
}

async function openFile({ database }: DataFiles): Promise<Store> {
  const { openSqliteStore } = await import('./store/sqlite/open-sqlite-store.ts')
  return await openSqliteStore({ file: database })
}

async function openServer(url: string, keepsSchema = false): Promise<Store> {
  const { openPostgresStore } = await import('./store/postgres/open-postgres-store.ts')
  return await openPostgresStore({ url, keepsSchema })
}

export function noIssuer({ files, database }: StorePlace): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    database === undefined
      ? `there is no issuer in ${files.directory}: run "procura init --data ${files.directory}" first`
      : 'there is no issuer in the database: run "procura init" with the same PROCURA_DATABASE_URL first',
  )
}
