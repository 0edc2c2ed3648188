import { type Clock, systemClock } from '../../core/clock.ts'
import { ProcuraError } from '../../errors.ts'
import type { ChainStore, NonceUse, ReplayStore, UsageAnswer, UsageStore } from '../../verifier/ports.ts'
import type { Answer } from './messages.ts'
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

/** What outlives a process, for `createVerifier`. */
export interface SqliteStores {
  readonly usage: UsageStore
  readonly replay: ReplayStore
  /** As the one in memory bounded for each presenter, agent and authority; in all to a quarter of the file, at most 64 MiB. */
  readonly chains: ChainStore
  /** Lets what was asked be written and closes the file; whatever is asked later is refused. */
  close(): Promise<void>
}

/**
 * Opens a store of usage, nonces and chains in one SQLite file. All processes of one host that answer for one audience
 * open the same file: what one of them has reserved, seen or been sent, all have, also after a restart.
 *
 * A request that needs it waits for one commit on the disk (`synchronous=FULL`), which it shares with those that come
 * meanwhile; a thread of its own does that, never the event loop.
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
  return {
    usage: {
      reserve: async (agent, charges) =>
        asUsage(await thread.ask({ kind: 'reserve', agent, charges, now: clock() })),
      release: async (agent, charges) =>
        void (await thread.ask({ kind: 'release', agent, charges, now: clock() })),
    },
    replay: {
      use: async (holder, nonce, expiresAt) =>
        asNonceUse(await thread.ask({ kind: 'use', holder, nonce, expiresAt, now: clock() })),
    },
    chains: {
      get: async (digest) => asTexts(await thread.ask({ kind: 'find', digest, now: clock() })),
      put: async (digest, chain) =>
        (await thread.ask({ kind: 'keep', digest, chain, now: clock() })) === 'kept',
    },
    close: () => thread.close(),
  }
}

/** `node:sqlite` stands without a flag from Node 22.13 on. */
export function assertNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 13)) return
  fail(`these stores need Node 22.13 or newer, for node:sqlite; this is ${version}`)
}

function asUsage(answer: Answer): UsageAnswer {
  const isUsage = answer === 'reserved' || (typeof answer === 'object' && 'exhausted' in answer)
  return isUsage ? answer : 'unavailable'
}

function asTexts(answer: Answer): readonly string[] | undefined {
  return typeof answer === 'object' && 'texts' in answer ? answer.texts : undefined
}

function asNonceUse(answer: Answer): NonceUse {
  return answer === 'fresh' || answer === 'replayed' ? answer : 'unavailable'
}

function fail(message: string): never {
  throw new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message)
}
