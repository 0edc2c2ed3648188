import type { StatusPosition } from '../../issuer/issued-credential.ts'
import { either, IndexMap, missingFrom } from '../store/index-map.ts'
import { readAdoptedBits } from '../store/sql/catch-up.ts'
import type { Connection } from '../store/sql/database.ts'
import { integer, json, text } from '../store/sql/row.ts'
import { readBits } from '../store/sql/status-bits.ts'
import type { Findings, FsckFinding } from './finding.ts'
import { rowsOf } from './snapshot.ts'

/** Where indexes stand, as the rows say. */
export interface Positions {
  readonly revoked: IndexMap
  readonly suspended: IndexMap
  /** Which of them were ended by themselves, only the audit trail tells. */
  readonly leased: IndexMap
}

/** Own and leased indexes of all credentials and runs: none twice (INV1), and what is revoked by its own row. */
export async function readPositions(db: Connection, tenant: string, findings: Findings): Promise<Positions> {
  const [given, leased] = [new IndexMap(), new IndexMap()]
  const [revoked, suspended] = [new IndexMap(), new IndexMap()]
  const credentials = 'SELECT id, state, list, idx, lease FROM credentials WHERE tenant_id = ? AND {after}'
  for await (const row of rowsOf(db, tenant, credentials, 'id')) {
    const [id, list] = [text(row, 'id'), integer(row, 'list')]
    const lease = json<number[]>(row, 'lease')
    for (const index of lease) leased.add(list, index)
    for (const index of [integer(row, 'idx'), ...lease]) {
      if (given.add(list, index)) continue
      const subject = `list ${list}, index ${index}`
      findings.add({
        code: 'index_given_twice',
        tenant,
        subject,
        detail: `${id} has it, and another credential`,
      })
    }
    if (text(row, 'state') === 'revoked') revoked.add(list, integer(row, 'idx'))
  }
  const runs = 'SELECT id, state, list, idx FROM runs WHERE tenant_id = ? AND {after}'
  for await (const row of rowsOf(db, tenant, runs, 'id')) {
    const [list, index] = [integer(row, 'list'), integer(row, 'idx')]
    if (!given.has(list, index)) {
      const detail = `it has the index ${index} of list ${list}, which nobody leased`
      findings.add({ code: 'index_not_given', tenant, subject: text(row, 'id'), detail })
    }
    if (text(row, 'state') !== 'active') revoked.add(list, index)
  }
  await readHeld(db, tenant, suspended)
  return { revoked, suspended, leased }
}

/** One select for each kind of hold: which positions it suspends. */
const HELD = [
  `SELECT c.id, c.list, c.idx FROM credentials AS c JOIN holds AS h ON h.tenant_id = c.tenant_id
   AND h.target_kind = 'delegation' AND h.target_id = c.id WHERE c.tenant_id = ? AND {after} GROUP BY c.id, c.list, c.idx`,
  `SELECT c.id, c.list, c.idx FROM credentials AS c JOIN holds AS h ON h.tenant_id = c.tenant_id
   AND h.target_kind = 'agent' AND h.target_id = c.agent_id WHERE c.tenant_id = ? AND {after} GROUP BY c.id, c.list, c.idx`,
  `SELECT c.id, c.list, c.idx FROM credentials AS c JOIN holds AS h ON h.tenant_id = c.tenant_id
   AND h.target_kind = 'owner' AND h.target_id = c.owner_id WHERE c.tenant_id = ? AND c.kind = 'owner' AND {after}
   GROUP BY c.id, c.list, c.idx`,
]

async function readHeld(db: Connection, tenant: string, suspended: IndexMap): Promise<void> {
  for (const select of HELD) {
    for await (const row of rowsOf(db, tenant, select, 'c.id'))
      suspended.add(integer(row, 'list'), integer(row, 'idx'))
  }
  const leases = `SELECT DISTINCT target_id FROM holds WHERE tenant_id = ? AND target_kind = 'lease' AND {after}`
  for await (const row of rowsOf(db, tenant, leases, 'target_id')) {
    const [list = 0, index = -1] = text(row, 'target_id').split('/').map(Number)
    suspended.add(list, index)
  }
}

/** Compares the bits with the rows (INV3, INV7): all that is revoked or held is set, and nothing else. */
export async function checkBits(
  db: Connection,
  tenant: string,
  { revoked, suspended, leased, isTold }: Positions & { readonly isTold: boolean },
  findings: Findings,
): Promise<void> {
  const lists = `SELECT list FROM lists WHERE tenant_id = ? AND {after}`
  for await (const row of rowsOf(db, tenant, lists, 'list')) {
    const list = integer(row, 'list')
    const revocation = await readBits(db, tenant, list, 'revocation')
    const suspension = await readBits(db, tenant, list, 'suspension')
    const report = async (code: keyof typeof DETAILS, index: number) => {
      // Those that are only counted need no name.
      const about = findings.isFull
        ? { subject: '', detail: '' }
        : await subjectAt(db, tenant, { list, index }, DETAILS[code])
      findings.add({ code, tenant, ...about })
    }
    const founded = either(revoked.bits(list), await readAdoptedBits(db, tenant, list))
    for (const index of missingFrom(revocation, founded)) await report('revocation_missing', index)
    const mayBe = isTold ? founded : either(founded, leased.bits(list))
    for (const index of missingFrom(mayBe, revocation)) await report('revocation_unfounded', index)
    // What is revoked is refused whatever its suspension bit says, and holds on it are not kept in order any more.
    for (const index of missingFrom(either(suspension, revocation), suspended.bits(list)))
      await report('suspension_missing', index)
    for (const index of missingFrom(either(suspended.bits(list), revocation), suspension))
      await report('suspension_unfounded', index)
  }
}

/** Names who has an index, as it is by that name that it is revoked or suspended again. */
async function subjectAt(
  db: Connection,
  tenant: string,
  { list, index }: StatusPosition,
  detail: string,
): Promise<Pick<FsckFinding, 'subject' | 'detail'>> {
  const sql = `SELECT p.holder_id, c.kind, c.owner_id FROM positions AS p
    LEFT JOIN credentials AS c ON c.tenant_id = p.tenant_id AND c.id = p.holder_id
    WHERE p.tenant_id = ? AND p.list = ? AND p.idx = ?`
  const row = await db.get(sql, tenant, list, index)
  const subject = `list ${list}, index ${index}`
  if (row === undefined) return { subject, detail: `${detail}; no credential and no registered run has it` }
  const owner = row.kind === 'owner' ? ` of owner ${text(row, 'owner_id')}` : ''
  return { subject, detail: `${detail}; ${text(row, 'holder_id')}${owner} has it` }
}

const DETAILS = {
  revocation_missing: 'it is revoked and its bit is not set',
  revocation_unfounded: 'its bit is set and no row is revoked',
  suspension_missing: 'there is a hold and its bit is not set',
  suspension_unfounded: 'its bit is set and there is no hold',
} as const
