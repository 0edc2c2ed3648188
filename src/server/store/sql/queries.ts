import type { IssuedCredential, StatusPosition } from '../../../issuer/issued-credential.ts'
import type { Agent, Hold, HoldTarget, Id, Owner, Run } from '../../../issuer/records.ts'
import { isListEntry } from '../index-permutation.ts'
import type { Allocator } from './allocator.ts'
import type { Database } from './database.ts'
import { agentOf, credentialOf, DAY_MS, holdOf, ownerOf, runOf, targetIdOf } from './records.ts'
import { integer, optionalInteger, text } from './row.ts'

/** Whether a hold stands on the row itself; holds of owners and agents are not copied down (spec 08). */
export const SELECT_OWNER = `SELECT o.*, EXISTS (SELECT 1 FROM holds AS h
  WHERE h.tenant_id = o.tenant_id AND h.target_kind = 'owner' AND h.target_id = o.owner_id) AS suspended,
  (SELECT t.owner_key_days FROM tenants AS t WHERE t.tenant_id = o.tenant_id) AS key_days
  FROM owners AS o`

export const SELECT_AGENT = `SELECT a.*, EXISTS (SELECT 1 FROM holds AS h
  WHERE h.tenant_id = a.tenant_id AND h.target_kind = 'agent' AND h.target_id = a.agent_id) AS suspended,
  (SELECT t.agent_key_days FROM tenants AS t WHERE t.tenant_id = a.tenant_id) AS key_days
  FROM agents AS a`

/** `suspended` is what the bit at the credential's index says: its own holds and those of whom it stands for. */
export const SELECT_CREDENTIAL = `SELECT c.tenant_id, c.id, c.kind, c.owner_id, c.agent_id, c.state, c.list, c.idx,
  c.lease, c.valid_from, c.valid_until, c.created_at, c.owner_version, c.ends_at, c.succession, c.predecessor_id, d.terms,
  (SELECT '{' || coalesce(string_agg(json_quote(f.mechanism) || ':' || json_quote(f.text), ','), '') || '}'
    FROM credential_forms AS f WHERE f.tenant_id = c.tenant_id AND f.id = c.id) AS forms, CASE c.kind
    WHEN 'owner' THEN EXISTS (SELECT 1 FROM holds AS h
      WHERE h.tenant_id = c.tenant_id AND h.target_kind = 'owner' AND h.target_id = c.owner_id)
    ELSE EXISTS (SELECT 1 FROM holds AS h
      WHERE h.tenant_id = c.tenant_id AND h.target_kind = 'delegation' AND h.target_id = c.id)
      OR EXISTS (SELECT 1 FROM holds AS h
      WHERE h.tenant_id = c.tenant_id AND h.target_kind = 'agent' AND h.target_id = c.agent_id)
    END AS suspended
  FROM credentials AS c JOIN credential_documents AS d ON d.tenant_id = c.tenant_id AND d.id = c.id`

export const SELECT_RUN = 'SELECT r.* FROM runs AS r'

export async function findOwner(db: Database, tenant: string, id: Id): Promise<Owner | undefined> {
  const row = await db.get(`${SELECT_OWNER} WHERE o.tenant_id = ? AND o.owner_id = ?`, tenant, id)
  return row && ownerOf(row)
}

/** Those whose key has come of age, the oldest first; not those on hold, who get no credential for another one. */
export async function findOwnersDue(
  db: Database,
  tenant: string,
  at: number,
  limit: number,
): Promise<readonly Owner[]> {
  const rows = await db.all(
    `${SELECT_OWNER} WHERE o.tenant_id = ?1 AND o.state = 'active' AND coalesce(o.keyed_at, o.created_at)
       <= ?2 - ${DAY_MS} * (SELECT t.owner_key_days FROM tenants AS t WHERE t.tenant_id = ?1)
     AND NOT EXISTS (SELECT 1 FROM holds AS h
       WHERE h.tenant_id = o.tenant_id AND h.target_kind = 'owner' AND h.target_id = o.owner_id)
     ORDER BY coalesce(o.keyed_at, o.created_at), o.owner_id LIMIT ?3`,
    tenant,
    at,
    limit,
  )
  return rows.map(ownerOf)
}

export async function findAgent(db: Database, tenant: string, id: Id): Promise<Agent | undefined> {
  const row = await db.get(`${SELECT_AGENT} WHERE a.tenant_id = ? AND a.agent_id = ?`, tenant, id)
  return row && agentOf(row)
}

export async function findCredential(
  db: Database,
  tenant: string,
  id: string,
): Promise<IssuedCredential | undefined> {
  const row = await db.get(`${SELECT_CREDENTIAL} WHERE c.tenant_id = ? AND c.id = ?`, tenant, id)
  return row && credentialOf(row)
}

/** Until when a renewal that is not signed yet will be valid. */
export async function findPendingUntil(
  db: Database,
  tenant: string,
  id: string,
): Promise<number | undefined> {
  const sql = 'SELECT pending_until FROM credentials WHERE tenant_id = ? AND id = ?'
  const row = await db.get(sql, tenant, id)
  return row && optionalInteger(row, 'pending_until')
}

