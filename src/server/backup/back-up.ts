import { existsSync } from 'node:fs'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, systemClock } from '../../core/clock.ts'
import { formatDateTime } from '../../core/date-time.ts'
import { ProcuraError } from '../../errors.ts'
import type { DataFiles } from '../data-directory.ts'
import { type FsckReport, fsck } from '../fsck/fsck.ts'
import { kekNameOf } from '../keys/envelope.ts'
import { loadKeyEncryptionKeys } from '../keys/key-encryption-key.ts'
import { noIssuer } from '../open-store.ts'
import { anotherVersion } from '../store/another-version.ts'
import {
  copyIn,
  digestOfFile,
  diskFault,
  manifestIn,
  misconfigured,
  PRIVATE_FILE,
  PRIVATE_FOLDER,
  sync,
} from './backup-files.ts'
import { copyToFile } from './copy-rows.ts'
import { type BackupManifest, encodeManifest, readSchema, readState } from './manifest.ts'

export interface BackupOptions {
  readonly files: DataFiles
  /** `postgres://…`; absent: the file in the data directory. */
  readonly database?: string
  /** Folder in which backups lie; made when it is missing. Each backup is a folder of its own in it. */
  readonly into: string
  /** Where `PROCURA_KEK` and `PROCURA_KEK_FILE` are looked for. Default: nowhere, the key is a file in the data directory. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  /** Told what is done next. */
  readonly onProgress?: (what: string) => void
}

export interface Backup {
  /** The folder that was made. */
  readonly folder: string
  readonly manifest: BackupManifest
  /** What `fsck` says of the copy, which is kept unless no key opens. */
  readonly check: FsckReport
}

/**
 * Copies a registry as it is at one moment, while the service runs, and checks the copy. The result is the same for both databases: a
 * folder with a file of SQLite and a manifest, mode 0600, synced and renamed into its place. It holds the keys as the registry has them,
 * encrypted, and never the key-encryption key, which authenticates the manifest. Interrupted, it leaves a folder whose name begins with a
 * dot and ends in `.part`.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` (no issuer, no key-encryption key, data of another version),
 * `ERR_PROCURA_INVALID_KEY` (that of another registry), `ERR_PROCURA_STORAGE`.
 */
export async function backUp(options: BackupOptions): Promise<Backup> {
  const { files, env = {}, clock = systemClock, into } = options
  const at = clock()
  const name = `procura-${formatDateTime(at).replaceAll(/[-:.]/g, '')}`
  const folder = join(into, name)
  const part = join(into, `.${name}.part`)
  if (existsSync(folder) || existsSync(part)) throw misconfigured(`${folder} is there already: try again`)
  if (options.database === undefined && !existsSync(files.database)) throw noIssuer({ files })
  const { kek } = await loadKeyEncryptionKeys({ file: files.keyEncryptionKey, env })
  try {
    await mkdir(into, { recursive: true, mode: PRIVATE_FOLDER })
    await mkdir(part, { mode: PRIVATE_FOLDER })
    const made = await fill(part, { ...options, at, kek })
    await rename(part, folder)
    await sync(into)
    return { folder, ...made }
  } catch (cause) {
    throw diskFault('the backup could not be made', cause)
  } finally {
    await rm(part, { recursive: true, force: true })
  }
}

interface Filling extends BackupOptions {
  readonly at: number
  readonly kek: Uint8Array
}

async function fill(folder: string, options: Filling): Promise<Omit<Backup, 'folder'>> {
  const { files, at, kek, env = {}, onProgress = () => undefined } = options
  const copy = copyIn(folder)
  onProgress('copying the registry')
  await (options.database === undefined ? copyFile(files, copy) : copyServer(options.database, files, copy))
  await sync(copy)
  onProgress('checking the copy')
  const check = await fsck({ files: { ...files, database: copy }, env, onProgress })
  assertKeyOfRegistry(check)
  const manifest = { ...(await describe(copy)), at, kek: kekNameOf(kek) }
  await writeFile(manifestIn(folder), encodeManifest(manifest, kek), { mode: PRIVATE_FILE, flag: 'wx' })
  await sync(manifestIn(folder))
  await sync(folder)
  return { manifest, check }
}

/** Whoever has the right key could not restore what another one authenticates. */
function assertKeyOfRegistry({ findings, tenants }: FsckReport): void {
  const closed = findings.filter(({ code }) => code === 'keys_closed')
  if (tenants.length === 0 || closed.length < tenants.length) return
  throw new ProcuraError('ERR_PROCURA_INVALID_KEY', `the backup was not made: ${closed[0]?.detail}`)
}

async function copyFile(files: DataFiles, copy: string): Promise<void> {
  const { isPresentSchema } = await import('../store/sqlite/migrate.ts')
  if (!(await isPresentSchema(files.database))) throw anotherVersion()
  const { copyDatabase } = await import('../store/sqlite/database.ts')
  copyDatabase(files.database, copy)
}

async function copyServer(url: string, files: DataFiles, copy: string): Promise<void> {
  const { openPostgresConnection } = await import('../store/postgres/open-postgres-store.ts')
  const { SCHEMA_VERSION } = await import('../store/postgres/migrate.ts')
  const { createCopy } = await import('../store/sqlite/migrate.ts')
  const { db, close } = await openPostgresConnection(url)
  try {
    await db.begin('read')
    const schema = await readSchema(db).catch(() => undefined)
    if (schema !== undefined && schema !== SCHEMA_VERSION) throw anotherVersion()
    if (schema === undefined || (await readState(db)).tenants.length === 0)
      throw noIssuer({ files, database: url })
    const file = await createCopy(copy)
    try {
      await copyToFile(db, file)
    } finally {
      file.close()
    }
  } finally {
    await db.rollback()
    await close()
  }
}

/** Says what the copy holds, as whoever restores it will read it. */
async function describe(copy: string): Promise<Omit<BackupManifest, 'at' | 'kek'>> {
  const { openReader } = await import('../store/sqlite/database.ts')
  const db = openReader(copy)
  try {
    const { size } = await stat(copy)
    const state = await readState(db)
    return { schema: await readSchema(db), bytes: size, sha256: await digestOfFile(copy), ...state }
  } finally {
    db.close()
  }
}
