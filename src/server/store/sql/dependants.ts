import type { DelegationWithRuns } from '../../../issuer/agent-store.ts'
import type { IssuedCredential } from '../../../issuer/issued-credential.ts'
import type { Page, Paged } from '../../../issuer/ports.ts'
import type { Id } from '../../../issuer/records.ts'
import type { Database } from './database.ts'
import { CREDENTIALS } from './listings.ts'
import { readPage } from './paging.ts'
import { SELECT_RUN } from './queries.ts'
import { runOf } from './records.ts'
import { integer } from './row.ts'

/** Runs of one page, of all its delegations together. */
const MAX_RUNS = 1_000

const LIVE_DELEGATIONS = { ...CREDENTIALS, where: "c.state <> 'revoked'" }

/** Delegations that have not ended, with the runs below them that have neither ended nor lapsed. */
export async function readDependants(
  db: Database,
  tenant: string,
  asked: { readonly agentId: Id; readonly at: number },
  page: Page,
): Promise<Paged<DelegationWithRuns>> {
  const filter = { kind: 'agent', agent_id: asked.agentId }
  const { items, next } = await readPage(db, LIVE_DELEGATIONS, tenant, { filter, page })
  const withRuns: DelegationWithRuns[] = []
  let room = MAX_RUNS
  for (const delegation of items) {
    const found = await readRuns(db, delegation, asked.at, room)
    room -= found.runs.length
    withRuns.push(found)
  }
  return { items: withRuns, ...(next !== undefined && { next }) }
}

async function readRuns(
  db: Database,
  delegation: IssuedCredential,
  at: number,
  limit: number,
): Promise<DelegationWithRuns> {
  const { tenant, id } = delegation
  const where = "r.tenant_id = ? AND r.delegation_id = ? AND r.state = 'active' AND r.valid_until > ?"
  const sql = `${SELECT_RUN} WHERE ${where} ORDER BY r.rowid LIMIT ?`
  const runs = (await db.all(sql, tenant, id, at, limit)).map(runOf)
  if (runs.length < limit) return { delegation, runs, omittedRuns: 0 }
  const count = await db.get(`SELECT count(*) AS n FROM runs AS r WHERE ${where}`, tenant, id, at)
  return { delegation, runs, omittedRuns: integer(count ?? {}, 'n') - runs.length }
}
