import { ProcuraError } from '../../../../errors.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { PrincipalId } from '../../../../issuer/principal-id.ts'
import type { Principal, Tenant, WrappedKey } from '../../../../issuer/records.ts'
import type { Did } from '../../../../model/did.ts'
import { createList } from '../allocator.ts'
import { record } from '../audit-log.ts'
import { claimDid } from '../identities.ts'
import { readOrigin } from '../reads.ts'
import { principalOf } from '../records.ts'
import { integer } from '../row.ts'
import { done, found, refuseWrite, type WriteSession } from '../session.ts'
import { saveKey } from './keys.ts'

/** What was chosen before stays. */
export async function chooseOrigin({ db }: WriteSession, origin: string): Promise<string> {
  await db.run('INSERT INTO service (place, origin) VALUES (1, ?) ON CONFLICT (place) DO NOTHING', origin)
  return (await readOrigin(db)) ?? origin
}

export async function createTenant(
  session: WriteSession,
  tenant: Tenant,
  admin: Did,
  keys: readonly WrappedKey[],
): Promise<void> {
  const { db } = session
  if ((await db.get('SELECT 1 FROM tenants WHERE tenant_id = ?', tenant.id)) !== undefined) {
    throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', `the tenant "${tenant.id}" exists already`)
  }
  await db.run(
    `INSERT INTO tenants (tenant_id, name, environment, authority, status_issuer, created_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
    tenant.id,
    tenant.name,
    tenant.environment,
    tenant.authority,
    tenant.statusIssuer,
    tenant.createdAt,
  )
  const principal: Principal = { tenant: tenant.id, did: admin, role: 'admin' }
  await claimDid(session, principal)
  for (const key of keys) await saveKey(session, key)
  await createList(db, tenant.id, 'owner')
  await createList(db, tenant.id, 'agent')
  const context = { principal, at: tenant.createdAt, requestId: 'init' }
  await record(session, { action: 'tenant.create', target: tenant.id, changesStatus: true }, context)
}

export async function addPrincipal(
  session: WriteSession,
  did: PrincipalId,
  role: 'admin' | 'auditor' | 'revoker',
  context: WriteContext,
): Promise<Written<Principal>> {
  const principal: Principal = { tenant: context.principal.tenant, did, role }
  await claimDid(session, principal)
  await record(session, { action: 'principal.add', target: did, details: { role } }, context)
  return done(principal)
}

export async function removePrincipal(
  session: WriteSession,
  did: PrincipalId,
  context: WriteContext,
): Promise<Written<Principal>> {
  const { db } = session
  const { tenant } = context.principal
  const row = await db.get(
    `SELECT * FROM identities WHERE tenant_id = ? AND did = ? AND ended = 0
     AND role IN ('admin', 'auditor', 'revoker')`,
    tenant,
    did,
  )
  const principal = principalOf(found(row))
  if (principal.role === 'admin') await assertOtherAdmin(session, tenant)
  await db.run('UPDATE identities SET ended = 1 WHERE tenant_id = ? AND did = ?', tenant, did)
  await record(
    session,
    { action: 'principal.remove', target: did, details: { role: principal.role } },
    context,
  )
  return done(principal)
}

async function assertOtherAdmin(session: WriteSession, tenant: string): Promise<void> {
  const row = await session.db.get(
    "SELECT count(*) AS admins FROM identities WHERE tenant_id = ? AND role = 'admin' AND ended = 0",
    tenant,
  )
  if (integer(row ?? {}, 'admins') < 2) refuseWrite({ code: 'conflict', reason: 'last_admin' })
}

/** Records the nonce; false when it was there. */
export async function consumeNonce(session: WriteSession, key: string, expiresAt: number): Promise<boolean> {
  const sql = 'INSERT INTO nonces (key, expires_at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING'
  return (await session.db.run(sql, key, expiresAt)) === 1
}

export async function unlock(session: WriteSession, tenant: string, indexSecret: Uint8Array): Promise<void> {
  await session.allocator.unlock(tenant, indexSecret)
}
