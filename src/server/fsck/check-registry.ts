import { compareGuards } from '../store/postgres/compare-guards.ts'
import type { Connection } from '../store/sql/database.ts'
import { compareSchema } from '../store/sqlite/compare-schema.ts'
import type { Findings } from './finding.ts'
import { rowsOf, type Snapshot } from './snapshot.ts'

/** What the database says of itself. Of a server that is its administrators' part. */
export async function checkFile({ db, isFile }: Snapshot, findings: Findings): Promise<void> {
  if (!isFile) return
  const damage = (await db.all('PRAGMA integrity_check')).map((row) => String(row.integrity_check))
  const foreign = (await db.all('PRAGMA foreign_key_check')).map(
    (row) => `a row of ${row.table} refers to none`,
  )
  for (const detail of [...damage.filter((answer) => answer !== 'ok'), ...foreign]) {
    findings.add({ code: 'database_damaged', subject: 'the file', detail })
  }
}

/** Whether what refuses the impossible is as the program made it, and nothing else acts on what is written. */
export async function checkSchema({ db, isFile }: Snapshot, findings: Findings): Promise<void> {
  for (const { subject, problem } of await (isFile ? compareSchema(db) : compareGuards(db)))
    findings.add({ code: 'schema_changed', subject, detail: `it ${problem}` })
}

/** Nothing lives under an owner, or an agent, that has ended. */
const ORPHANS = [
  `SELECT a.agent_id AS id FROM agents AS a
   JOIN owners AS o ON o.tenant_id = a.tenant_id AND o.owner_id = a.owner_id
   WHERE a.tenant_id = ? AND {after} AND o.state = 'offboarded' AND a.state = 'active'`,
  `SELECT c.id FROM credentials AS c JOIN owners AS o ON o.tenant_id = c.tenant_id AND o.owner_id = c.owner_id
   LEFT JOIN agents AS a ON a.tenant_id = c.tenant_id AND a.agent_id = c.agent_id
   WHERE c.tenant_id = ? AND {after} AND (o.state = 'offboarded' OR a.state = 'revoked' OR a.owner_id <> c.owner_id)
   AND c.state <> 'revoked'`,
  `SELECT r.id FROM runs AS r JOIN owners AS o ON o.tenant_id = r.tenant_id AND o.owner_id = r.owner_id
   JOIN agents AS a ON a.tenant_id = r.tenant_id AND a.agent_id = r.agent_id
   WHERE r.tenant_id = ? AND {after} AND (o.state = 'offboarded' OR a.state = 'revoked') AND r.state = 'active'`,
] as const
const ORPHAN_IDS = ['a.agent_id', 'c.id', 'r.id'] as const

export async function checkOrphans(db: Connection, tenant: string, findings: Findings): Promise<void> {
  for (const [i, select] of ORPHANS.entries()) {
    for await (const row of rowsOf(db, tenant, select, ORPHAN_IDS[i] ?? '')) {
      const subject = String(row.id ?? row.agent_id)
      findings.add({ code: 'outlives_owner', tenant, subject, detail: 'it is active under what has ended' })
    }
  }
}
