import type { AuditEntry } from '../../../src/issuer/records.ts'
import { verifyAuditChain } from '../../../src/server/store/audit-chain.ts'
import type { Row } from '../../../src/server/store/sql/database.ts'
import { openReader } from '../../../src/server/store/sqlite/database.ts'

type Query = (sql: string) => Promise<Row[]>

/**
 * Reads a database file past the store and says what contradicts what: indexes against indexes, bits against rows,
 * rows against the audit trail (INV1, INV3, INV5, INV7). Empty when all is well.
 */
export async function inconsistencies(file: string): Promise<string[]> {
  const db = openReader(file)
  try {
    await db.begin('read')
    const query: Query = (sql) => db.all(sql)
    return [
      ...(await integrity(query)),
      ...(await doubleIndexes(query)),
      ...(await wrongBits(query, 'revocation', await revokedPositions(query))),
      ...(await wrongBits(query, 'suspension', await heldPositions(query))),
      ...(await orphans(query)),
      ...(await untold(query)),
    ]
  } finally {
    db.close()
  }
}

async function integrity(query: Query): Promise<string[]> {
  const answers = (await query('PRAGMA integrity_check')).map((row) => String(row.integrity_check))
  const foreign = (await query('PRAGMA foreign_key_check')).map((row) => `foreign key of ${row.table}`)
  return [...answers.filter((answer) => answer !== 'ok'), ...foreign]
}

/** Own and leased indexes of all credentials, of which none may appear twice. */
async function doubleIndexes(query: Query): Promise<string[]> {
  const seen = new Set<string>()
  const doubled: string[] = []
  for (const row of await query('SELECT tenant_id, list, idx, lease FROM credentials')) {
    for (const index of [row.idx, ...(JSON.parse(String(row.lease)) as number[])]) {
      const key = `${row.tenant_id} ${row.list}/${index}`
      if (seen.has(key)) doubled.push(`index ${key} was given twice`)
      seen.add(key)
    }
  }
  const unleased = (await query('SELECT tenant_id, list, idx FROM runs')).filter(
    ({ tenant_id, list, idx }) => !seen.has(`${tenant_id} ${list}/${idx}`),
  )
  return [...doubled, ...unleased.map(({ idx }) => `a run has the index ${idx}, which nobody leased`)]
}

async function revokedPositions(query: Query): Promise<Set<string>> {
  const rows = await query(`SELECT list, idx FROM credentials WHERE state = 'revoked'
    UNION ALL SELECT list, idx FROM runs WHERE state <> 'active'`)
  const leases = await query(
    "SELECT entry ->> '$.target' AS target FROM audit WHERE entry ->> '$.action' = 'lease.revoke'",
  )
  return new Set([
    ...rows.map(({ list, idx }) => `${list}/${idx}`),
    ...leases.map(({ target }) => String(target)),
  ])
}

async function heldPositions(query: Query): Promise<Set<string>> {
  const rows = await query(`SELECT c.list || '/' || c.idx AS position FROM holds AS h JOIN credentials AS c ON
      (h.target_kind = 'delegation' AND c.id = h.target_id)
      OR (h.target_kind = 'agent' AND c.agent_id = h.target_id)
      OR (h.target_kind = 'owner' AND c.kind = 'owner' AND c.owner_id = h.target_id)
    UNION SELECT target_id FROM holds WHERE target_kind = 'lease'`)
  return new Set(rows.map(({ position }) => String(position)))
}

async function wrongBits(query: Query, purpose: string, expected: ReadonlySet<string>): Promise<string[]> {
  const set = new Set<string>()
  for (const row of await query(`SELECT list, chunk, bits FROM list_bits WHERE purpose = '${purpose}'`)) {
    for (const [i, byte] of (row.bits as Uint8Array).entries()) {
      for (let bit = 0; byte !== 0 && bit < 8; bit++) {
        if ((byte & (0x80 >> bit)) !== 0) set.add(`${row.list}/${(Number(row.chunk) * 1_024 + i) * 8 + bit}`)
      }
    }
  }
  return [
    ...[...expected].filter((at) => !set.has(at)).map((at) => `the ${purpose} bit ${at} is missing`),
    ...[...set].filter((at) => !expected.has(at)).map((at) => `the ${purpose} bit ${at} is set for nobody`),
  ]
}

/** Nothing lives under an owner, or an agent, that has ended. */
async function orphans(query: Query): Promise<string[]> {
  const rows =
    await query(`SELECT a.agent_id AS id FROM agents AS a JOIN owners AS o USING (tenant_id, owner_id)
      WHERE o.state = 'offboarded' AND a.state = 'active'
    UNION ALL SELECT c.id FROM credentials AS c JOIN owners AS o USING (tenant_id, owner_id)
      LEFT JOIN agents AS a USING (tenant_id, agent_id)
      WHERE (o.state = 'offboarded' OR a.state = 'revoked') AND c.state <> 'revoked'
    UNION ALL SELECT r.id FROM runs AS r JOIN owners AS o USING (tenant_id, owner_id)
      JOIN agents AS a USING (tenant_id, agent_id)
      WHERE (o.state = 'offboarded' OR a.state = 'revoked') AND r.state = 'active'`)
  return rows.map(({ id }) => `${id} outlives its owner or agent`)
}

/** Each state has the audit entry that tells of it, once; each trail is an unbroken chain. */
async function untold(query: Query): Promise<string[]> {
  const entries = await query('SELECT tenant_id, entry, hash FROM audit ORDER BY tenant_id, seq')
  const problems: string[] = []
  for (const tenant of new Set(entries.map(({ tenant_id }) => String(tenant_id)))) {
    const trail = entries.filter((row) => row.tenant_id === tenant)
    const verdict = await verifyAuditChain(trail.map(entryOf), { tenant })
    if (!verdict.intact) problems.push(`audit trail of ${tenant}: ${verdict.problem} at ${verdict.seq}`)
  }
  const told = (action: string) =>
    entries.filter(({ entry }) => String(entry).includes(`"action":"${action}"`)).length
  const rows = async (sql: string) => Number((await query(`SELECT count(*) AS n FROM ${sql}`))[0]?.n)
  for (const [action, sql] of STATES) {
    const states = await rows(sql)
    if (told(action) !== states) {
      problems.push(`${action} was told ${told(action)} times for ${states} rows`)
    }
  }
  return problems
}

const STATES = [
  ['owner.create', 'owners'],
  ['owner.offboard', "owners WHERE state = 'offboarded'"],
  ['agent.create', 'agents'],
  [
    'agent.revoke',
    "agents WHERE state = 'revoked' AND cascade IN (SELECT cascade FROM cascades WHERE agent_id IS NOT NULL)",
  ],
  ['delegation.plan', "credentials WHERE kind = 'agent'"],
  ['owner_credential.plan', "credentials WHERE kind = 'owner'"],
  ['delegation.revoke', "credentials WHERE kind = 'agent' AND state = 'revoked' AND cascade IS NULL"],
  ['run.register', 'runs'],
  ['run.complete', "runs WHERE state = 'completed'"],
] as const

function entryOf(row: Row): AuditEntry {
  return { ...(JSON.parse(String(row.entry)) as Omit<AuditEntry, 'hash'>), hash: String(row.hash) }
}
