import { createHash, type Hash, randomUUID } from 'node:crypto'
import type { CascadeScope } from '../../../issuer/agent-store.ts'
import type { StatusPosition } from '../../../issuer/issued-credential.ts'
import type { CascadeReport, Id } from '../../../issuer/records.ts'
import { LIST_ENTRIES } from '../index-permutation.ts'
import type { Database } from './database.ts'
import { integer, text } from './row.ts'
import type { WriteSession } from './session.ts'
import { setBitsInParts } from './status-bits.ts'

export interface Cascade {
  readonly report: CascadeReport
  /** base64url SHA-256 over the ids of all that it ended, credentials first, oldest first, a line feed after each. */
  readonly digest: string
}

/** Rows that are read together, so that a million of them never become a million objects. */
const ROWS_TOGETHER = 20_000

/** What has not ended. */
export const LIVE = {
  agents: "state = 'active'",
  credentials: "state <> 'revoked'",
  runs: "state = 'active'",
}

/**
 * Ends agents, credentials and registered runs of an owner or an agent, rows and bits, in the open transaction. Each
 * step works on all of them at once; the rows carry the number of the cascade.
 *
 * @param scope `keepsAgent`: the agent itself lives on.
 */
export async function cascade(
  { db }: WriteSession,
  tenant: string,
  scope: CascadeScope & { readonly keepsAgent?: boolean },
): Promise<Cascade> {
  const cascading = { db, tenant, scope, number: await nextNumber(db, tenant) }
  const hash = createHash('sha256')
  const agents = scope.keepsAgent === true ? 0 : await endRows(cascading, 'agents')
  await endRows(cascading, 'credentials')
  const runs = await endRows(cascading, 'runs')
  for (const table of ['credentials', 'runs'] as const) {
    await setBitsInParts(db, tenant, 'revocation', endedPositions(cascading, table, hash))
  }
  const report = {
    cascadeId: `cas_${randomUUID()}`,
    ownerId: scope.ownerId,
    agents,
    delegations: await countDelegations(cascading),
    runs,
  }
  await insertReport(cascading, report)
  return { report, digest: hash.digest('base64url') }
}

/** What the cascade that ended this owner did. */
export async function findReport(
  db: Database,
  tenant: string,
  ownerId: Id,
): Promise<CascadeReport | undefined> {
  const row = await db.get(
    'SELECT * FROM cascades WHERE tenant_id = ? AND owner_id = ? AND agent_id IS NULL',
    tenant,
    ownerId,
  )
  if (row === undefined) return undefined
  return {
    cascadeId: text(row, 'cascade_id'),
    ownerId,
    agents: integer(row, 'agents'),
    delegations: integer(row, 'delegations'),
    runs: integer(row, 'runs'),
  }
}

interface Cascading {
  readonly db: Database
  readonly tenant: string
  readonly scope: CascadeScope
  readonly number: number
}

async function nextNumber(db: Database, tenant: string): Promise<number> {
  const row = await db.get(
    'SELECT coalesce(max(cascade), 0) + 1 AS next FROM cascades WHERE tenant_id = ?',
    tenant,
  )
  return integer(row ?? {}, 'next')
}

/** `?1` tenant, `?2` owner or agent. */
export function inScope({ ownerId, agentId }: CascadeScope): { readonly where: string; readonly id: Id } {
  return agentId === undefined
    ? { where: 'tenant_id = ?1 AND owner_id = ?2', id: ownerId }
    : { where: 'tenant_id = ?1 AND agent_id = ?2', id: agentId }
}

/** @returns How many rows it ended. */
async function endRows({ db, tenant, scope, number }: Cascading, table: keyof typeof LIVE): Promise<number> {
  const { where, id } = inScope(scope)
  const sql = `UPDATE ${table} SET state = 'revoked', cascade = ?3 WHERE ${where} AND ${LIVE[table]}`
  return await db.run(sql, tenant, id, number)
}

/** Where the bits of the ended rows are, part by part; their ids go into the digest on the way. */
async function* endedPositions(
  { db, tenant, scope, number }: Cascading,
  table: 'credentials' | 'runs',
  hash: Hash,
): AsyncGenerator<readonly StatusPosition[]> {
  const { where, id } = inScope(scope)
  const entry = `cast(cast(list AS BIGINT) * ${LIST_ENTRIES} + idx AS TEXT)`
  const sql = `SELECT max(place) AS last, string_agg(id, '\n' ORDER BY place) AS ids, string_agg(${entry}, ',') AS entries
    FROM (SELECT rowid AS place, id, list, idx FROM ${table}
      WHERE ${where} AND cascade = ?3 AND rowid > ?4 ORDER BY rowid LIMIT ${ROWS_TOGETHER}) AS ended`
  let after = 0
  for (;;) {
    const row = await db.get(sql, tenant, id, number, after)
    if (row === undefined || row.last === null) return
    after = integer(row, 'last')
    hash.update(`${text(row, 'ids')}\n`)
    yield text(row, 'entries')
      .split(',')
      .map((entry) => positionOf(Number(entry)))
  }
}

function positionOf(entry: number): StatusPosition {
  return { list: Math.floor(entry / LIST_ENTRIES), index: entry % LIST_ENTRIES }
}

async function countDelegations({ db, tenant, scope, number }: Cascading): Promise<number> {
  const { where, id } = inScope(scope)
  const sql = `SELECT count(*) AS n FROM credentials WHERE ${where} AND cascade = ?3 AND kind = 'agent'`
  return integer((await db.get(sql, tenant, id, number)) ?? {}, 'n')
}

async function insertReport({ db, tenant, scope, number }: Cascading, report: CascadeReport): Promise<void> {
  await db.run(
    `INSERT INTO cascades (tenant_id, cascade, cascade_id, owner_id, agent_id, agents, delegations, runs)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    tenant,
    number,
    report.cascadeId,
    scope.ownerId,
    scope.agentId ?? null,
    report.agents,
    report.delegations,
    report.runs,
  )
}
