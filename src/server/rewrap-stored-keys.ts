import { type Clock, type Random, systemClock, systemRandom } from '../core/clock.ts'
import { CleanUp } from './clean-up.ts'
import { dataFiles } from './data-directory.ts'
import { loadKeyEncryptionKeys } from './keys/key-encryption-key.ts'
import { type RewrapProgress, rewrapDataKeys } from './keys/rewrap-data-keys.ts'
import { openIssuerStore } from './open-store.ts'

/** Whose keys, and where both key-encryption keys are. */
export interface RewrapOptions {
  readonly dataDir: string
  readonly database?: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly onProgress?: (progress: RewrapProgress) => void
  readonly clock?: Clock
  readonly random?: Random
}

/**
 * Wraps the data-encryption keys of all tenants under the present key-encryption key, without the service: on a database server
 * beside it, on a data directory while none works with it.
 *
 * @returns How many were under another one.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY` when a key is under neither.
 */
export async function rewrapStoredKeys(options: RewrapOptions): Promise<number> {
  const { env, clock = systemClock, random = systemRandom, onProgress } = options
  const files = dataFiles(options.dataDir)
  const cleanUp = new CleanUp()
  try {
    const { store } = await openIssuerStore({ files, database: options.database }, cleanUp)
    const keks = await loadKeyEncryptionKeys({ file: files.keyEncryptionKey, env })
    return await rewrapDataKeys({ store, clock, random }, keks, onProgress)
  } finally {
    await cleanUp.run()
  }
}
