import type { Store } from '../../../issuer/ports.ts'
import { READS, type Reads, WRITES, type Writes } from './calls.ts'
import { StoreThread, type ThreadEvents } from './store-thread.ts'

type Threads = { readonly writer: StoreThread; readonly reader: StoreThread }

export interface SqliteStoreSettings {
  readonly file: string
  readonly leaseQuotaPerAgent: number
}

/** The two threads behind the port. When one dies, so does the other: a store that only reads is not a store. */
export async function startSqliteStore(settings: SqliteStoreSettings): Promise<Store> {
  const statusChange = new Listeners<string>()
  const failure = new Listeners<Error>()
  const { writer, reader } = await openThreads(settings, {
    onChanged(tenants) {
      for (const tenant of tenants) statusChange.tell(tenant)
    },
    onFailure(error) {
      for (const thread of [writer, reader]) thread.abort(error)
      failure.tell(error)
    },
  })
  return {
    ...remote<Reads>(reader, READS),
    ...remote<Writes>(writer, WRITES),
    onStatusChange: (listener) => statusChange.add(listener),
    onFailure: (listener) => failure.add(listener),
    close: () => close({ writer, reader }),
  }
}

/** Both or none. They start together; the reader opens the file only with the first read. */
async function openThreads(settings: SqliteStoreSettings, events: ThreadEvents): Promise<Threads> {
  const [writer, reader] = await Promise.allSettled([
    StoreThread.open({ ...settings, role: 'writer' }, events),
    StoreThread.open({ ...settings, role: 'reader' }, events),
  ])
  if (writer.status === 'fulfilled' && reader.status === 'fulfilled') {
    return { writer: writer.value, reader: reader.value }
  }
  for (const thread of [writer, reader]) if (thread.status === 'fulfilled') await thread.value.close()
  throw [writer, reader].find((thread) => thread.status === 'rejected')?.reason
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

/** Who wants to be told of something. */
class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>()

  add(listener: (value: T) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(value: T): void {
    for (const listener of this.#listeners) listener(value)
  }
}
