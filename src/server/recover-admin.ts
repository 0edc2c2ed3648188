import { existsSync, rmSync } from 'node:fs'
import { type Clock, type Random, systemClock, systemRandom } from '../core/clock.ts'
import { createUuid } from '../core/uuid.ts'
import { ProcuraError } from '../errors.ts'
import type { Store } from '../issuer/ports.ts'
import type { Did } from '../model/did.ts'
import { createAdminKey, writeAdminKey } from './admin-key.ts'
import { CleanUp } from './clean-up.ts'
import { createDirectory, type DataFiles, dataFiles, ownAdminKeyFile } from './data-directory.ts'
import { loadKeyEncryptionKeys } from './keys/key-encryption-key.ts'
import { openKeyRing } from './keys/key-ring.ts'
import { openRunningStore } from './open-store.ts'

/** Which tenant needs an administrator, and where its files are. */
export interface RecoveryOptions {
  /** Of the service; who may write it may do this. Made where it is missing, as with a database and a key that are elsewhere. */
  readonly dataDir: string
  /** `postgres://…` as given to `initialize`. Default: a file in `dataDir`. */
  readonly database?: string
  readonly tenant: string
  /** The administrator whose key is lost, or in the wrong hands. Default: all others go on. */
  readonly replace?: Did
  /** Where `PROCURA_KEK` and `PROCURA_KEK_FILE` are looked for. Default: nowhere, the key is a file in `dataDir`. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  readonly random?: Random
}

/** A new administrator. */
export interface RecoveredAdmin {
  readonly tenant: string
  readonly admin: Did
  /** Its private key as a JWK with `kid`, mode 0600. There is no other copy. */
  readonly adminKeyFile: string
  readonly replaced?: Did
}

/**
 * Makes an administrator on the host, also while the service runs: the database takes the writes of both in turn. Whoever has the
 * registry and its key-encryption key could do anything anyway; this is audited, and the service warns of it in its log.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` (no such tenant or administrator, another version of the data),
 * `ERR_PROCURA_INVALID_KEY` (wrong key-encryption key), `ERR_PROCURA_STORAGE`.
 */
export async function recoverAdmin(options: RecoveryOptions): Promise<RecoveredAdmin> {
  const files = dataFiles(options.dataDir)
  const cleanUp = new CleanUp()
  try {
    const store = await openRunningStore({ files, database: options.database }, cleanUp)
    const keks = await loadKeyEncryptionKeys({ file: files.keyEncryptionKey, env: options.env ?? {} })
    await openKeyRing({ store, ...keks })
    return await recover(files, store, options)
  } finally {
    await cleanUp.run()
  }
}

async function recover(files: DataFiles, store: Store, options: RecoveryOptions): Promise<RecoveredAdmin> {
  const { tenant, replace, clock = systemClock, random = systemRandom } = options
  if ((await store.tenant(tenant)) === undefined) throw misconfigured(`there is no tenant "${tenant}"`)
  const key = await createAdminKey()
  const file = ownAdminKeyFile(files.directory, tenant, key.did)
  if (!existsSync(files.directory)) createDirectory(files.directory)
  writeAdminKey(file, key)
  const principal = { tenant, did: key.did, role: 'admin' } as const
  const context = { principal, at: clock(), requestId: createUuid(random) }
  try {
    const written = await store.recoverAdmin(replace, context)
    if (!written.done)
      throw misconfigured(`${replace} is no administrator of "${tenant}"; nothing was changed`)
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  }
  return { tenant, admin: key.did, adminKeyFile: file, ...(replace !== undefined && { replaced: replace }) }
}

function misconfigured(message: string): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message)
}
