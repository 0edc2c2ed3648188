import type { WrappedKey } from '../../../../issuer/records.ts'
import type { Did } from '../../../../model/did.ts'
import type { WriteSession } from '../session.ts'

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
