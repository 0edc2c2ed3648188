import type { StoredCheckpoint, StoredTile } from '../../../../issuer/audit-store.ts'
import { readAuditCheckpoint, readAuditTreeSize } from '../audit-tree.ts'
import type { WriteSession } from '../session.ts'

/** See `AuditStore.growAuditTree`. */
export async function growAuditTree(
  { db }: WriteSession,
  tenant: string,
  from: number,
  tiles: readonly StoredTile[],
): Promise<boolean> {
  if ((await readAuditTreeSize(db, tenant)) !== from) return false
  for (const { level, index, hashes } of tiles) {
    await db.run(
      `INSERT INTO audit_tiles (tenant_id, level, idx, hashes) VALUES (?, ?, ?, ?)
       ON CONFLICT (tenant_id, level, idx) DO UPDATE SET hashes = excluded.hashes`,
      tenant,
      level,
      index,
      hashes,
    )
  }
  return true
}

/** See `AuditStore.recordCheckpoint`. */
export async function recordCheckpoint(
  { db }: WriteSession,
  tenant: string,
  { size, note, at }: StoredCheckpoint,
): Promise<boolean> {
  const held = await readAuditCheckpoint(db, tenant)
  if (size <= (held?.size ?? 0) || size > (await readAuditTreeSize(db, tenant))) return false
  await db.run(
    `INSERT INTO audit_checkpoints (tenant_id, size, note, at) VALUES (?, ?, ?, ?)
     ON CONFLICT (tenant_id) DO UPDATE SET size = excluded.size, note = excluded.note, at = excluded.at`,
    tenant,
    size,
    note,
    at,
  )
  return true
}
