import { createHash, randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../src/core/json.ts'
import type { AuditPosition } from '../../../src/server/store/audit-chain.ts'
import { integer, text } from '../../../src/server/store/sql/row.ts'
import type { SqliteConnection } from '../../../src/server/store/sqlite/database.ts'

/** Whose something is. */
export interface Attribution {
  readonly ownerId: string
  readonly agentId: string
}

/** Goes on with the audit trail of a tenant. */
export class BulkTrail {
  readonly #db: SqliteConnection
  readonly #tenant: string
  readonly #actor: string
  readonly #at: number
  #last: AuditPosition

  private constructor(db: SqliteConnection, tenant: string, actor: string, at: number, last: AuditPosition) {
    this.#db = db
    this.#tenant = tenant
    this.#actor = actor
    this.#at = at
    this.#last = last
  }

  static async open(db: SqliteConnection, tenant: string, actor: string, at: number): Promise<BulkTrail> {
    const newest = 'SELECT seq, hash FROM audit WHERE tenant_id = ? ORDER BY seq DESC LIMIT 1'
    const row = (await db.get(newest, tenant)) ?? {}
    return new BulkTrail(db, tenant, actor, at, { seq: integer(row, 'seq'), hash: text(row, 'hash') })
  }

  /** Members in the order of their names, `details` as well: the text is the canonical one that the chain is over. */
  async tell(
    action: string,
    target: string,
    { ownerId, agentId }: Attribution,
    details: JsonObject,
  ): Promise<void> {
    const seq = this.#last.seq + 1
    const entry = JSON.stringify({
      action,
      actor: this.#actor,
      agentId,
      at: this.#at,
      details,
      environment: 'production',
      mode: 'delegated',
      ownerId,
      prev: this.#last.hash,
      requestId: randomUUID(),
      role: 'admin',
      seq,
      target,
      tenant: this.#tenant,
    })
    this.#last = { seq, hash: createHash('sha256').update(entry).digest('base64url') }
    await this.#db.run(
      'INSERT INTO audit (tenant_id, seq, owner_id, agent_id, entry, hash) VALUES (?, ?, ?, ?, ?, ?)',
      this.#tenant,
      seq,
      ownerId,
      agentId,
      entry,
      this.#last.hash,
    )
  }
}