/** A link 1; OwnerCredentials have their own verbs. */
export async function findDelegation(
  db: Database,
  tenant: string,
  id: string,
): Promise<IssuedCredential | undefined> {
  const credential = await findCredential(db, tenant, id)
  return credential?.kind === 'agent' ? credential : undefined
}

/** The owner's credential that is neither revoked nor about to end, signed or not. */
export async function findOwnerCredential(
  db: Database,
  tenant: string,
  ownerId: Id,
): Promise<IssuedCredential | undefined> {
  const row = await db.get(
    `${SELECT_CREDENTIAL} WHERE c.tenant_id = ? AND c.owner_id = ? AND c.kind = 'owner' AND c.state <> 'revoked'
      AND c.ends_at IS NULL`,
    tenant,
    ownerId,
  )
  return row && credentialOf(row)
}

/** The owner's credentials that are signed and not revoked: the one in force, and those of earlier keys whose grace lasts. */
export async function findOwnerCredentials(
  db: Database,
  tenant: string,
  ownerId: Id,
): Promise<readonly IssuedCredential[]> {
  const rows = await db.all(
    `${SELECT_CREDENTIAL} WHERE c.tenant_id = ? AND c.owner_id = ? AND c.kind = 'owner' AND c.state = 'active'
      ORDER BY c.created_at DESC`,
    tenant,
    ownerId,
  )
  return rows.map(credentialOf)
}

/** What took the place of a delegation, or is about to. */
export async function findSuccessor(
  db: Database,
  tenant: string,
  id: string,
): Promise<IssuedCredential | undefined> {
  const row = await db.get(`${SELECT_CREDENTIAL} WHERE c.tenant_id = ? AND c.predecessor_id = ?`, tenant, id)
  return row && credentialOf(row)
}

/** The ids of a delegation, of all that it took the place of, and of all that took its place. */
export async function findLine(db: Database, tenant: string, id: string): Promise<readonly string[]> {
  const rows = await db.all(
    `WITH RECURSIVE earlier (id, predecessor_id) AS (
       SELECT id, predecessor_id FROM credentials WHERE tenant_id = ?1 AND id = ?2
       UNION SELECT c.id, c.predecessor_id FROM credentials AS c
         JOIN earlier AS e ON c.tenant_id = ?1 AND c.id = e.predecessor_id),
     line (id) AS (
       SELECT id FROM earlier
       UNION SELECT c.id FROM credentials AS c JOIN line AS l ON c.tenant_id = ?1 AND c.predecessor_id = l.id)
     SELECT id FROM line`,
    tenant,
    id,
  )
  return rows.map((row) => text(row, 'id'))
}

export async function findRun(db: Database, tenant: string, id: string): Promise<Run | undefined> {
  const row = await db.get(`${SELECT_RUN} WHERE r.tenant_id = ? AND r.id = ?`, tenant, id)
  return row && runOf(row)
}

/** The run that has a status position of its own. */
export async function findRunAt(
  db: Database,
  tenant: string,
  { list, index }: StatusPosition,
): Promise<Run | undefined> {
  const row = await db.get(
    `${SELECT_RUN} WHERE r.tenant_id = ?1
      AND r.id = (SELECT p.holder_id FROM positions AS p WHERE p.tenant_id = ?1 AND p.list = ?2 AND p.idx = ?3)`,
    tenant,
    list,
    index,
  )
  return row && runOf(row)
}

/** All credentials that one run had, oldest first: they have one subject, which no other run has. */
export async function findRunLine(
  db: Database,
  { tenant, kind, subject }: Pick<Run, 'tenant' | 'kind' | 'subject'>,
): Promise<readonly Run[]> {
  if (kind !== 'Run') return []
  const sql = `${SELECT_RUN} WHERE r.tenant_id = ? AND r.subject = ? AND r.kind = 'Run' ORDER BY r.created_at`
  return (await db.all(sql, tenant, subject)).map(runOf)
}

export async function findHolds(db: Database, tenant: string, target: HoldTarget): Promise<Hold[]> {
  const sql =
    'SELECT * FROM holds WHERE tenant_id = ? AND target_kind = ? AND target_id = ? ORDER BY placed_at'
  return (await db.all(sql, tenant, target.kind, targetIdOf(target))).map((row) => holdOf(row, target))
}

/** The credential to which an index is leased; an index that is a credential's own is leased to nobody. */
export async function findLeaseHolder(
  db: Database,
  allocator: Allocator,
  tenant: string,
  position: StatusPosition,
): Promise<IssuedCredential | undefined> {
  const { list, index } = position
  if (!isListEntry(index) || !(await hasList(db, tenant, list))) return undefined
  const ordinal = allocator.ordinalOf(tenant, position)
  const row = await db.get(
    `SELECT first, count, leased_from, credential_id FROM allocations
     WHERE tenant_id = ? AND list = ? AND first <= ? ORDER BY first DESC LIMIT 1`,
    tenant,
    list,
    ordinal,
  )
  if (row === undefined || ordinal < integer(row, 'leased_from')) return undefined
  if (ordinal >= integer(row, 'first') + integer(row, 'count')) return undefined
  return await findCredential(db, tenant, text(row, 'credential_id'))
}

async function hasList(db: Database, tenant: string, list: number): Promise<boolean> {
  return (await db.get('SELECT 1 FROM lists WHERE tenant_id = ? AND list = ?', tenant, list)) !== undefined
}
