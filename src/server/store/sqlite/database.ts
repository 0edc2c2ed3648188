import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import type { Connection, Row, SqlValue } from '../sql/database.ts'

/** How long a statement waits for another process that holds the lock, in milliseconds. */
export const BUSY_TIMEOUT_MS = 5_000

/** Pages of the write-ahead log (4 KiB each) that are folded into the file at once: 16 MiB. */
const LOG_PAGES = 4_096

/** Only the account that runs the service may read the registry. */
const FILE_MODE = 0o600

/**
 * FULL: a commit is on the disk before it is answered. Freed cells are overwritten, so that a destroyed key does
 * not linger in its page. Triggers also fire for rows that a REPLACE would take away.
 */
const WRITER_PRAGMAS = [
  `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`,
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = FULL',
  'PRAGMA foreign_keys = ON',
  'PRAGMA recursive_triggers = ON',
  'PRAGMA secure_delete = FAST',
  'PRAGMA temp_store = MEMORY',
  'PRAGMA cache_size = -65536',
  'PRAGMA journal_size_limit = 67108864',
  `PRAGMA wal_autocheckpoint = ${LOG_PAGES}`,
]

/** One connection with its prepared statements. Its promises are settled when they are handed out. */
export class SqliteConnection implements Connection {
  readonly #connection: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(connection: DatabaseSync) {
    this.#connection = connection
  }

  async get(sql: string, ...values: SqlValue[]): Promise<Row | undefined> {
    return this.#prepare(sql).get(...values)
  }

  async all(sql: string, ...values: SqlValue[]): Promise<Row[]> {
    return this.#prepare(sql).all(...values)
  }

  async run(sql: string, ...values: SqlValue[]): Promise<number> {
    return Number(this.#prepare(sql).run(...values).changes)
  }

  async exec(sql: string): Promise<void> {
    this.#connection.exec(sql)
  }

  /** One row after the other, for what is too much to be held. Nothing else may be asked meanwhile with the same text. */
  rows(sql: string): Iterable<Row> {
    return this.#prepare(sql).iterate()
  }

  /** Whoever writes takes the lock at once: to take it later could fail. */
  async begin(access: 'read' | 'write'): Promise<void> {
    await this.run(access === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN')
  }

  async commit(): Promise<void> {
    await this.run('COMMIT')
  }

  async rollback(): Promise<void> {
    try {
      this.#connection.exec('ROLLBACK')
    } catch {
      // Nothing was open any more, which is what was wanted.
    }
  }

  close(): void {
    this.#statements.clear()
    this.#connection.close()
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#connection.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

/** Opens the file for writing, or creates it with mode 0600. */
export function openWriter(file: string): SqliteConnection {
  closeSync(openSync(file, 'a', FILE_MODE))
  const connection = new DatabaseSync(file)
  for (const pragma of WRITER_PRAGMAS) connection.exec(pragma)
  return withFunctions(connection)
}

/** Opens a database that is gone when it is closed. */
export function openInMemory(): SqliteConnection {
  return withFunctions(new DatabaseSync(':memory:'))
}

function withFunctions(connection: DatabaseSync): SqliteConnection {
  connection.function('clears_bits', { deterministic: true }, clearsBits)
  return new SqliteConnection(connection)
}

/** Opens an existing file for reading only. */
export function openReader(file: string): SqliteConnection {
  const connection = new DatabaseSync(file, { readOnly: true })
  connection.exec(
    `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA query_only = ON; PRAGMA cache_size = -32768`,
  )
  return new SqliteConnection(connection)
}

/**
 * Copies a database as it is at one moment into a file that must not exist yet, while others go on writing. What was deleted is not in
 * the copy. Takes as long as reading and writing all of it, in which nothing else runs in this thread.
 */
export function copyDatabase(file: string, copy: string): void {
  closeSync(openSync(copy, 'wx', FILE_MODE))
  const connection = new DatabaseSync(file, { readOnly: true })
  try {
    connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    connection.prepare('VACUUM INTO ?').run(copy)
  } finally {
    connection.close()
  }
}

/** For the trigger that protects revocation lists: 1 when a bit of `before` is not in `after` any more. */
function clearsBits(before: SQLOutputValue, after: SQLOutputValue): number {
  if (!(before instanceof Uint8Array && after instanceof Uint8Array)) return 1
  return before.some((byte, i) => (byte & ~(after[i] ?? 0)) !== 0) ? 1 : 0
}
