import { createHash } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  MAX_HELD_NONCES_PER_KEY,
  MAX_USAGE_KEYS_PER_AGENT,
  type NonceUse,
  type UsageAnswer,
  type UsageCharge,
} from '../../verifier/ports.ts'
import type { Answer, Request, ThreadOptions } from './messages.ts'
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts'

/** How long a transaction waits for that of another process, in milliseconds: less than a verifier waits for an answer. */
const BUSY_TIMEOUT_MS = 1_500

/** Bytes of a page. */
const PAGE_BYTES = 4_096

/** Expired rows that a transaction takes away at least; it takes two for each that it may add, so that none stay. */
const MIN_PRUNED = 64

/** Only the account that runs the service may read the file. */
const FILE_MODE = 0o600

interface Usage {
  readonly key: Uint8Array
  readonly used: bigint
  readonly keepUntil: number
  readonly isNew: boolean
}

/** The file, as one thread sees it. Every method throws what SQLite throws. */
export class StoreDatabase {
  readonly #connection: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /**
   * Opens the file, or makes it. FULL: a commit is on the disk before it is answered.
   *
   * @throws {Error} When the file is not ours, or of a newer program.
   */
  constructor({ file, maxBytes }: ThreadOptions) {
    closeSync(openSync(file, 'a', FILE_MODE))
    this.#connection = new DatabaseSync(file)
    this.#connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA page_size = ${PAGE_BYTES};
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;
      PRAGMA max_page_count = ${Math.floor(maxBytes / PAGE_BYTES)}`)
    this.#transaction(() => this.#adopt())
  }

  /** Answers several requests in one transaction, one after the other, each all or nothing. */
  answer(requests: readonly Request[]): readonly Answer[] {
    const [first] = requests
    return this.#transaction(() => {
      if (first !== undefined) this.#prune(first.now, Math.max(MIN_PRUNED, 2 * requests.length))
      return requests.map((request) => this.#answerOne(request))
    })
  }

  close(): void {
    this.#connection.close()
  }

  #answerOne(request: Request): Answer {
    if (request.kind === 'use') return this.#use(request)
    if (request.kind === 'reserve') return this.#reserve(request)
    return this.#release(request)
  }

  #reserve({ agent: name, charges, now }: Request & { kind: 'reserve' }): UsageAnswer {
    const agent = digest(name)
    const usages = charges.map(({ key }) => this.#usage(agent, digest(key), now))
    const exhausted = charges.flatMap(({ amount, max }, i) =>
      (usages[i]?.used ?? 0n) + amount > max ? i : [],
    )
    if (exhausted.length > 0) return { exhausted }
    const added = usages.filter(({ isNew }) => isNew).length
    if (added > 0 && this.#keysOf(agent) + added > MAX_USAGE_KEYS_PER_AGENT) return 'unavailable'
    for (const [i, { key, used, keepUntil }] of usages.entries()) {
      const charge = charges[i]
      if (charge !== undefined) this.#write(agent, key, used + charge.amount, keepUntil, charge)
    }
    return 'reserved'
  }

  /** What has ended begins anew. */
  #usage(agent: Uint8Array, key: Uint8Array, now: number): Usage {
    const row = this.#prepare('SELECT used, keep_until FROM usage WHERE agent = ? AND key = ?').get(
      agent,
      key,
    )
    const keepUntil = Number(row?.keep_until ?? 0)
    const used = row === undefined || keepUntil < now ? 0n : BigInt(String(row.used))
    return { key, used, keepUntil, isNew: row === undefined }
  }

  #keysOf(agent: Uint8Array): number {
    return Number(this.#prepare('SELECT count(*) AS keys FROM usage WHERE agent = ?').get(agent)?.keys)
  }

  #write(agent: Uint8Array, key: Uint8Array, used: bigint, before: number, charge: UsageCharge): void {
    const keepUntil = Math.max(before, charge.keepUntil)
    this.#run(
      `INSERT INTO usage VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT DO UPDATE SET used = ?3, keep_until = ?4`,
      agent,
      key,
      String(used),
      keepUntil,
    )
  }

  #release({ agent: name, charges, now }: Request & { kind: 'release' }): undefined {
    const agent = digest(name)
    for (const charge of charges) {
      const { key, used, keepUntil, isNew } = this.#usage(agent, digest(charge.key), now)
      if (isNew) continue
      const left = used > charge.amount ? used - charge.amount : 0n
      this.#write(agent, key, left, keepUntil, charge)
    }
  }

  #use({ holder: name, nonce: text, expiresAt }: Request & { kind: 'use' }): NonceUse {
    const [holder, nonce] = [digest(name), digest(text)]
    const seen = 'SELECT 1 AS seen FROM nonces WHERE holder = ? AND nonce = ?'
    if (this.#prepare(seen).get(holder, nonce) !== undefined) return 'replayed'
    const held = this.#prepare('SELECT nonces FROM holders WHERE holder = ?').get(holder)
    if (Number(held?.nonces ?? 0) >= MAX_HELD_NONCES_PER_KEY) return 'unavailable'
    this.#run('INSERT INTO nonces VALUES (?, ?, ?)', holder, nonce, Math.ceil(expiresAt))
    return 'fresh'
  }

  #prune(now: number, most: number): void {
    this.#run(
      `DELETE FROM usage WHERE (agent, key) IN
       (SELECT agent, key FROM usage WHERE keep_until < ? ORDER BY keep_until LIMIT ?)`,
      now,
      most,
    )
    this.#run(
      `DELETE FROM nonces WHERE (holder, nonce) IN
       (SELECT holder, nonce FROM nonces WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`,
      now,
      most,
    )
  }

  /** Only an empty file becomes ours. */
  #adopt(): void {
    const version = Number(this.#prepare('PRAGMA user_version').get()?.user_version)
    const isOurs = Number(this.#prepare('PRAGMA application_id').get()?.application_id) === APPLICATION_ID
    const isEmpty = this.#prepare('SELECT 1 AS one FROM sqlite_schema LIMIT 1').get() === undefined
    if (isEmpty && !isOurs) this.#connection.exec(SCHEMA)
    else if (!isOurs) throw new Error('the database file belongs to another program; name another file')
    else if (version !== SCHEMA_VERSION) {
      throw new Error(`the file has schema ${version}, this program knows schema ${SCHEMA_VERSION}`)
    }
  }

  #transaction<T>(work: () => T): T {
    this.#connection.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#connection.exec('COMMIT')
      return result
    } catch (error) {
      this.#rollback()
      throw error
    }
  }

  #rollback(): void {
    try {
      this.#connection.exec('ROLLBACK')
    } catch {
      // After some faults SQLite has done it already.
    }
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#prepare(sql).run(...values)
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#connection.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}
