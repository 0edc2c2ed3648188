import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, copyFile, link, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, systemClock } from '../../core/clock.ts'
import { ProcuraError } from '../../errors.ts'
import { CleanUp } from '../clean-up.ts'
import { createDirectory, type DataFiles } from '../data-directory.ts'
import { type KeyEncryptionKeys, kekNameOf } from '../keys/envelope.ts'
import { loadKeyEncryptionKeys } from '../keys/key-encryption-key.ts'
import { acquireLock } from '../lock.ts'
import { holdSetUp } from '../open-store.ts'
import { markRestored } from '../store/sql/catch-up.ts'
import type { Connection } from '../store/sql/database.ts'
import {
  copyIn,
  digestOfFile,
  diskFault,
  manifestIn,
  misconfigured,
  PRIVATE_FILE,
  sync,
} from './backup-files.ts'
import { copyToServer } from './copy-rows.ts'
import {
  type BackupManifest,
  isAuthentic,
  parseManifest,
  readState,
  type SealedManifest,
} from './manifest.ts'

export interface RestoreOptions {
  /** The folder that `backUp` made. */
  readonly backup: string
  readonly files: DataFiles
  /** `postgres://…` of a database without a registry; absent: the file in the data directory, which must not be there. */
  readonly database?: string
  /**
   * Where `PROCURA_KEK` and `PROCURA_KEK_FILE`, and those of the one before, are looked for. Default: nowhere, the key is a file in the
   * data directory.
   */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  /** Told what is done next. */
  readonly onProgress?: (what: string) => void
}

/**
 * Puts a backup where no registry is, whichever database it was made of. It is there whole or not at all, and only when it is as whoever
 * has the key-encryption key made it. What it holds is older than what was published since, so no service starts on it before `catchUp`.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` (there is a registry, no key-encryption key, the folder is no backup or was
 * changed, it is of a newer program), `ERR_PROCURA_INVALID_KEY` (made under another key), `ERR_PROCURA_STORAGE`.
 */
export async function restore(options: RestoreOptions): Promise<BackupManifest> {
  const { backup, files, env = {} } = options
  const sealed = await readManifest(backup)
  const manifest = authenticated(sealed, await loadKeyEncryptionKeys({ file: files.keyEncryptionKey, env }))
  const cleanUp = new CleanUp()
  try {
    createDirectory(files.directory)
    cleanUp.defer(acquireLock(files.lock))
    await holdSetUp(options.database, cleanUp)
    const staged = await stage(manifest, options, cleanUp)
    if (options.database === undefined) await place(staged, files)
    else await fillServer(staged, options.database)
    return manifest
  } catch (cause) {
    throw diskFault('nothing was restored', cause)
  } finally {
    await cleanUp.run()
  }
}

/** @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` */
async function readManifest(folder: string): Promise<SealedManifest> {
  const text = await readFile(manifestIn(folder), 'utf8').catch(() => undefined)
  if (text === undefined || !existsSync(copyIn(folder))) {
    throw misconfigured(`${folder} is no backup: name a folder that "procura backup" made`)
  }
  const sealed = parseManifest(text)
  if (sealed === undefined) {
    throw misconfigured(
      `${folder} is of a format that this program does not know: take the program that made it`,
    )
  }
  return sealed
}

/** Who can write to the place where backups lie does not choose what becomes the registry. */
function authenticated(sealed: SealedManifest, { kek, previousKek }: KeyEncryptionKeys): BackupManifest {
  const { manifest } = sealed
  const given = previousKek === undefined ? [kek] : [kek, previousKek]
  const own = given.find((key) => kekNameOf(key) === manifest.kek)
  if (own === undefined) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_KEY',
      `the backup was made under another key-encryption key (its name is ${manifest.kek}, given is ${given.map(kekNameOf).join(' and ')}): put that one back, or, if it was changed since, name it with PROCURA_KEK_PREVIOUS_FILE`,
    )
  }
  if (isAuthentic(sealed, own)) return manifest
  throw misconfigured('the manifest is not as the backup was made: somebody changed it; take another backup')
}

