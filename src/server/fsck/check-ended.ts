import type { AuditEntry } from '../../issuer/records.ts'
import type { Connection } from '../store/sql/database.ts'
import { text } from '../store/sql/row.ts'
import type { Findings } from './finding.ts'

/** Rows that are asked for together. */
const TOGETHER = 100
const PLACES = Array.from({ length: TOGETHER }, () => '?').join(', ')

/** What may have ended, and which of some of it has not. */
const IN_FORCE = {
  credentials: `SELECT id FROM credentials WHERE tenant_id = ? AND state <> 'revoked' AND id IN (${PLACES})`,
  runs: `SELECT id FROM runs WHERE tenant_id = ? AND state = 'active' AND id IN (${PLACES})`,
  agents: `SELECT agent_id AS id FROM agents WHERE tenant_id = ? AND state = 'active' AND agent_id IN (${PLACES})`,
  owners: `SELECT owner_id AS id FROM owners WHERE tenant_id = ? AND state = 'active' AND owner_id IN (${PLACES})`,
} as const

type Table = keyof typeof IN_FORCE

/** What the target of an entry is, when it tells of its end. */
const ENDS: ReadonlyMap<string, Table> = new Map([
  ['delegation.revoke', 'credentials'],
  ['delegation.end', 'credentials'],
  ['owner_credential.end', 'credentials'],
  ['run.revoke', 'runs'],
  ['run.complete', 'runs'],
  ['agent.revoke', 'agents'],
  ['owner.offboard', 'owners'],
])

/**
 * Looks whether what the trail tells to have ended has ended: nothing comes back. What ended with an owner or agent is told by one
 * entry for all of it, and is found under what has ended. Holds a hundred ids of a kind at a time.
 */
export class ToldEnds {
  readonly #db: Connection
  readonly #tenant: string
  readonly #findings: Findings
  /** By table: id, and the entry that tells of it. */
  readonly #told: Readonly<Record<Table, Map<string, string>>> = {
    credentials: new Map(),
    runs: new Map(),
    agents: new Map(),
    owners: new Map(),
  }

  constructor(db: Connection, tenant: string, findings: Findings) {
    this.#db = db
    this.#tenant = tenant
    this.#findings = findings
  }

  async look({ action, target, details, seq }: AuditEntry): Promise<void> {
    const entry = `entry ${seq} (${action})`
    const table = ENDS.get(action)
    if (table !== undefined) await this.#add(table, [target], entry)
    if (action === 'delegation.revoke') await this.#add('credentials', details.others, entry)
    if (action === 'owner.update') await this.#add('credentials', [details.revoked], entry)
    if (action === 'lease.revoke') await this.#add('runs', details.runs, entry)
  }

  /** After the last entry. */
  async end(): Promise<void> {
    await this.#ask('credentials')
    await this.#ask('runs')
    await this.#ask('agents')
    await this.#ask('owners')
  }

  async #add(table: Table, ids: unknown, entry: string): Promise<void> {
    if (!Array.isArray(ids)) return
    const told = this.#told[table]
    for (const id of ids) {
      if (typeof id === 'string') told.set(id, entry)
      if (told.size === TOGETHER) await this.#ask(table)
    }
  }

  async #ask(table: Table): Promise<void> {
    const told = this.#told[table]
    if (told.size === 0) return
    const ids = [...told.keys(), ...Array.from({ length: TOGETHER - told.size }, () => '')]
    for (const row of await this.#db.all(IN_FORCE[table], this.#tenant, ...ids)) {
      const subject = text(row, 'id')
      const detail = `${told.get(subject)} tells that it ended, and its row says that it is in force`
      this.#findings.add({ code: 'state_untold', tenant: this.#tenant, subject, detail })
    }
    told.clear()
  }
}
