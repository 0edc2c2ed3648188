import { createHash, randomUUID } from 'node:crypto'
import { setBits } from '../../../src/server/store/sql/status-bits.ts'
import { openWriter, type SqliteConnection } from '../../../src/server/store/sqlite/database.ts'
import { BulkIndexes } from './bulk-indexes.ts'
import { type Attribution, BulkTrail } from './bulk-trail.ts'
import { TERMS } from './issuer.ts'

/** Runs under one delegation: every tenth is a sub-agent of the agent, with the nine after it below. */
const RUNS_PER_DELEGATION = 199
const RUNS_PER_SUB_AGENT = 10

/** Everything that hangs below one delegation, with it. */
const PER_DELEGATION = 1 + RUNS_PER_DELEGATION

/** One run in a hundred is over: its bit is set. */
const COMPLETED_EACH = 100

/** What is the same in all rows. */
export interface BulkOptions {
  /** When all of it was done, in milliseconds since 1970. */
  readonly at: number
  readonly indexSecret: Uint8Array
  readonly actor: string
  /** Text of a credential, as long as any. */
  readonly form: string
}

const TENANT = 'acme'

/** Writes rows past the store, which the store could have written: by the triggers of its tables. */
export class BulkWriter {
  readonly #db: SqliteConnection
  readonly #options: BulkOptions
  readonly #over: { list: number; index: number }[] = []
  readonly #terms = JSON.stringify(TERMS)
  #runs = 0
  readonly #indexes: BulkIndexes
  readonly #trail: BulkTrail

  private constructor(db: SqliteConnection, options: BulkOptions, trail: BulkTrail) {
    this.#db = db
    this.#options = options
    this.#indexes = new BulkIndexes(db, TENANT, options.indexSecret)
    this.#trail = trail
  }

  /** Begins the one transaction of which all of it is. */
  static async open(file: string, options: BulkOptions): Promise<BulkWriter> {
    const db = openWriter(file)
    await db.exec('PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000')
    await db.begin('write')
    return new BulkWriter(db, options, await BulkTrail.open(db, TENANT, options.actor, options.at))
  }

  /** Agents of an owner, each with one delegation and what stands below it. */
  async addDescendants(ownerId: string, count: number): Promise<void> {
    for (let left = count; left > 0; left -= PER_DELEGATION) {
      await this.#addAgent(ownerId, Math.min(left, PER_DELEGATION) - 1)
    }
  }

