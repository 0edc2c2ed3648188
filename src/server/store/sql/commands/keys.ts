import type { WriteContext } from '../../../../issuer/ports.ts'
import type { WrappedKey } from '../../../../issuer/records.ts'
import type { Did } from '../../../../model/did.ts'
import { record } from '../audit-log.ts'
import type { WriteSession } from '../session.ts'
import { assertOwnTenant } from './registry.ts'

/** Adds a key; an id that exists is a constraint violation, never a replacement. */
export async function saveKey(session: WriteSession, key: WrappedKey): Promise<void> {
  await insertKey(session, key, 'active')
}

export async function insertKey(
  { db }: WriteSession,
  key: WrappedKey,
  state: 'prepared' | 'active',
): Promise<void> {
  await db.run(
    'INSERT INTO keys (tenant_id, key_id, use, did, wrapped, created_at, state) VALUES (?, ?, ?, ?, ?, ?, ?)',
    key.tenant,
    key.id,
    key.use,
    key.did ?? null,
    key.wrapped,
    key.createdAt,
    state,
  )
}

/** Forgets the key of an owner. The freed cell is overwritten, and the write-ahead log is cut after the commit. */
export async function destroyOwnerKey(session: WriteSession, tenant: string, did: Did): Promise<void> {
  const sql = "DELETE FROM keys WHERE tenant_id = ? AND use = 'owner' AND did = ?"
  if ((await session.db.run(sql, tenant, did)) > 0) session.destroyedKey = true
}

/** See `KeyStore.rewrapKey`. What it replaces may be under a key that is known to others: it does not linger in the log. */
export async function rewrapKey(
  session: WriteSession,
  { tenant, id, wrapped }: WrappedKey,
  previous: Uint8Array,
  context: WriteContext,
): Promise<boolean> {
  assertOwnTenant(tenant, context)
  const sql = `UPDATE keys SET wrapped = ?
    WHERE tenant_id = ? AND key_id = ? AND use = 'data-encryption' AND wrapped = ?`
  if ((await session.db.run(sql, wrapped, tenant, id, previous)) === 0) return false
  session.destroyedKey = true
  await record(session, { action: 'key.rewrap', target: id, details: { use: 'data-encryption' } }, context)
  return true
}
