import { equalBytes } from '../../core/bytes.ts'
import type { DidResolver } from '../../did/resolve-did.ts'
import { keepsBits } from '../../issuer/build-list.ts'
import type { PublishedHead, PublishedList } from '../../issuer/published-status.ts'
import type { Tenant } from '../../issuer/records.ts'
import { listUrl } from '../../issuer/status-address.ts'
import { openHead } from '../../status/head.ts'
import { type Leaf, openLeafTable } from '../../status/leaf-table.ts'
import { openStatusList } from '../../status/open-status-list.ts'
import { WHENEVER } from '../../status/status-jws.ts'
import type { Connection } from '../store/sql/database.ts'
import { readPublishedHead, readPublishedList } from '../store/sql/reads.ts'
import { integer, word } from '../store/sql/row.ts'
import { readBits } from '../store/sql/status-bits.ts'
import type { Findings, FsckCode } from './finding.ts'

/** Whose status is looked at, and by which keys. */
export interface PublishedBy {
  readonly tenant: Tenant
  readonly origin: string
  readonly resolver: DidResolver
}

/** Opens the head, the leaf table and every list as they are published, and compares them with the bits (INV3, INV6, INV7). */
export async function checkPublished(db: Connection, by: PublishedBy, findings: Findings): Promise<void> {
  const { tenant } = by
  const head = await readPublishedHead(db, tenant.id)
  const leaves = head === undefined ? new Map<string, Leaf>() : await checkHead(head, by, findings)
  if (leaves === undefined) return
  const sql = `SELECT list, purpose, revision, published_revision, published_version FROM list_status
    WHERE tenant_id = ? ORDER BY list, purpose`
  for (const row of await db.all(sql, tenant.id)) {
    if (integer(row, 'published_version') === 0) continue
    const [list, purpose] = [integer(row, 'list'), word<PublishedList['purpose']>(row, 'purpose')]
    const url = listUrl(by.origin, tenant.id, purpose, list)
    const published = await readPublishedList(db, tenant.id, list, { purpose, version: undefined })
    const bits = await readBits(db, tenant.id, list, purpose)
    const isUnchanged = integer(row, 'revision') === integer(row, 'published_revision')
    const fault = await faultOf(published, { url, bits, isUnchanged, leaf: leaves.get(url) }, by)
    if (fault !== undefined) findings.add({ ...fault, tenant: tenant.id, subject: url })
  }
}

async function checkHead(
  head: PublishedHead,
  { tenant, resolver }: PublishedBy,
  findings: Findings,
): Promise<ReadonlyMap<string, Leaf> | undefined> {
  const opened = await openHead(head.jwt, { statusIssuer: tenant.statusIssuer, resolver, ...WHENEVER })
  const problem = (detail: string) => {
    findings.add({ code: 'head_invalid', tenant: tenant.id, subject: `head ${head.seq}`, detail })
    return undefined
  }
  if (!opened.verified)
    return problem(`it does not verify (${opened.refusal.dimension ?? opened.refusal.code})`)
  if (opened.value.seq !== head.seq || opened.value.root !== head.root)
    return problem('its row says something else')
  const table = openLeafTable(head.leafTable, head.root)
  return table.verified ? table.value.leaves : problem('its leaf table has another root')
}

interface Expected {
  readonly url: string
  /** As they are in the registry. */
  readonly bits: Uint8Array
  /** Whether they did not change since they were published. */
  readonly isUnchanged: boolean
  readonly leaf: Leaf | undefined
}

async function faultOf(
  published: PublishedList | undefined,
  { url, bits, isUnchanged, leaf }: Expected,
  { tenant, resolver }: PublishedBy,
): Promise<{ readonly code: FsckCode; readonly detail: string } | undefined> {
  if (published === undefined) return { code: 'list_invalid', detail: 'it was published, and is gone' }
  const { purpose, jwt, vc, version } = published
  const trust = { statusIssuer: tenant.statusIssuer, resolver, ...WHENEVER, url, purpose }
  for (const text of vc === undefined ? [jwt] : [vc, jwt]) {
    const opened = await openStatusList(text, trust)
    if (!opened.verified) {
      const rule = opened.refusal.dimension ?? opened.refusal.code
      return { code: 'list_invalid', detail: `it does not verify (${rule})` }
    }
    if (
      opened.value.version !== version ||
      leaf?.version !== version ||
      leaf.digest !== opened.value.bitsDigest
    )
      return { code: 'list_differs', detail: 'the head commits to something else' }
    if (isUnchanged && !equalBytes(opened.value.bits, bits))
      return { code: 'list_differs', detail: 'its bits are not those of the registry' }
    if (purpose === 'revocation' && !keepsBits(opened.value.bits, bits))
      return { code: 'list_differs', detail: 'it shows a revocation that the registry has not' }
  }
  return undefined
}
