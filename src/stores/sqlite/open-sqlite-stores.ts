import { type Clock, systemClock } from '../../core/clock.ts'
import { ProcuraError } from '../../errors.ts'
import type { StatusStore } from '../../verifier/ports.ts'
import { type SharedStores, sharedStores } from '../shared-stores.ts'
import { StoreThread } from './store-thread.ts'

/** Largest file when nothing is said, in bytes: room for some six million keys and nonces, beside 64 MiB of chains. */
const DEFAULT_MAX_BYTES: number = 1024 * 1024 * 1024

/** Smallest that is accepted: a few thousand rows. */
const MIN_MAX_BYTES: number = 1024 * 1024

export interface SqliteStoresOptions {
  /** Path of the file on a local disk; made with mode 0600 when it is not there. SQLite puts two more beside it. */
  readonly file: string
  /** Largest size of the file, in bytes; when it is full, requests that need it are refused. Default 1 GiB. */
  readonly maxBytes?: number
  /** Default: the system's. */
  readonly clock?: Clock
}

/** As those that several hosts share, and one of status. */
export interface SqliteStores extends SharedStores {
  readonly statusStore: StatusStore
}

/**
 * Opens a store of usage, nonces, chains and status in one SQLite file. All processes of one host that answer for one audience
 * open the same file: what one of them has reserved, seen or been sent, all have, also after a restart.
 *
 * A request that needs it waits for one commit on the disk (`synchronous=FULL`), which it shares with those that come
 * meanwhile; a thread of its own does that, never the event loop. Chains have a quarter of the file, at most 64 MiB, status another.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` for options that cannot be, and on a Node without
 *   `node:sqlite` (before 22.13); `ERR_PROCURA_STORAGE` when the file cannot be opened, is not ours, or is of another
 *   version of this program.
 */
export async function openSqliteStores(options: SqliteStoresOptions): Promise<SqliteStores> {
  const { file, maxBytes = DEFAULT_MAX_BYTES, clock = systemClock } = options
  assertNode(process.versions.node)
  if (typeof file !== 'string' || file === '') fail('file must be the path of a file')
  if (!Number.isSafeInteger(maxBytes) || maxBytes < MIN_MAX_BYTES)
    fail(`maxBytes must be at least ${MIN_MAX_BYTES}`)
  const thread = await StoreThread.open({ file, maxBytes })
  return { ...sharedStores(thread, clock), statusStore: statusStoreIn(thread, clock) }
}

function statusStoreIn(thread: StoreThread, clock: Clock): StatusStore {
  return {
    load: async (authority) => {
      const status = await thread.ask({ kind: 'load', authority, now: clock() })
      return status instanceof Uint8Array ? status : undefined
    },
    save: async (authority, status) => {
      if ((await thread.ask({ kind: 'save', authority, status, now: clock() })) === 'kept') return
      throw new ProcuraError('ERR_PROCURA_STORAGE', 'there is no room for the status: raise maxBytes')
    },
  }
}

/** `node:sqlite` stands without a flag from Node 22.13 on. */
export function assertNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 13)) return
  fail(`these stores need Node 22.13 or newer, for node:sqlite; this is ${version}`)
}

function fail(message: string): never {
  throw new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message)
}
