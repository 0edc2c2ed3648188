import { equalBytes } from '../../core/bytes.ts'
import { MERKLE_HASH_BYTES } from '../../core/merkle.ts'
import { TILE_HASHES } from '../../core/merkle-tiles.ts'
import type { AuditEntry } from '../../issuer/records.ts'
import { leafHashOf } from '../audit/grow-tree.ts'
import { AUDIT_BEGINNING, type AuditPosition, verifyAuditChain } from '../store/audit-chain.ts'
import type { IndexMap } from '../store/index-map.ts'
import { auditEntryOf } from '../store/sql/audit-log.ts'
import { readAuditTile, readAuditTreeSize } from '../store/sql/audit-tree.ts'
import type { Connection } from '../store/sql/database.ts'
import { integer, optionalInteger, text } from '../store/sql/row.ts'
import { checkpointProblem, type TrailOf } from './check-checkpoint.ts'
import { ToldEnds } from './check-ended.ts'
import { ToldPrincipals } from './check-principals.ts'
import type { Findings } from './finding.ts'
import { rowsOf } from './snapshot.ts'

/** How often the trail told of what, and where its texts begin. */
interface Trail {
  readonly told: Map<string, number>
  readonly from: AuditPosition
}

/**
 * Verifies the chain of the trail, the tree over it and its newest checkpoint with its signature, that each state was told of, once
 * (INV5), that what was told to have ended has, and that nobody is a principal untold. Adds what was revoked by index alone. Where the texts of old entries were removed,
 * there may be more of a state than is told of, and never less.
 *
 * @returns Whether the whole trail could be read: not when old texts were removed, or it breaks.
 */
export async function checkAudit(
  db: Connection,
  of: TrailOf,
  revoked: IndexMap,
  findings: Findings,
): Promise<boolean> {
  const { tenant } = of
  const broken = (subject: string, detail: string) => {
    findings.add({ code: 'audit_broken', tenant, subject, detail })
    return false
  }
  const from = await beginningOf(db, tenant)
  if (from === undefined) return broken('the trail', 'a text is gone of which no removal tells')
  const trail: Trail = { told: new Map(), from }
  const leaves = new TreeLeaves(db, tenant, await readAuditTreeSize(db, tenant))
  const ends = new ToldEnds(db, tenant, findings)
  const principals = new ToldPrincipals()
  const entries = watched(entriesOf(db, tenant, from), { trail, revoked, leaves, ends, principals })
  const verdict = await verifyAuditChain(entries, { tenant, from })
  if (!verdict.intact) return broken(`entry ${verdict.seq}`, verdict.problem)
  if (leaves.differsAt !== undefined) return broken(`entry ${leaves.differsAt}`, 'the tree has another one')
  if (verdict.last.seq < leaves.size)
    return broken(`entry ${verdict.last.seq + 1}`, 'the tree has more entries')
  const problem = await checkpointProblem(db, of)
  if (problem !== undefined) return broken('the checkpoint', problem)
  await ends.end()
  await principals.compare(db, tenant, from.seq === 0, findings)
  await checkStates(db, tenant, trail, findings)
  return from.seq === 0
}

/** After the last entry whose text was removed; `undefined` when one is gone that no removal covers. */
async function beginningOf(db: Connection, tenant: string): Promise<AuditPosition | undefined> {
  const sql = "SELECT seq, hash FROM audit WHERE tenant_id = ? AND entry = '' ORDER BY seq DESC LIMIT 1"
  const gone = await db.get(sql, tenant)
  if (gone === undefined) return AUDIT_BEGINNING
  const covered = await db.get('SELECT max(last_seq) AS seq FROM audit_removals WHERE tenant_id = ?', tenant)
  const seq = integer(gone, 'seq')
  const isCovered = seq <= (optionalInteger(covered ?? { seq: null }, 'seq') ?? 0)
  return isCovered ? { seq, hash: text(gone, 'hash') } : undefined
}

/** States that one kind of entry each tells of. */
const STATES = [
  { actions: ['owner.create'], from: 'owners WHERE tenant_id = ?' },
  { actions: ['owner.offboard'], from: "owners WHERE tenant_id = ? AND state = 'offboarded'" },
  { actions: ['agent.create', 'agent.enrol'], from: 'agents WHERE tenant_id = ?' },
  { actions: ['run.register'], from: 'runs WHERE tenant_id = ?' },
  { actions: ['run.complete'], from: "runs WHERE tenant_id = ? AND state = 'completed'" },
] as const

async function checkStates(
  db: Connection,
  tenant: string,
  { told, from: { seq } }: Trail,
  findings: Findings,
): Promise<void> {
  for (const { actions, from } of STATES) {
    const rows = await db.get(`SELECT count(*) AS n FROM ${from}`, tenant)
    const states = integer(rows ?? {}, 'n')
    const entries = actions.reduce((sum, action) => sum + (told.get(action) ?? 0), 0)
    if (seq > 0 ? states >= entries : states === entries) continue
    const detail = `told of ${entries} times, and there are ${states}`
    findings.add({ code: 'state_untold', tenant, subject: actions.join(', '), detail })
  }
}

async function* entriesOf(
  db: Connection,
  tenant: string,
  { seq }: AuditPosition,
): AsyncGenerator<AuditEntry> {
  const select = `SELECT seq, entry, hash FROM audit WHERE tenant_id = ? AND seq > ${seq} AND {after}`
  for await (const row of rowsOf(db, tenant, select, 'seq')) yield auditEntryOf(row)
}

interface Watchers {
  readonly trail: Trail
  readonly revoked: IndexMap
  readonly leaves: TreeLeaves
  readonly ends: ToldEnds
  readonly principals: ToldPrincipals
}

async function* watched(
  entries: AsyncIterable<AuditEntry>,
  { trail, revoked, leaves, ends, principals }: Watchers,
): AsyncGenerator<AuditEntry> {
  for await (const entry of entries) {
    trail.told.set(entry.action, (trail.told.get(entry.action) ?? 0) + 1)
    await leaves.look(entry)
    await ends.look(entry)
    principals.look(entry)
    if (entry.action === 'lease.revoke') {
      const [list = 0, index = -1] = entry.target.split('/').map(Number)
      revoked.add(list, index)
    }
    yield entry
  }
}

/** Compares entries, in their order, with the leaves of the tree; holds one tile at a time. */
class TreeLeaves {
  readonly size: number
  /** The first entry that is not the one in the tree. */
  differsAt: number | undefined
  readonly #db: Connection
  readonly #tenant: string
  #index = -1
  #tile = new Uint8Array()

  constructor(db: Connection, tenant: string, size: number) {
    this.#db = db
    this.#tenant = tenant
    this.size = size
  }

  async look(entry: AuditEntry): Promise<void> {
    if (entry.seq > this.size || this.differsAt !== undefined) return
    const [tile, place] = [Math.floor((entry.seq - 1) / TILE_HASHES), (entry.seq - 1) % TILE_HASHES]
    if (tile !== this.#index) {
      this.#index = tile
      this.#tile = new Uint8Array((await readAuditTile(this.#db, this.#tenant, 0, tile)) ?? [])
    }
    const leaf = this.#tile.subarray(place * MERKLE_HASH_BYTES, (place + 1) * MERKLE_HASH_BYTES)
    if (!equalBytes(leaf, leafHashOf(entry))) this.differsAt = entry.seq
  }
}
