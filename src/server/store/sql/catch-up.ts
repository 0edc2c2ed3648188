import type { Restoration } from '../../../issuer/catch-up-store.ts'
import type { Database } from './database.ts'
import { bytes, integer, optionalInteger, text } from './row.ts'

/** One row of `adopted_bits`, as of `list_bits`. */
const CHUNK_BYTES = 1_024

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
  const whole = new Uint8Array(CHUNK_BYTES * 16)
  const sql = 'SELECT chunk, bits FROM adopted_bits WHERE tenant_id = ? AND list = ?'
  for (const row of await db.all(sql, tenant, list))
    whole.set(bytes(row, 'bits'), integer(row, 'chunk') * CHUNK_BYTES)
  return whole
}

/** Adds to them; none is ever taken away. */
export async function adoptBits(
  db: Database,
  tenant: string,
  list: number,
  adopted: Uint8Array,
): Promise<void> {
  const held = await readAdoptedBits(db, tenant, list)
  for (let chunk = 0; chunk * CHUNK_BYTES < held.length; chunk++) {
    const [from, to] = [chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES]
    const both = held.slice(from, to).map((byte, i) => byte | (adopted[from + i] ?? 0))
    if (both.every((byte) => byte === 0)) continue
    await db.run(
      `INSERT INTO adopted_bits (tenant_id, list, chunk, bits) VALUES (?, ?, ?, ?)
       ON CONFLICT (tenant_id, list, chunk) DO UPDATE SET bits = excluded.bits`,
      tenant,
      list,
      chunk,
      both,
    )
  }
}
