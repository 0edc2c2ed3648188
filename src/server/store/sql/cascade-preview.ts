import type { CascadePreview, CascadeScope } from '../../../issuer/agent-store.ts'
import { inScope, LIVE } from './cascade.ts'
import type { Database } from './database.ts'
import { integer, text } from './row.ts'

/** Agents that a preview names; who is about to end more looks at the list. */
const MAX_NAMED = 50

/** Counts by the very conditions by which the cascade ends: in one state they cannot disagree. */
export async function previewCascade(
  db: Database,
  tenant: string,
  scope: CascadeScope,
): Promise<CascadePreview> {
  const { where, id } = inScope(scope)
  const live = (table: keyof typeof LIVE) => `FROM ${table} WHERE ${where} AND ${LIVE[table]}`
  const counts = await db.get(
    `SELECT (SELECT count(*) ${live('agents')}) AS agents, (SELECT count(*) ${live('runs')}) AS runs,
       (SELECT count(*) ${live('credentials')} AND kind = 'agent') AS delegations,
       (SELECT coalesce(sum(lease_count), 0) ${live('credentials')}) AS leased`,
    tenant,
    id,
  )
  const named = `SELECT agent_id, name ${live('agents')} ORDER BY rowid LIMIT ${MAX_NAMED}`
  return {
    agents: integer(counts ?? {}, 'agents'),
    delegations: integer(counts ?? {}, 'delegations'),
    runs: integer(counts ?? {}, 'runs'),
    leasedIndexes: integer(counts ?? {}, 'leased'),
    firstAgents: (await db.all(named, tenant, id)).map((row) => ({
      id: text(row, 'agent_id'),
      name: text(row, 'name'),
    })),
  }
}
