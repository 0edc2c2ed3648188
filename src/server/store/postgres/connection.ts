import { createHash } from 'node:crypto'
import type { Client, PoolClient } from 'pg'
import { ProcuraError } from '../../../errors.ts'
import type { Connection, Row, SqlValue } from '../sql/database.ts'
import { TransactionLost } from '../sql/fault.ts'

type AnyClient = Client | PoolClient

/** About all tenants, not one. */
export const ALL_TENANTS = '*'

/** A statement that takes longer is ended by the server, in milliseconds: a cascade of a million rows has to fit. */
const STATEMENT_TIMEOUT_MS = 120_000

/** How long a writer waits for its turn behind other processes, in milliseconds. */
const LOCK_TIMEOUT_MS = 10_000

/** A process that hangs within a transaction, or is cut off, loses it after so long, so that others go on; in milliseconds. */
const IDLE_TIMEOUT_MS = 15_000

/** What begins and ends a transaction takes no longer than this unless the connection is dead, in milliseconds: as long as a lock is waited for, twice. */
const BRIEF_MS = 20_000

/** Bringing a large schema forward takes as long as it takes, in milliseconds: a week. */
const PATIENT_MS = 604_800_000

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
  /** Tells when the way to the server turns out to be cut. @returns Ends it. */
  onCut(listener: () => void): () => void
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
  #unsubscribe: () => void = () => undefined

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

  /** Waits for as long as it takes. */
  async exec(sql: string): Promise<void> {
    await this.#exec(sql, PATIENT_MS)
  }

  /**
   * Writers of one tenant take turns over all processes, by the row of the tenant: the audit trail is one chain, and a
   * cascade must not miss what is just being issued.
   */
  async begin(access: 'read' | 'write'): Promise<void> {
    this.#client = await this.#source.take()
    this.#unsubscribe = this.#source.onCut(() => this.#leave(true))
    await this.#exec(
      access === 'write' ? 'BEGIN' : 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      BRIEF_MS,
    )
    await this.get(SETTINGS, this.#tenant)
    if (access === 'write' && this.#tenant !== ALL_TENANTS) await this.get(TAKE_TURN, this.#tenant)
  }

  /** @throws {ProcuraError} `ERR_PROCURA_OUTCOME_UNKNOWN` when the way to the server broke before its answer came. */
  async commit(): Promise<void> {
    try {
      await this.#exec('COMMIT', BRIEF_MS)
    } catch (error) {
      throw isRefusal(error) ? error : outcomeUnknown(error)
    }
    this.#leave(false)
  }

  async rollback(): Promise<void> {
    if (this.#client === undefined) return
    try {
      await this.#exec('ROLLBACK', BRIEF_MS)
      this.#leave(false)
    } catch {
      this.#leave(true)
    }
  }

  #leave(isBroken: boolean): void {
    const client = this.#client
    this.#client = undefined
    this.#unsubscribe()
    if (client !== undefined) this.#source.giveBack(client, isBroken)
  }

  #open(): AnyClient {
    if (this.#client !== undefined) return this.#client
    throw new ProcuraError('ERR_PROCURA_STORAGE', 'there is no open transaction')
  }

  async #exec(text: string, timeoutMs: number): Promise<void> {
    const asked = { text, query_timeout: timeoutMs }
    await this.#asked(this.#open().query(asked))
  }

  #query(sql: string, values: readonly SqlValue[]) {
    const { name, text } = statementOf(sql)
    const asked = { name, text, values: [...values], types: TYPES }
    return this.#asked(this.#open().query<Row & Record<string, unknown>>(asked))
  }

  /** Whoever got no answer asks no more: on a dead connection each further statement would wait as long again. */
  async #asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      if (isAnswer(error)) throw error
      this.#leave(true)
      throw new TransactionLost(error instanceof Error ? error.message : 'unknown', { cause: error })
    }
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

/** Whether the server says that it has not committed. When it is being stopped (class 57P) nobody can tell. */
function isRefusal(error: unknown): boolean {
  return isAnswer(error) && !(error instanceof Error && /^57P/.test(String(Reflect.get(error, 'code'))))
}

function outcomeUnknown(cause: unknown): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_OUTCOME_UNKNOWN',
    'the connection to the database broke while the change was committed: see whether it was done, or do it again',
    { cause },
  )
}
