import type { Store } from '../../../issuer/ports.ts'
import { Listeners } from '../listeners.ts'
import { READS, type Reads, WRITES, type Writes } from '../sql/calls.ts'
import type { LeaseQuotas } from '../sql/session.ts'
import { StoreThread, type ThreadEvents } from './store-thread.ts'

type Threads = { readonly writer: StoreThread; readonly reader: StoreThread }

export interface SqliteStoreSettings extends LeaseQuotas {
  readonly file: string
}

/** The two threads behind the port. When one dies, so does the other: a store that only reads is not a store. */
export async function startSqliteStore(settings: SqliteStoreSettings): Promise<Store> {
  const statusChange = new Listeners<string>()
  const failure = new Listeners<Error>()
  const threads: StoreThread[] = []
  const events: ThreadEvents = {
    onChanged(tenants) {
      for (const tenant of tenants) statusChange.tell(tenant)
    },
    onFailure(error) {
      for (const thread of threads) thread.abort(error)
      failure.tell(error)
    },
  }
  const { writer, reader } = await openThreads(settings, events)
  threads.push(writer, reader)
  return {
    ...remote<Reads>(reader, READS),
    ...remote<Writes>(writer, WRITES),
    onStatusChange: (listener) => statusChange.add(listener),
    onFailure: (listener) => failure.add(listener),
    // A file is there, or the store has failed for good.
    isAway: () => false,
    onAway: () => () => undefined,
    close: () => close({ writer, reader }),
  }
}

/** Both or none. They start together; the reader opens the file only with the first read. */
async function openThreads(settings: SqliteStoreSettings, events: ThreadEvents): Promise<Threads> {
  const [writer, reader] = await Promise.allSettled([
    StoreThread.open({ ...settings, role: 'writer' }, events),
    StoreThread.open({ ...settings, role: 'reader' }, events),
  ])
  if (isAlive(writer) && isAlive(reader)) return { writer: writer.value, reader: reader.value }
  const outcomes = [writer, reader]
  for (const outcome of outcomes) if (outcome.status === 'fulfilled') await outcome.value.close()
  throw outcomes.map(reasonOf).find((reason) => reason !== undefined)
}

type Opening = PromiseSettledResult<StoreThread>

/** A thread may have died while the other one was still opening. */
function isAlive(opening: Opening): opening is PromiseFulfilledResult<StoreThread> {
  return reasonOf(opening) === undefined
}

function reasonOf(opening: Opening): unknown {
  return opening.status === 'rejected' ? opening.reason : opening.value.ended
}

/** The reader first, so that the writer, last to leave, can fold the log into the file. */
async function close({ writer, reader }: Threads): Promise<void> {
  await reader.close()
  await writer.close()
}

/** The methods of those names, answered by a thread that holds them to the types of the port (calls.ts). */
function remote<T extends Partial<Store>>(thread: StoreThread, names: readonly string[]): T {
  const methods = names.map((name) => [name, (...args: unknown[]) => thread.call(name, args)])
  return Object.fromEntries(methods) as T
}
