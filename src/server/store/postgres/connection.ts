import { createHash } from 'node:crypto'
import type { Client, PoolClient } from 'pg'
import { ProcuraError } from '../../../errors.ts'
import type { Connection, Row, SqlValue } from '../sql/database.ts'

type AnyClient = Client | PoolClient

/** About all tenants, not one. */
export const ALL_TENANTS = '*'

/** A statement that takes longer is ended by the server, in milliseconds: a cascade of a million rows has to fit. */
const STATEMENT_TIMEOUT_MS = 120_000

/** How long a writer waits for its turn behind other processes, in milliseconds. */
const LOCK_TIMEOUT_MS = 10_000

/** A process that hangs within a transaction loses it after so long, so that others go on; in milliseconds. */
const IDLE_TIMEOUT_MS = 30_000

/** Settings of the transaction alone, so that they hold behind a pooler, too. */
const SETTINGS = `SELECT set_config('search_path', 'procura', true), set_config('procura.tenant', ?, true),
  set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', true),
  set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', true),
  set_config('idle_in_transaction_session_timeout', '${IDLE_TIMEOUT_MS}', true)`

const TAKE_TURN = 'SELECT 1 FROM tenants WHERE tenant_id = ? FOR NO KEY UPDATE'

/** Where clients come from and go back to. */
export interface ClientSource {
  take(): Promise<AnyClient>
  /** A client that is broken is thrown away. */
  giveBack(client: AnyClient, isBroken: boolean): void
}

/** `int8`, `numeric` and `bool` of the server (OIDs), as the store's dialect has them. */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [20, Number],
  [1700, Number],
  [16, (text: string) => (text === 't' ? 1 : 0)],
  [17, (text: string) => Buffer.from(text.slice(2), 'hex')],
])

const TYPES = {
  getTypeParser: (oid: number) =>
    PARSERS.get(oid) ?? ((text: string) => (INTEGERS.has(oid) ? Number(text) : text)),
}

/** `int2` and `int4`. */
const INTEGERS = new Set([21, 23])

/**
 * A client while a transaction lasts, taken from a pool when it begins and given back when it ends. Everything in it is
 * about one tenant, or, with `*`, about all of them (row-level security).
 */
export class PostgresConnection implements Connection {
  readonly #source: ClientSource
  readonly #tenant: string
  #client: AnyClient | undefined

  constructor(source: ClientSource, tenant: string) {
    this.#source = source
    this.#tenant = tenant
  }

  async get(sql: string, ...values: SqlValue[]): Promise<Row | undefined> {
    return (await this.#query(sql, values)).rows[0]
  }

  async all(sql: string, ...values: SqlValue[]): Promise<Row[]> {
    return (await this.#query(sql, values)).rows
  }

  async run(sql: string, ...values: SqlValue[]): Promise<number> {
    return (await this.#query(sql, values)).rowCount ?? 0
  }

  async exec(sql: string): Promise<void> {
    await this.#open().query(sql)
  }

  /**
   * Writers of one tenant take turns over all processes, by the row of the tenant: the audit trail is one chain, and a
   * cascade must not miss what is just being issued.
   */
  async begin(access: 'read' | 'write'): Promise<void> {
    this.#client = await this.#source.take()
    await this.exec(access === 'write' ? 'BEGIN' : 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await this.get(SETTINGS, this.#tenant)
    if (access === 'write' && this.#tenant !== ALL_TENANTS) await this.get(TAKE_TURN, this.#tenant)
  }

  /** @throws {ProcuraError} `ERR_PROCURA_STORAGE` when the way to the server broke before its answer came. */
  async commit(): Promise<void> {
    try {
      await this.exec('COMMIT')
    } catch (error) {
      throw isAnswer(error) ? error : outcomeUnknown(error)
    }
    this.#leave(false)
  }

  async rollback(): Promise<void> {
    if (this.#client === undefined) return
    try {
      await this.exec('ROLLBACK')
      this.#leave(false)
    } catch {
      this.#leave(true)
    }
  }

  #leave(isBroken: boolean): void {
    const client = this.#client
    this.#client = undefined
    if (client !== undefined) this.#source.giveBack(client, isBroken)
  }

  #open(): AnyClient {
    if (this.#client !== undefined) return this.#client
    throw new ProcuraError('ERR_PROCURA_STORAGE', 'there is no open transaction')
  }

  #query(sql: string, values: readonly SqlValue[]) {
    const { name, text } = statementOf(sql)
    return this.#open().query<Row & Record<string, unknown>>({
      name,
      text,
      values: [...values],
      types: TYPES,
    })
  }
}

interface Statement {
  readonly name: string
  readonly text: string
}

const statements = new Map<string, Statement>()

/**
 * Texts are constants of the store, so they are few, and the server prepares each once for a client. One text has one name in all
 * processes: a pooler may let them share a client.
 */
function statementOf(sql: string): Statement {
  const known = statements.get(sql)
  if (known !== undefined) return known
  let count = 0
  const text = sql.replace(/\?(\d*)/g, (_, place: string) => `$${place === '' ? ++count : place}`)
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 16)
  const statement = { name: `procura_${name}`, text }
  statements.set(sql, statement)
  return statement
}

/** Whether it is the server that says so. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error
}

function outcomeUnknown(cause: unknown): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_STORAGE',
    'the connection to the database broke while the change was committed: ask again, or repeat it with the same Idempotency-Key',
    { cause },
  )
}
