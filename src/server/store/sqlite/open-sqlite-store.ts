import { ProcuraError } from '../../../errors.ts'
import type { Store } from '../../../issuer/ports.ts'
import { type LeaseQuotas, leaseQuotas } from '../sql/session.ts'
import { startSqliteStore } from './sqlite-store.ts'

export interface SqliteStoreOptions extends Partial<LeaseQuotas> {
  /** Path of the database file; made with mode 0600 when it does not exist. */
  readonly file: string
}

/**
 * Opens the embedded store: one SQLite file, written by one thread and read by another, so that the event loop
 * never waits for a disk. A promise of a write settles after its commit is on the disk.
 *
 * Nothing is issued before `unlock`, which `openKeyRing` does.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` on a Node without `node:sqlite`; `ERR_PROCURA_STORAGE` when
 * the file cannot be opened, is not ours, or is of a newer program.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  assertNode(process.versions.node)
  return startSqliteStore({ file: options.file, ...leaseQuotas(options) })
}

/** `node:sqlite` stands without a flag, and with functions, from Node 22.13 on. */
export function assertNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 13)) return
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `what opens the registry of an issuer needs node:sqlite, whatever database it is in: install Node 24, or 22.13 at least; this is ${version}`,
  )
}
