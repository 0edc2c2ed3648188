import { isJsonArray, parseStrictJson } from '../../core/json.ts'
import { type KeptChain, MAX_KEPT_PER_AGENT, MAX_KEPT_PER_PRESENTER } from '../../verifier/ports.ts'
import { MAX_KEPT_BYTES, MAX_KEPT_BYTES_PER_AUTHORITY, USE_RESOLUTION_MS } from '../chain-limits.ts'
import { digestOf } from '../digest-of.ts'
import type { Statements } from './statements.ts'

/** Of a small file chains get a quarter: without a chain one request is sent again, without nonces all are refused. */
const PART_OF_FILE = 4

/**
 * Chains that were sent in advance, as texts: credentials, which are worth nothing without the presenter's key. One
 * presenter and one agent have room for a few; an authority whose share is full makes room itself, and when all is full
 * the one that has most. Every method throws what SQLite throws.
 */
export class ChainTable {
  readonly #statements: Statements
  readonly #most: number
  readonly #share: number

  /** @param fileBytes Largest size of the file. */
  constructor(statements: Statements, fileBytes: number) {
    this.#statements = statements
    this.#most = Math.min(MAX_KEPT_BYTES, Math.floor(fileBytes / PART_OF_FILE))
    this.#share = Math.min(MAX_KEPT_BYTES_PER_AUTHORITY, this.#most)
  }

  find(digest: string, now: number): readonly string[] | undefined {
    const key = digestOf(digest)
    const found = 'SELECT texts, used_at FROM chains WHERE digest = ? AND expires_at > ?'
    const row = this.#statements.get(found, key, now)
    if (row === undefined) return undefined
    if (Number(row.used_at) <= now - USE_RESOLUTION_MS) {
      this.#statements.run('UPDATE chains SET used_at = ? WHERE digest = ?', now, key)
    }
    return readTexts(row.texts)
  }

  /** @returns Whether it is kept. */
  keep(digest: string, chain: KeptChain, now: number): boolean {
    const texts = JSON.stringify(chain.texts)
    const bytes = Buffer.byteLength(texts)
    if (bytes > this.#share) return false
    const [key, authority] = [digestOf(digest), digestOf(chain.authority)]
    const [presenter, agent] = [digestOf(chain.presenter), digestOf(chain.agent)]
    this.#statements.run('DELETE FROM chains WHERE digest = ?', key)
    this.#statements.run(
      `INSERT INTO chains (digest, authority, presenter, agent, bytes, expires_at, used_at, texts)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[key, authority, presenter, agent, bytes, Math.floor(chain.expiresAt), now, texts],
    )
    this.#keepNewest('presenter', presenter, MAX_KEPT_PER_PRESENTER)
    this.#keepNewest('agent', agent, MAX_KEPT_PER_AGENT)
    this.#makeRoom(authority)
    return true
  }

  /** Takes away what has ended. */
  prune(now: number, most: number): void {
    this.#statements.run(
      `DELETE FROM chains WHERE id IN
       (SELECT id FROM chains WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
      now,
      most,
    )
  }

  #keepNewest(column: 'presenter' | 'agent', who: Uint8Array, most: number): void {
    this.#statements.run(
      `DELETE FROM chains WHERE id IN
       (SELECT id FROM chains WHERE ${column} = ? ORDER BY id DESC LIMIT -1 OFFSET ?)`,
      who,
      most,
    )
  }

  #makeRoom(authority: Uint8Array): void {
    const share = 'SELECT authority, bytes FROM shares WHERE authority = ? AND bytes > ?'
    while (this.#shrink(this.#statements.get(share, authority, this.#share)?.authority));
    const largest = `SELECT authority FROM shares WHERE (SELECT sum(bytes) FROM shares) > ?
      ORDER BY bytes DESC LIMIT 1`
    while (this.#shrink(this.#statements.get(largest, this.#most)?.authority));
  }

  /** Lets the chain of an authority that was used longest ago go. @returns Whether there was one. */
  #shrink(authority: unknown): boolean {
    if (!(authority instanceof Uint8Array)) return false
    const oldest = 'SELECT id FROM chains WHERE authority = ? ORDER BY used_at, id LIMIT 1'
    return this.#statements.run(`DELETE FROM chains WHERE id = (${oldest})`, authority) > 0
  }
}

/** `undefined` for what was not written here. */
function readTexts(written: unknown): readonly string[] | undefined {
  const texts = parseStrictJson(String(written))
  return isJsonArray(texts) ? texts.filter((text) => typeof text === 'string') : undefined
}
