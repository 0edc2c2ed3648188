import type { DueKey, KeyState, RotatableUse, StoredKey } from '../../../issuer/key-store.ts'
import type { KeyUse } from '../../../issuer/records.ts'
import type { Did } from '../../../model/did.ts'
import type { Database, Row } from './database.ts'
import { DAY_MS } from './records.ts'
import { bytes, integer, optionalInteger, optionalText, present, text, word } from './row.ts'

export async function readKeys(db: Database, tenant: string, use: KeyUse, did?: Did): Promise<StoredKey[]> {
  const ofDid = did === undefined ? '' : ' AND did = ?'
  const sql = `SELECT * FROM keys WHERE tenant_id = ? AND use = ?${ofDid} ORDER BY created_at, rowid`
  return (await db.all(sql, tenant, use, ...(did === undefined ? [] : [did]))).map(keyOf)
}

function keyOf(row: Row): StoredKey {
  return {
    tenant: text(row, 'tenant_id'),
    id: text(row, 'key_id'),
    use: word<KeyUse>(row, 'use'),
    ...present({ did: optionalText(row, 'did') as Did | undefined }),
    wrapped: bytes(row, 'wrapped'),
    createdAt: integer(row, 'created_at'),
    state: word<KeyState>(row, 'state'),
    ...present({
      activateAt: optionalInteger(row, 'activate_at'),
      retiredAt: optionalInteger(row, 'retired_at'),
      revokeAt: optionalInteger(row, 'revoke_at'),
      rotateAfterDays: optionalInteger(row, 'rotate_after_days'),
    }),
  }
}

/** Whether this key of the tenant signs at present: asked in the transaction that records what it signed. */
export async function isActiveKey(
  db: Database,
  tenant: string,
  use: 'authority' | 'status',
  keyId: string,
): Promise<boolean> {
  const sql = "SELECT 1 FROM keys WHERE tenant_id = ? AND key_id = ? AND use = ? AND state = 'active'"
  return (await db.get(sql, tenant, keyId, use)) !== undefined
}

/** Over all tenants; the condition on the use is that of the index. */
export async function readDueKeys(db: Database, at: number, leadMs: number): Promise<DueKey[]> {
  const rows = await db.all(
    `SELECT k.tenant_id, k.use, CASE k.state WHEN 'active' THEN 'successor' ELSE 'step' END AS due FROM keys AS k
     WHERE k.use <> 'owner' AND (
       (k.state = 'prepared' AND k.activate_at <= ?1) OR (k.state = 'retiring' AND k.revoke_at <= ?1)
       OR (k.state = 'active' AND coalesce(k.activate_at, k.created_at) + k.rotate_after_days * ${DAY_MS} - ?2 <= ?1
         AND NOT EXISTS (SELECT 1 FROM keys AS n WHERE n.tenant_id = k.tenant_id AND n.use = k.use AND n.state = 'prepared')))
     ORDER BY k.tenant_id, k.use`,
    at,
    leadMs,
  )
  return rows.map((row) => ({
    tenant: text(row, 'tenant_id'),
    use: word<RotatableUse>(row, 'use'),
    due: word<DueKey['due']>(row, 'due'),
  }))
}
