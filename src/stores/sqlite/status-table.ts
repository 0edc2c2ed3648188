import { digestOf } from '../digest-of.ts'
import type { Statements } from './statements.ts'

/** Share of the file that statuses may have: the rest is for what requests wait for. */
const SHARE = 1 / 4

/** Status of authorities in the file, each replaced as a whole. Every method throws what SQLite throws. */
export class StatusTable {
  readonly #statements: Statements
  readonly #maxBytes: number

  /** @param maxBytes Of the file. */
  constructor(statements: Statements, maxBytes: number) {
    this.#statements = statements
    this.#maxBytes = maxBytes * SHARE
  }

  load(authority: string): Uint8Array | undefined {
    const row = this.#statements.get('SELECT status FROM statuses WHERE authority = ?', digestOf(authority))
    return row?.status instanceof Uint8Array ? row.status : undefined
  }

  /** @returns False when there is no room for it. */
  save(authority: string, status: Uint8Array): boolean {
    const key = digestOf(authority)
    const others = 'SELECT coalesce(sum(length(status)), 0) AS bytes FROM statuses WHERE authority <> ?'
    if (Number(this.#statements.get(others, key)?.bytes) + status.length > this.#maxBytes) return false
    const saving = 'INSERT INTO statuses VALUES (?1, ?2) ON CONFLICT DO UPDATE SET status = ?2'
    this.#statements.run(saving, key, status)
    return true
  }
}
