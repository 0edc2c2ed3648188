import { concatBytes, equalBytes } from '../../core/bytes.ts'
import { encodeJcs } from '../../core/jcs.ts'
import { merkleLeafHash, merkleRootOfHashes } from '../../core/merkle.ts'
import { splitHashes, TILE_HASHES, TiledTree } from '../../core/merkle-tiles.ts'
import type { StoredTile } from '../../issuer/audit-store.ts'
import type { Store } from '../../issuer/ports.ts'
import type { AuditEntry } from '../../issuer/records.ts'
import { AUDIT_BEGINNING, type AuditProblem, verifyAuditChain } from '../store/audit-chain.ts'

/** Entries that enter the tree at once: some milliseconds of work. */
const STEP = 500

/**
 * What became of it: how many entries are in the tree now; or at which entry the trail stops being credible, so that the tree
 * stays as it is.
 */
export type AuditGrowth =
  | { readonly grown: true; readonly size: number }
  | { readonly grown: false; readonly seq: number; readonly problem: AuditProblem }

/**
 * Takes all new entries of a tenant into its tree. Every entry is checked against the one before, and the last one that is in the
 * tree already against the tree: a trail that was changed, cut or replaced by an older one makes no tree.
 */
export async function growTree(store: Store, tenant: string): Promise<AuditGrowth> {
  for (;;) {
    const size = await store.auditTreeSize(tenant)
    const after = { limit: STEP, ...(size > 1 && { after: String(size - 1) }) }
    const { items, next } = await store.audit(tenant, {}, after)
    const problem = await problemAtEnd(store, tenant, size, items[0])
    if (problem !== undefined) return { grown: false, seq: size, problem }
    const added = size === 0 ? items : items.slice(1)
    const verdict = await verifyAuditChain(added, { tenant, from: (size > 0 && items[0]) || AUDIT_BEGINNING })
    if (!verdict.intact) return { grown: false, seq: verdict.seq, problem: verdict.problem }
    if (added.length === 0) return { grown: true, size }
    const tiles = await tilesFor(store, tenant, size, added.map(leafHashOf))
    if (!(await store.growAuditTree(tenant, size, tiles))) continue
    if (next === undefined) return { grown: true, size: size + added.length }
  }
}

/** The tree as it is kept. */
export function auditTree(store: Pick<Store, 'auditTile'>, tenant: string): TiledTree {
  return new TiledTree((level, index) => store.auditTile(tenant, level, index))
}

/** The leaf is the text that `hash` is over (docs/audit.md): the canonical form of the entry without `hash`. */
export function leafHashOf({ hash: _, ...content }: AuditEntry): Uint8Array {
  return merkleLeafHash(encodeJcs(content))
}

/** Whether the last entry in the tree is still there, and still the one that went in. */
async function problemAtEnd(
  store: Store,
  tenant: string,
  size: number,
  last: AuditEntry | undefined,
): Promise<AuditProblem | undefined> {
  if (size === 0) return undefined
  if (last?.seq !== size) return 'truncated'
  return equalBytes(await auditTree(store, tenant).leafHash(size - 1), leafHashOf(last))
    ? undefined
    : 'rewritten'
}

/** The tiles that change when leaves are added to a tree of `size`: level by level, the roots of full tiles going up. */
async function tilesFor(
  store: Store,
  tenant: string,
  size: number,
  leaves: readonly Uint8Array[],
): Promise<readonly StoredTile[]> {
  const tiles: StoredTile[] = []
  let [from, added] = [size, leaves]
  for (let level = 0; added.length > 0; level++) {
    const first = Math.floor(from / TILE_HASHES)
    const held = from % TILE_HASHES === 0 ? undefined : await store.auditTile(tenant, level, first)
    const grown = inTiles([...splitHashes(held ?? new Uint8Array()), ...added])
    tiles.push(...grown.map((tile, i) => ({ level, index: first + i, hashes: concatBytes(...tile) })))
    from = first
    added = grown.filter(({ length }) => length === TILE_HASHES).map(merkleRootOfHashes)
  }
  return tiles
}

function inTiles(hashes: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const count = Math.ceil(hashes.length / TILE_HASHES)
  return Array.from({ length: count }, (_, i) => hashes.slice(i * TILE_HASHES, (i + 1) * TILE_HASHES))
}
