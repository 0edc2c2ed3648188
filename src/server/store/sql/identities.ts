import type { PrincipalId } from '../../../issuer/principal-id.ts'
import type { Id, Principal } from '../../../issuer/records.ts'
import type { Did } from '../../../model/did.ts'
import type { Database } from './database.ts'
import { principalOf } from './records.ts'
import { text } from './row.ts'
import { refuseWrite, type WriteSession } from './session.ts'

/** A caller, or an owner's key in the service's custody, which never calls. */
export type Claim = Omit<Principal, 'role' | 'revokerOf'> & { readonly role: Principal['role'] | 'custody' }

/**
 * Ties a DID to one role for ever; `did_in_use` when any tenant ever knew it. Owners choose the DIDs of their agents,
 * so none may be that of a revoker, who would revoke no more.
 */
export async function claimDid(
  { db }: WriteSession,
  { tenant, did, role, ownerId, agentId }: Claim,
): Promise<void> {
  const isRevoker =
    role === 'agent' ? await isRevokerAnywhere(db, did) : await isRevokerElsewhere(db, tenant, did)
  if (isRevoker) refuseWrite({ code: 'conflict', reason: 'did_in_use' })
  const claimed = await db.run(
    `INSERT INTO identities (tenant_id, did, role, owner_id, agent_id) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (did) DO NOTHING`,
    tenant,
    did,
    role,
    ownerId ?? null,
    agentId ?? null,
  )
  if (claimed === 0) refuseWrite({ code: 'conflict', reason: 'did_in_use' })
}

/** Lets a DID revoke for one owner. It may have another role in the tenant, none in another tenant. */
export async function nameRevoker(
  { db }: WriteSession,
  tenant: string,
  ownerId: Id,
  did: Did,
): Promise<void> {
  const foreign = await db.get('SELECT 1 FROM identities WHERE did = ? AND tenant_id <> ?', did, tenant)
  if (foreign !== undefined || (await isRevokerElsewhere(db, tenant, did))) {
    refuseWrite({ code: 'conflict', reason: 'did_in_use' })
  }
  await db.run(
    'INSERT INTO owner_revokers (tenant_id, owner_id, did) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    tenant,
    ownerId,
    did,
  )
}

/** Who may call with this DID: not ended, nor its agent or owner. */
export async function findPrincipal(db: Database, did: PrincipalId): Promise<Principal | undefined> {
  const row = await db.get(
    `SELECT i.* FROM identities AS i
     LEFT JOIN owners AS o ON o.tenant_id = i.tenant_id AND o.owner_id = i.owner_id
     LEFT JOIN agents AS a ON a.tenant_id = i.tenant_id AND a.agent_id = i.agent_id
     WHERE i.did = ? AND i.ended = 0 AND i.role <> 'custody'
       AND coalesce(o.state, 'active') = 'active' AND coalesce(a.state, 'active') = 'active'`,
    did,
  )
  return row === undefined ? await findNamedRevoker(db, did) : principalOf(row)
}

async function findNamedRevoker(db: Database, did: PrincipalId): Promise<Principal | undefined> {
  if ((await db.get('SELECT 1 FROM identities WHERE did = ?', did)) !== undefined) return undefined
  const rows = await db.all(
    `SELECT r.tenant_id, r.owner_id FROM owner_revokers AS r
     JOIN owners AS o ON o.tenant_id = r.tenant_id AND o.owner_id = r.owner_id
     WHERE r.did = ? AND o.state = 'active' ORDER BY r.owner_id`,
    did,
  )
  const [first] = rows
  if (first === undefined) return undefined
  const revokerOf = rows.map((row) => text(row, 'owner_id'))
  return { tenant: text(first, 'tenant_id'), did, role: 'revoker', revokerOf }
}

async function isRevokerAnywhere(db: Database, did: PrincipalId): Promise<boolean> {
  return (await db.get('SELECT 1 FROM owner_revokers WHERE did = ?', did)) !== undefined
}

async function isRevokerElsewhere(db: Database, tenant: string, did: PrincipalId): Promise<boolean> {
  const sql = 'SELECT 1 FROM owner_revokers WHERE did = ? AND tenant_id <> ?'
  return (await db.get(sql, did, tenant)) !== undefined
}
