import type { Client, Pool, PoolClient } from 'pg'
import { ProcuraError } from '../../../errors.ts'
import type { Store } from '../../../issuer/ports.ts'
import { outliveBrokenConnections } from '../../../stores/postgres/driver.ts'
import { Listeners } from '../listeners.ts'
import { READS, type Reads, WRITES, type Writes } from '../sql/calls.ts'
import type { Call } from '../sql/messages.ts'
import { answerReads } from '../sql/reader.ts'
import type { LeaseQuotas } from '../sql/session.ts'
import { Writer } from '../sql/writer.ts'
import { ALL_TENANTS, type ClientSource, PostgresConnection } from './connection.ts'
import { Lane } from './lane.ts'
import { StatusNotices } from './status-notices.ts'
import { tenantOfCall } from './tenant-of-call.ts'

/** Read transactions of one tenant at the same time. */
const READS_TOGETHER = 4

export interface PostgresStoreParts extends LeaseQuotas {
  readonly pool: Pool
  readonly connect: () => Promise<Client>
}

/** The lanes behind the port: of each tenant one that writes, and one, several wide, that reads. */
export class PostgresStore {
  readonly clients: ClientSource
  readonly #parts: PostgresStoreParts
  readonly #notices: StatusNotices
  readonly #statusChange = new Listeners<string>()
  readonly #away = new Listeners<boolean>()
  #isAway = false
  readonly #writers = new Map<string, Lane>()
  readonly #readers = new Map<string, Lane>()
  readonly #backends = new Set<number>()
  readonly #cut = new Listeners<void>()
  #cuts = 0
  /** How often the way to the server was cut before a client was made. */
  readonly #madeAfter = new WeakMap<object, number>()
  #closing: Promise<void> | undefined

