import type { AgentLeases, Lease, LeasedIndex } from '../../../issuer/agent-store.ts'
import type { IssuedCredential } from '../../../issuer/issued-credential.ts'
import type { Page } from '../../../issuer/ports.ts'
import type { AuditEntry, Id } from '../../../issuer/records.ts'
import { auditEntryOf } from './audit-log.ts'
import type { Database } from './database.ts'
import { countLeased } from './eligibility.ts'
import { CREDENTIALS } from './listings.ts'
import { readPage } from './paging.ts'
import { findAgent, SELECT_RUN } from './queries.ts'
import { runOf } from './records.ts'
import { lackingBits } from './status-bits.ts'

/** Most delegations of one page: each has up to 256 indexes, and a page has to fit into one answer. */
const MAX_DELEGATIONS = 20

const LEASING = { ...CREDENTIALS, where: 'c.lease_count > 0' }

/** What became of the indexes that were leased to an agent, by delegation, oldest first; also to those that are over. */
export async function readLeases(
  db: Database,
  tenant: string,
  { agentId, ownerId, at }: { readonly agentId: Id; readonly ownerId?: Id; readonly at: number },
  page: Page,
): Promise<AgentLeases> {
  const filter = { kind: 'agent', agent_id: agentId, owner_id: ownerId }
  const asked = { ...page, limit: Math.min(page.limit, MAX_DELEGATIONS) }
  const { items, next } = await readPage(db, LEASING, tenant, { filter, page: asked })
  const leases: Lease[] = []
  for (const delegation of items) leases.push(await readLease(db, delegation))
  const agent = await findAgent(db, tenant, agentId)
  const leased = await countLeased(db, tenant, { ownerId: agent?.ownerId ?? '', agentId, at })
  return { items: leases, ...(next !== undefined && { next }), leased }
}

async function readLease(db: Database, delegation: IssuedCredential): Promise<Lease> {
  const { tenant, id, lease, position } = delegation
  const positions = lease.map((index) => ({ list: position.list, index }))
  const live = new Set(await lackingBits(db, tenant, 'revocation', positions))
  const active = new Set(await lackingBits(db, tenant, 'suspension', positions))
  const rows = await db.all(`${SELECT_RUN} WHERE r.tenant_id = ? AND r.delegation_id = ?`, tenant, id)
  const runs = new Map(rows.map(runOf).map((run) => [run.position.index, run]))
  const revocations = await readRevocations(db, tenant, id)
  const indexes = positions.map((one): LeasedIndex => {
    const run = runs.get(one.index)
    const revocation = revocations.get(`${one.list}/${one.index}`)
    const state = !live.has(one) ? 'revoked' : active.has(one) ? 'active' : 'suspended'
    return { position: one, state, ...(run && { run }), ...(revocation && { revocation }) }
  })
  return { delegation, indexes }
}

/**
 * Who revoked which index of a lease by itself, by `list/index`: the audit trail knows, while it keeps the entry. Only the entries of this
 * delegation are read, however long the trail of its agent is.
 */
async function readRevocations(
  db: Database,
  tenant: string,
  delegationId: string,
): Promise<ReadonlyMap<string, AuditEntry>> {
  const rows = await db.all(
    `SELECT a.entry, a.hash FROM lease_revocations AS r JOIN audit AS a ON a.tenant_id = r.tenant_id AND a.seq = r.seq
     WHERE r.tenant_id = ? AND r.delegation_id = ? AND a.entry <> '' ORDER BY r.seq`,
    tenant,
    delegationId,
  )
  return new Map(rows.map(auditEntryOf).map((entry) => [entry.target, entry]))
}