/** A copy beside the place where it shall be, brought to the present schema; the backup itself is only read. */
async function stage(manifest: BackupManifest, options: RestoreOptions, cleanUp: CleanUp): Promise<string> {
  const { backup, files, database, onProgress = () => undefined } = options
  if (database === undefined) assertNothingThere(files)
  const staged = join(files.directory, `.restore-${randomUUID()}`)
  cleanUp.defer(async () => {
    for (const end of ['', '-wal', '-shm']) await rm(staged + end, { force: true })
  })
  onProgress('copying the backup')
  await copyFile(copyIn(backup), staged)
  await chmod(staged, PRIVATE_FILE)
  if ((await digestOfFile(staged)) !== manifest.sha256) {
    throw misconfigured(
      `${copyIn(backup)} is not what its manifest says: it was changed or damaged; take another backup`,
    )
  }
  onProgress('bringing the data forward')
  await bringForward(staged, manifest, (options.clock ?? systemClock)())
  await sync(staged)
  return staged
}

/** Nothing is published from it before it has caught up. */
async function bringForward(staged: string, manifest: BackupManifest, now: number): Promise<void> {
  const { openWriter } = await import('../store/sqlite/database.ts')
  const { migrate } = await import('../store/sqlite/migrate.ts')
  const db = openWriter(staged)
  try {
    await assertOwnSchema(db)
    await migrate(db)
    const { origin, tenants } = await readState(db)
    const isAsSaid =
      JSON.stringify({ origin, tenants }) ===
      JSON.stringify({ origin: manifest.origin, tenants: manifest.tenants })
    if (!isAsSaid)
      throw misconfigured('the backup holds something else than its manifest says; take another backup')
    await markRestored(db, manifest.at, now)
  } finally {
    db.close()
  }
}

/** Its triggers run with whatever is written, and its names go into statements for a server. */
async function assertOwnSchema(db: Connection): Promise<void> {
  const { compareSchema } = await import('../store/sqlite/compare-schema.ts')
  const [first] = await compareSchema(db)
  if (first === undefined) return
  throw misconfigured(
    `the backup has another schema than this program makes (${first.subject} ${first.problem}): its registry was changed past the service; take a backup from before that`,
  )
}

/** A log that lies beside would be taken for that of the restored file. */
function assertNothingThere({ database }: DataFiles): void {
  for (const end of ['', '-wal', '-shm', '-journal']) {
    if (!existsSync(database + end)) continue
    throw misconfigured(
      `${database}${end} is there: a registry is never overwritten; move all files ${database}* to another place, and keep them, or name another --data`,
    )
  }
}

/** The name appears in one step, and never takes that of another file. */
async function place(staged: string, { database, directory }: DataFiles): Promise<void> {
  await link(staged, database)
  await rm(staged)
  await sync(directory)
}

async function fillServer(staged: string, url: string): Promise<void> {
  const { openPostgresConnection, openPostgresStore } = await import(
    '../store/postgres/open-postgres-store.ts'
  )
  const { openReader } = await import('../store/sqlite/database.ts')
  // Makes the schema, where it is not there yet.
  await (await openPostgresStore({ url })).close()
  const file = openReader(staged)
  const { db, close } = await openPostgresConnection(url)
  try {
    await db.begin('write')
    await db.exec('LOCK TABLE tenants IN EXCLUSIVE MODE')
    const held = await db.get('SELECT 1 FROM tenants UNION ALL SELECT 1 FROM service LIMIT 1')
    if (held !== undefined) {
      throw misconfigured(
        'there is a registry in the database: a registry is never overwritten; make a new database, and keep this one',
      )
    }
    await copyToServer(file, db)
    await db.commit()
  } catch (cause) {
    if (cause instanceof ProcuraError) throw cause
    throw diskFault('the database did not take the backup', cause)
  } finally {
    await db.rollback()
    await close()
    file.close()
  }
}