  async close(): Promise<void> {
    await this.#indexes.close()
    await setBits(this.#db, TENANT, 'revocation', this.#over)
    await this.#db.commit()
    await this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    this.#db.close()
  }

  async #addAgent(ownerId: string, runs: number): Promise<void> {
    const agentId = `agt_${randomUUID()}`
    const did = newDid()
    await this.#db.run(
      `INSERT INTO agents (tenant_id, agent_id, owner_id, did, name, purpose, mode, created_at)
       VALUES (?, ?, ?, ?, 'Clerk', 'pays what was ordered', 'delegated', ?)`,
      TENANT,
      agentId,
      ownerId,
      did,
      this.#options.at,
    )
    await this.#db.run(
      "INSERT INTO identities (tenant_id, did, role, owner_id, agent_id) VALUES (?, ?, 'agent', ?, ?)",
      TENANT,
      did,
      ownerId,
      agentId,
    )
    await this.#trail.tell('agent.create', agentId, { ownerId, agentId }, { did })
    await this.#addDelegation({ ownerId, agentId }, runs)
  }

  async #addDelegation(of: Attribution, runs: number): Promise<void> {
    const { list, indexes, first } = await this.#indexes.take(1 + runs)
    const [index = 0, ...lease] = indexes
    const id = `urn:uuid:${randomUUID()}`
    const validUntil = this.#options.at + 86_400_000
    await this.#db.run(
      `INSERT INTO credentials (tenant_id, id, kind, owner_id, agent_id, list, idx, lease, lease_count, valid_from, valid_until,
         created_at) VALUES (?, ?, 'agent', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      TENANT,
      id,
      of.ownerId,
      of.agentId,
      list,
      index,
      JSON.stringify(lease),
      lease.length,
      this.#options.at,
      validUntil,
      this.#options.at,
    )
    await this.#db.run(
      'INSERT INTO credential_documents (tenant_id, id, terms) VALUES (?, ?, ?)',
      TENANT,
      id,
      this.#terms,
    )
    await this.#db.run(
      "INSERT INTO credential_forms (tenant_id, id, mechanism, text) VALUES (?, ?, 'vc+jwt', ?)",
      TENANT,
      id,
      this.#options.form,
    )
    await this.#db.run("UPDATE credentials SET state = 'active' WHERE tenant_id = ? AND id = ?", TENANT, id)
    await this.#place(list, index, id)
    await this.#db.run(
      `INSERT INTO allocations (tenant_id, list, first, count, leased_from, credential_id) VALUES (?, ?, ?, ?, ?, ?)`,
      TENANT,
      list,
      first,
      indexes.length,
      first + 1,
      id,
    )
    const details = { index, leased: lease.length, list }
    const times = { validFrom: this.#options.at, validUntil }
    await this.#trail.tell('delegation.plan', id, of, { ...details, ...times })
    await this.#trail.tell('delegation.issue', id, of, { ...details, mechanism: 'vc+jwt', ...times })
    await this.#addRuns({ ...of, delegation: id, list }, lease)
  }

  async #addRuns(
    of: Attribution & { delegation: string; list: number },
    lease: readonly number[],
  ): Promise<void> {
    let above = of.delegation
    for (const [nth, index] of lease.entries()) {
      const isSubAgent = nth % RUNS_PER_SUB_AGENT === 0
      const parent = isSubAgent ? of.delegation : above
      const isOver = !isSubAgent && this.#runs++ % COMPLETED_EACH === 0
      const id = await this.#addRun({ ...of, parent, index, isSubAgent, isOver })
      if (isSubAgent) above = id
    }
  }

  async #addRun(run: BulkRun): Promise<string> {
    const { ownerId, agentId, delegation, parent, list, index, isSubAgent, isOver } = run
    const id = `urn:uuid:${randomUUID()}`
    const kind = isSubAgent ? 'SubAgent' : 'Run'
    const subject = newDid()
    const lineage = { rootTask: 'pay', run: id.slice(-12) }
    await this.#db.run(
      `INSERT INTO runs (tenant_id, id, kind, delegation_id, parent_id, owner_id, agent_id, subject, list, idx, lineage, state,
         valid_until, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      TENANT,
      id,
      kind,
      delegation,
      parent,
      ownerId,
      agentId,
      subject,
      list,
      index,
      JSON.stringify(lineage),
      isOver ? 'completed' : 'active',
      this.#options.at + 900_000,
      this.#options.at,
    )
    await this.#place(list, index, id)
    await this.#trail.tell(
      'run.register',
      id,
      { ownerId, agentId },
      { delegation, kind, lineage, parent, subject },
    )
    if (isOver) {
      this.#over.push({ list, index })
      await this.#trail.tell('run.complete', id, { ownerId, agentId }, { lineage })
    }
    return id
  }

  async #place(list: number, index: number, holder: string): Promise<void> {
    const sql = 'INSERT INTO positions (tenant_id, list, idx, holder_id) VALUES (?, ?, ?, ?)'
    await this.#db.run(sql, TENANT, list, index, holder)
  }
}

interface BulkRun extends Attribution {
  readonly delegation: string
  readonly parent: string
  readonly list: number
  readonly index: number
  readonly isSubAgent: boolean
  readonly isOver: boolean
}

/** Looks like the DID of a key that nobody has. */
function newDid(): string {
  return `did:key:z6Mk${createHash('sha256').update(randomUUID()).digest('hex').slice(0, 44)}`
}
