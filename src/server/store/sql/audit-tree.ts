import type { StoredCheckpoint } from '../../../issuer/audit-store.ts'
import type { Database } from './database.ts'
import { bytes, integer, text } from './row.ts'

/** As in `core/merkle-tiles.ts`, which the thread of the store does without: its length says how many hashes are in a tile. */
const HASH_BYTES = 32
const TILE_HASHES = 256

export async function readAuditTile(
  db: Database,
  tenant: string,
  level: number,
  index: number,
): Promise<Uint8Array | undefined> {
  const sql = 'SELECT hashes FROM audit_tiles WHERE tenant_id = ? AND level = ? AND idx = ?'
  const row = await db.get(sql, tenant, level, index)
  return row && new Uint8Array(bytes(row, 'hashes'))
}

export async function readAuditTreeSize(db: Database, tenant: string): Promise<number> {
  const row = await db.get(
    `SELECT idx, length(hashes) AS bytes FROM audit_tiles WHERE tenant_id = ? AND level = 0
     ORDER BY idx DESC LIMIT 1`,
    tenant,
  )
  return row === undefined ? 0 : integer(row, 'idx') * TILE_HASHES + integer(row, 'bytes') / HASH_BYTES
}

export async function readAuditCheckpoint(
  db: Database,
  tenant: string,
): Promise<StoredCheckpoint | undefined> {
  const row = await db.get('SELECT size, note, at FROM audit_checkpoints WHERE tenant_id = ?', tenant)
  return row && { size: integer(row, 'size'), note: text(row, 'note'), at: integer(row, 'at') }
}
