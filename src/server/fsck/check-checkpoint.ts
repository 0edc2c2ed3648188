import { equalBytes } from '../../core/bytes.ts'
import { TiledTree } from '../../core/merkle-tiles.ts'
import { decodeMultikey } from '../../did/multikey.ts'
import { ProcuraError } from '../../errors.ts'
import { auditOrigin, openCheckpoint, parseCheckpoint } from '../audit/checkpoint.ts'
import { readAuditCheckpoint, readAuditTile } from '../store/sql/audit-tree.ts'
import type { Connection } from '../store/sql/database.ts'
import { readKeys } from '../store/sql/keys.ts'
import { integer } from '../store/sql/row.ts'

/** Whose trail it is, and the origin of the service. */
export interface TrailOf {
  readonly tenant: string
  readonly origin: string
}

/**
 * Opens the newest checkpoint: it must have the root of the tree, the name that the trail has or had before it went on from a backup,
 * and the signature of a key that the tenant has or had.
 *
 * @returns What is wrong with it; `undefined` when all is well, or there is none.
 */
export async function checkpointProblem(db: Connection, of: TrailOf): Promise<string | undefined> {
  const stored = await readAuditCheckpoint(db, of.tenant)
  if (stored === undefined) return undefined
  const said = parseCheckpoint(stored.note)
  if (said?.size !== stored.size) return 'its row has another size'
  const root = await rootOf(db, of.tenant, said.size)
  if (root === undefined || !equalBytes(root, said.root)) return 'the tree has another root'
  if (!(await namesOf(db, of)).includes(said.origin)) return 'it is of another trail'
  return (await isSigned(db, of.tenant, stored.note, said.origin))
    ? undefined
    : 'no key of the tenant signed it'
}

async function rootOf(db: Connection, tenant: string, size: number): Promise<Uint8Array | undefined> {
  const tree = new TiledTree((level, index) => readAuditTile(db, tenant, level, index))
  return await tree.root(size).catch((error: unknown) => {
    // A tile is missing; what else may be wrong is the database's.
    if (error instanceof ProcuraError) return undefined
    throw error
  })
}

/** The first name of the trail, and one more for each time that the registry caught up. */
async function namesOf(db: Connection, { tenant, origin }: TrailOf): Promise<readonly string[]> {
  if (!URL.canParse(origin)) return []
  const rows = await db.all('SELECT at FROM catch_ups WHERE tenant_id = ?', tenant)
  const later = rows.map((row) => auditOrigin(origin, tenant, integer(row, 'at')))
  return [auditOrigin(origin, tenant), ...later]
}

/** The name of a key of the trail ends with the key itself, so it can be checked when the key is gone. */
async function isSigned(db: Connection, tenant: string, note: string, name: string): Promise<boolean> {
  for (const { id } of await readKeys(db, tenant, 'audit')) {
    const key = decodeMultikey(id.slice(id.indexOf('#') + 1))
    if (key.verified && (await openCheckpoint(note, { name, key: key.value })) !== undefined) return true
  }
  return false
}