  constructor(parts: PostgresStoreParts) {
    const { pool, connect } = parts
    this.#parts = parts
    this.clients = {
      take: () => this.#take(),
      giveBack: (client, isBroken) => 'release' in client && client.release(isBroken),
      onCut: (listener) => this.#cut.add(listener),
    }
    outliveBrokenConnections(pool)
    pool.on('connect', (client) => {
      this.#madeAfter.set(client, this.#cuts)
      this.#backends.add(backendOf(client))
    })
    pool.on('remove', (client) => this.#backends.delete(backendOf(client)))
    this.#notices = new StatusNotices({
      connect,
      isOwn: (backend) => this.#backends.has(backend),
      onChange: (tenant) => this.#statusChange.tell(tenant),
      onGap: () => void this.#tellAll(),
      onSilence: () => this.#cutOff(),
      onAway: (isAway) => this.#setAway(isAway),
    })
  }

  listen(): Promise<void> {
    return this.#notices.start()
  }

  port(): Store {
    return {
      ...methods<Reads>(READS, (name, args) => this.#read(name, args)),
      ...methods<Writes>(WRITES, (name, args) => this.#write(name, args)),
      onStatusChange: (listener) => this.#statusChange.add(listener),
      // A server that is away comes back: there is nothing after which this store would never work again.
      onFailure: () => () => undefined,
      isAway: () => this.#isAway,
      onAway: (listener) => this.#away.add(listener),
      close: () => this.close(),
    }
  }

  /** Finishes what was accepted. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all(this.#lanes().map((lane) => lane.idle()))
    await this.#notices.close()
    await this.#parts.pool.end()
  }

  /** A lane of reads ends with its last call: anybody may ask for a tenant, whether there is such a one or not. */
  async #read(name: string, args: readonly unknown[]): Promise<unknown> {
    const tenant = this.#tenantOf(name, args)
    const lane = this.#readers.get(tenant) ?? this.#openReader(tenant)
    this.#readers.set(tenant, lane)
    try {
      return await lane.call(name, args)
    } finally {
      if (lane.isIdle) this.#readers.delete(tenant)
    }
  }

  /** A lane of writes stays: it has the blocks of indexes that this process gives. */
  async #write(name: string, args: readonly unknown[]): Promise<unknown> {
    const tenant = this.#tenantOf(name, args)
    const lane = this.#writers.get(tenant) ?? this.#openWriter(tenant)
    this.#writers.set(tenant, lane)
    return await lane.call(name, args)
  }

  #tenantOf(name: string, args: readonly unknown[]): string {
    if (this.#closing !== undefined) throw new ProcuraError('ERR_PROCURA_STORAGE', 'the store is closed')
    return tenantOfCall(name, args)
  }

  #openWriter(tenant: string): Lane {
    const writer = new Writer(new PostgresConnection(this.clients, tenant), this.#parts)
    const isOfAll = tenant === ALL_TENANTS
    return new Lane({
      answer: (calls) => writer.answer(isOfAll ? inOneOrder(calls) : calls),
      width: 1,
      onChanged: (tenants) => this.#tell(tenants),
    })
  }

  #openReader(tenant: string): Lane {
    return new Lane({
      answer: (calls) => answerReads(new PostgresConnection(this.clients, tenant), calls),
      width: READS_TOGETHER,
      onChanged: () => undefined,
    })
  }

  #setAway(isAway: boolean): void {
    if (this.#isAway === isAway) return
    this.#isAway = isAway
    this.#away.tell(isAway)
  }

  /** Gives up what is under way, and what waits behind it: where nothing comes back, each would wait for long. */
  #cutOff(): void {
    this.#cuts++
    for (const lane of this.#lanes()) lane.refuseWaiting(wayCut())
    this.#cut.tell()
  }

  #lanes(): readonly Lane[] {
    return [...this.#readers.values(), ...this.#writers.values()]
  }

  /** Clients from before a cut lead nowhere, however idle they were. */
  async #take(): Promise<PoolClient> {
    for (;;) {
      const client = await this.#connectUntilCut()
      if (this.#madeAfter.get(client) === this.#cuts) return client
      client.release(true)
    }
  }

  /** What comes of a connection that is not waited for any more goes. */
  #connectUntilCut(): Promise<PoolClient> {
    return new Promise((resolve, reject) => {
      let isCut = false
      const unsubscribe = this.#cut.add(() => {
        isCut = true
        reject(wayCut())
      })
      this.#parts.pool
        .connect()
        .then((client) => (isCut ? client.release(true) : resolve(client)), reject)
        .finally(unsubscribe)
    })
  }

  async #tellAll(): Promise<void> {
    const db = new PostgresConnection(this.clients, ALL_TENANTS)
    const { answers } = await answerReads(db, [{ id: 1, name: 'tenants', args: [] }])
    const [answer] = answers
    if (answer === undefined || 'fault' in answer) return
    this.#tell((answer.value as { readonly id: string }[]).map(({ id }) => id))
  }

  #tell(tenants: readonly string[]): void {
    for (const tenant of tenants) this.#statusChange.tell(tenant)
  }
}

function wayCut(): ProcuraError {
  return new ProcuraError('ERR_PROCURA_STORAGE', 'the way to the database was cut')
}

/** Two processes that take the same nonces in different orders would wait for each other. */
function inOneOrder(calls: readonly Call[]): readonly Call[] {
  return calls.toSorted((a, b) => Buffer.compare(firstOf(a), firstOf(b)))
}

function firstOf({ args }: Call): Buffer {
  return Buffer.from(String(args[0]))
}

/** Methods of those names; the lanes hold them to the types of the port (calls.ts). */
function methods<T extends Partial<Store>>(
  names: readonly string[],
  call: (name: string, args: readonly unknown[]) => Promise<unknown>,
): T {
  return Object.fromEntries(
    names.map((name) => [name, (...args: unknown[]) => call(name, args)]),
  ) as Partial<Store> as T
}

/** The server's process behind a client, as its notices name it. */
function backendOf(client: object): number {
  return Number(Reflect.get(client, 'processID'))
}
