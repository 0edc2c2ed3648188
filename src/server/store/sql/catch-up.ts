import type { Restoration } from '../../../issuer/catch-up-store.ts'
import { either } from '../index-map.ts'
import type { Database } from './database.ts'
import { integer, optionalInteger, text } from './row.ts'
import { chunksOf, joinChunks } from './status-bits.ts'

export async function readRestorations(db: Database): Promise<Restoration[]> {
  const rows = await db.all('SELECT * FROM restorations ORDER BY tenant_id')
  return rows.map((row) => ({
    tenant: text(row, 'tenant_id'),
    backupAt: integer(row, 'backup_at'),
    restoredAt: integer(row, 'restored_at'),
  }))
}

/** Marks every tenant of a registry that was just restored. */
export async function markRestored(db: Database, backupAt: number, restoredAt: number): Promise<void> {
  await db.run('DELETE FROM restorations')
  const sql =
    'INSERT INTO restorations (tenant_id, backup_at, restored_at) SELECT tenant_id, ?, ? FROM tenants'
  await db.run(sql, backupAt, restoredAt)
}

export async function readAuditGeneration(db: Database, tenant: string): Promise<number | undefined> {
  const row = await db.get('SELECT max(at) AS at FROM catch_ups WHERE tenant_id = ?', tenant)
  return row && optionalInteger(row, 'at')
}

/** Revocation bits of a list that no row stands for. */
export async function readAdoptedBits(db: Database, tenant: string, list: number): Promise<Uint8Array> {
  const sql = 'SELECT chunk, bits FROM adopted_bits WHERE tenant_id = ? AND list = ?'
  return joinChunks(await db.all(sql, tenant, list))
}

/** Adds to them; none is ever taken away. */
export async function adoptBits(
  db: Database,
  tenant: string,
  list: number,
  adopted: Uint8Array,
): Promise<void> {
  const held = await readAdoptedBits(db, tenant, list)
  for (const { chunk, bits } of chunksOf(either(held, adopted))) {
    await db.run(
      `INSERT INTO adopted_bits (tenant_id, list, chunk, bits) VALUES (?, ?, ?, ?)
       ON CONFLICT (tenant_id, list, chunk) DO UPDATE SET bits = excluded.bits`,
      tenant,
      list,
      chunk,
      bits,
    )
  }
}
