import { createHash, randomUUID } from 'node:crypto'
import type { Id, StatusPosition } from '../../../issuer/ports.ts'
import type { Row } from './database.ts'
import { integer, text } from './row.ts'
import type { WriteSession } from './session.ts'
import { setBits } from './status-bits.ts'

export interface CascadeScope {
  readonly kind: 'owner' | 'agent'
  readonly id: Id
}

export interface Cascade {
  readonly cascadeId: Id
  readonly delegations: number
  readonly runs: number
  /** base64url SHA-256 over the ids of all that it ended, credentials first, oldest first, a line feed after each. */
  readonly digest: string
}

/** Credentials and runs have the same columns for this; `?1` tenant, `?2` owner or agent, `?3` cascade. */
function statementsFor(table: 'credentials' | 'runs', column: 'owner_id' | 'agent_id') {
  const live = table === 'runs' ? "state = 'active'" : "state <> 'revoked'"
  const kind = table === 'runs' ? "'run' AS kind" : 'kind'
  return {
    end: `UPDATE ${table} SET state = 'revoked', cascade_id = ?3 WHERE tenant_id = ?1 AND ${column} = ?2 AND ${live}`,
    ended: `SELECT id, list, idx, ${kind} FROM ${table}
      WHERE tenant_id = ?1 AND ${column} = ?2 AND cascade_id = ?3 ORDER BY rowid`,
  }
}

const STATEMENTS = {
  owner: [statementsFor('credentials', 'owner_id'), statementsFor('runs', 'owner_id')],
  agent: [statementsFor('credentials', 'agent_id'), statementsFor('runs', 'agent_id')],
}

/**
 * Ends every credential and registered run of an owner or an agent, rows and bits, in the open transaction. Each
 * step works on all of them at once; the rows carry the cascade's id.
 */
export function cascade({ db }: WriteSession, tenant: string, { kind, id }: CascadeScope): Cascade {
  const cascadeId = `cas_${randomUUID()}`
  const tally = new Tally()
  for (const { end, ended } of STATEMENTS[kind]) {
    db.run(end, tenant, id, cascadeId)
    setBits(db, tenant, 'revocation', tally.positions(db.each(ended, tenant, id, cascadeId)))
  }
  return { cascadeId, delegations: tally.of('agent'), runs: tally.of('run'), digest: tally.digest() }
}

/** Counts and digests rows while their positions pass through. */
class Tally {
  readonly #counts = new Map<string, number>()
  readonly #hash = createHash('sha256')

  of(kind: string): number {
    return this.#counts.get(kind) ?? 0
  }

  digest(): string {
    return this.#hash.digest('base64url')
  }

  *positions(rows: Iterable<Row>): Generator<StatusPosition> {
    for (const row of rows) {
      const kind = text(row, 'kind')
      this.#counts.set(kind, this.of(kind) + 1)
      this.#hash.update(`${text(row, 'id')}\n`)
      yield { list: integer(row, 'list'), index: integer(row, 'idx') }
    }
  }
}
