import type { AuditEntry } from '../../issuer/records.ts'
import { verifyAuditChain } from '../store/audit-chain.ts'
import { auditEntryOf } from '../store/sql/audit-log.ts'
import type { Connection } from '../store/sql/database.ts'
import { integer } from '../store/sql/row.ts'
import type { Findings } from './finding.ts'
import type { IndexMap } from './index-map.ts'
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

/** Nothing lives under an owner, or an agent, that has ended. */
const ORPHANS = [
  `SELECT a.agent_id AS id FROM agents AS a
   JOIN owners AS o ON o.tenant_id = a.tenant_id AND o.owner_id = a.owner_id
   WHERE a.tenant_id = ? AND {after} AND o.state = 'offboarded' AND a.state = 'active'`,
  `SELECT c.id FROM credentials AS c JOIN owners AS o ON o.tenant_id = c.tenant_id AND o.owner_id = c.owner_id
   LEFT JOIN agents AS a ON a.tenant_id = c.tenant_id AND a.agent_id = c.agent_id
   WHERE c.tenant_id = ? AND {after} AND (o.state = 'offboarded' OR a.state = 'revoked') AND c.state <> 'revoked'`,
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

/** How often the trail told of what. */
type Told = Map<string, number>

/** Verifies the chain of the trail, and that each state was told of, once (INV5). Adds what was revoked by index alone. */
export async function checkAudit(
  db: Connection,
  tenant: string,
  revoked: IndexMap,
  findings: Findings,
): Promise<void> {
  const told: Told = new Map()
  const verdict = await verifyAuditChain(watched(entriesOf(db, tenant), told, revoked), { tenant })
  if (!verdict.intact) {
    findings.add({ code: 'audit_broken', tenant, subject: `entry ${verdict.seq}`, detail: verdict.problem })
    return
  }
  for (const { actions, from } of STATES) {
    const rows = await db.get(`SELECT count(*) AS n FROM ${from}`, tenant)
    const [states, entries] = [integer(rows ?? {}, 'n'), sum(actions.map((action) => told.get(action) ?? 0))]
    if (states === entries) continue
    const detail = `told of ${entries} times, and there are ${states}`
    findings.add({ code: 'state_untold', tenant, subject: actions.join(', '), detail })
  }
}

/** States that one kind of entry each tells of. */
const STATES = [
  { actions: ['owner.create'], from: 'owners WHERE tenant_id = ?' },
  { actions: ['owner.offboard'], from: "owners WHERE tenant_id = ? AND state = 'offboarded'" },
  { actions: ['agent.create', 'agent.enrol'], from: 'agents WHERE tenant_id = ?' },
  { actions: ['run.register'], from: 'runs WHERE tenant_id = ?' },
  { actions: ['run.complete'], from: "runs WHERE tenant_id = ? AND state = 'completed'" },
] as const

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}

async function* entriesOf(db: Connection, tenant: string): AsyncGenerator<AuditEntry> {
  const select = 'SELECT seq, entry, hash FROM audit WHERE tenant_id = ? AND {after}'
  for await (const row of rowsOf(db, tenant, select, 'seq')) yield auditEntryOf(row)
}

async function* watched(
  entries: AsyncIterable<AuditEntry>,
  told: Told,
  revoked: IndexMap,
): AsyncGenerator<AuditEntry> {
  for await (const entry of entries) {
    told.set(entry.action, (told.get(entry.action) ?? 0) + 1)
    if (entry.action === 'lease.revoke') {
      const [list = 0, index = -1] = entry.target.split('/').map(Number)
      revoked.add(list, index)
    }
    yield entry
  }
}
