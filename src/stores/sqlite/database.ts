import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import {
  MAX_HELD_NONCES_PER_KEY,
  MAX_USAGE_KEYS_PER_AGENT,
  type NonceUse,
  type UsageAnswer,
  type UsageCharge,
} from '../../verifier/ports.ts'
import { digestOf } from '../digest-of.ts'
import type { Request } from '../shared-stores.ts'
import { ChainTable } from './chain-table.ts'
import { APPLICATION_ID, SCHEMA_STEPS, SCHEMA_VERSION } from './schema.ts'
import { Statements } from './statements.ts'
import { StatusTable } from './status-table.ts'
import type { FileAnswer, FileRequest, ThreadOptions } from './thread-messages.ts'

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
  readonly #statements: Statements
  readonly #chains: ChainTable
  readonly #statuses: StatusTable

  /**
   * Opens the file, or makes it. FULL: a commit is on the disk before it is answered.
   *
   * @throws {Error} When the file is not ours, or of a newer program.
   */
  constructor({ file, maxBytes }: ThreadOptions) {
    closeSync(openSync(file, 'a', FILE_MODE))
    this.#connection = new DatabaseSync(file)
    this.#connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA page_size = ${PAGE_BYTES}`)
    insist(() => this.#connection.exec('PRAGMA journal_mode = WAL'))
    this.#connection.exec(`PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;
      PRAGMA max_page_count = ${Math.floor(maxBytes / PAGE_BYTES)}`)
    this.#statements = new Statements(this.#connection)
    this.#chains = new ChainTable(this.#statements, maxBytes)
    this.#statuses = new StatusTable(this.#statements, maxBytes)
    this.#transaction(() => this.#adopt())
  }

  /** Answers several requests in one transaction, one after the other, each all or nothing. */
  answer(requests: readonly FileRequest[]): readonly FileAnswer[] {
    const [first] = requests
    return this.#transaction(() => {
      if (first !== undefined) this.#prune(first.now, Math.max(MIN_PRUNED, 2 * requests.length))
      return requests.map((request) => this.#answerOne(request))
    })
  }

  close(): void {
    this.#connection.close()
  }

  #answerOne(request: FileRequest): FileAnswer {
    switch (request.kind) {
      case 'use':
        return this.#use(request)
      case 'reserve':
        return this.#reserve(request)
      case 'release':
        return this.#release(request)
      case 'find': {
        const texts = this.#chains.find(request.digest, request.now)
        return texts === undefined ? undefined : { texts }
      }
      case 'keep':
        return this.#chains.keep(request.digest, request.chain, request.now) ? 'kept' : undefined
      case 'load':
        return this.#statuses.load(request.authority)
      case 'save':
        return this.#statuses.save(request.authority, request.status) ? 'kept' : undefined
    }
  }

  #reserve({ agent: name, charges, now }: Request & { kind: 'reserve' }): UsageAnswer {
    const agent = digestOf(name)
    const usages = charges.map(({ key }) => this.#usage(agent, digestOf(key), now))
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
    const row = this.#statements.get(
      'SELECT used, keep_until FROM usage WHERE agent = ? AND key = ?',
      agent,
      key,
    )
    const keepUntil = Number(row?.keep_until ?? 0)
    const used = row === undefined || keepUntil < now ? 0n : BigInt(String(row.used))
    return { key, used, keepUntil, isNew: row === undefined }
  }

  #keysOf(agent: Uint8Array): number {
    const counted = 'SELECT count(*) AS keys FROM usage WHERE agent = ?'
    return Number(this.#statements.get(counted, agent)?.keys)
  }

  #write(agent: Uint8Array, key: Uint8Array, used: bigint, before: number, charge: UsageCharge): void {
    const keepUntil = Math.max(before, charge.keepUntil)
    this.#statements.run(
      `INSERT INTO usage VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT DO UPDATE SET used = ?3, keep_until = ?4`,
      agent,
      key,
      String(used),
      keepUntil,
    )
  }

  #release({ agent: name, charges, now }: Request & { kind: 'release' }): undefined {
    const agent = digestOf(name)
    for (const charge of charges) {
      const { key, used, keepUntil, isNew } = this.#usage(agent, digestOf(charge.key), now)
      if (isNew) continue
      const left = used > charge.amount ? used - charge.amount : 0n
      this.#write(agent, key, left, keepUntil, charge)
    }
  }

  #use({ holder: name, nonce: text, expiresAt }: Request & { kind: 'use' }): NonceUse {
    const [holder, nonce] = [digestOf(name), digestOf(text)]
    const seen = 'SELECT 1 AS seen FROM nonces WHERE holder = ? AND nonce = ?'
    if (this.#statements.get(seen, holder, nonce) !== undefined) return 'replayed'
    const held = this.#statements.get('SELECT nonces FROM holders WHERE holder = ?', holder)
    if (Number(held?.nonces ?? 0) >= MAX_HELD_NONCES_PER_KEY) return 'unavailable'
    this.#statements.run('INSERT INTO nonces VALUES (?, ?, ?)', holder, nonce, Math.ceil(expiresAt))
    return 'fresh'
  }

  #prune(now: number, most: number): void {
    this.#chains.prune(now, most)
    this.#statements.run(
      `DELETE FROM usage WHERE (agent, key) IN
       (SELECT agent, key FROM usage WHERE keep_until < ? ORDER BY keep_until LIMIT ?)`,
      now,
      most,
    )
    this.#statements.run(
      `DELETE FROM nonces WHERE (holder, nonce) IN
       (SELECT holder, nonce FROM nonces WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`,
      now,
      most,
    )
  }

  /** Only an empty file becomes ours; one of ours that is older gets what it lacks. */
  #adopt(): void {
    const version = Number(this.#statements.get('PRAGMA user_version')?.user_version)
    const isOurs = Number(this.#statements.get('PRAGMA application_id')?.application_id) === APPLICATION_ID
    const isEmpty = this.#statements.get('SELECT 1 AS one FROM sqlite_schema LIMIT 1') === undefined
    if (!isOurs && !isEmpty)
      throw new Error('the database file belongs to another program; name another file')
    if (isOurs && version > SCHEMA_VERSION) {
      throw new Error(`the file has schema ${version}, this program knows schema ${SCHEMA_VERSION}`)
    }
    for (const step of SCHEMA_STEPS.slice(isOurs ? version : 0)) this.#connection.exec(step)
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
}

/** How often, and how many milliseconds apart, a file is asked for that others open at the same time. */
const ATTEMPTS = 75
const PAUSE_MS = 20

const SQLITE_BUSY = 5

/** SQLite waits for nobody when it changes the journal of a file, which several processes may do that begin at once. */
function insist(work: () => void): void {
  for (let attempt = 1; ; attempt++) {
    try {
      work()
      return
    } catch (error) {
      if (attempt === ATTEMPTS || !isBusy(error)) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    }
  }
}

function isBusy(error: unknown): boolean {
  const code: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'errcode') : undefined
  return typeof code === 'number' && (code & 0xff) === SQLITE_BUSY
}
