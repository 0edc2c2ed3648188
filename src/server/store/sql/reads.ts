import type {
  ListContent,
  PublishedHead,
  PublishedList,
  PublishedMirror,
  PublishingTurn,
} from '../../../issuer/published-status.ts'
import type { Tenant } from '../../../issuer/records.ts'
import type { StatusPurpose } from '../../../model/status-list-entry.ts'
import type { Database, Row } from './database.ts'
import { tenantOf } from './records.ts'
import { integer, optionalInteger, optionalText, present, text, word } from './row.ts'
import { readBits } from './status-bits.ts'

export async function readOrigin(db: Database): Promise<string | undefined> {
  const row = await db.get('SELECT origin FROM service')
  return row && text(row, 'origin')
}

export async function readTenants(db: Database): Promise<Tenant[]> {
  return (await db.all('SELECT * FROM tenants ORDER BY created_at, tenant_id')).map(tenantOf)
}

export async function readTenant(db: Database, id: string): Promise<Tenant | undefined> {
  const row = await db.get('SELECT * FROM tenants WHERE tenant_id = ?', id)
  return row && tenantOf(row)
}

/** Changed since their publication, never published, or published only until `renewBefore`. */
export async function readDirtyLists(
  db: Database,
  tenant: string,
  renewBefore: number,
): Promise<ListContent[]> {
  const rows = await db.all(
    `SELECT s.*, l.kind FROM list_status AS s JOIN lists AS l ON l.tenant_id = s.tenant_id AND l.list = s.list
     WHERE s.tenant_id = ? AND (s.revision > s.published_revision OR s.published_until < ?)
     ORDER BY l.kind DESC, s.list, s.purpose`,
    tenant,
    renewBefore,
  )
  const contents: ListContent[] = []
  for (const row of rows) contents.push(await contentOf(db, tenant, row))
  return contents
}

async function contentOf(db: Database, tenant: string, row: Row): Promise<ListContent> {
  const list = integer(row, 'list')
  const purpose = word<StatusPurpose>(row, 'purpose')
  return {
    list,
    kind: word<ListContent['kind']>(row, 'kind'),
    purpose,
    bits: await readBits(db, tenant, list, purpose),
    publishedVersion: integer(row, 'published_version'),
    publishedUntil: integer(row, 'published_until'),
    revision: integer(row, 'revision'),
    publishedRevision: integer(row, 'published_revision'),
  }
}

export async function readPublisher(db: Database, tenant: string): Promise<PublishingTurn | undefined> {
  const row = await db.get('SELECT holder, held_until FROM publishers WHERE tenant_id = ?', tenant)
  return row && { holder: text(row, 'holder'), until: integer(row, 'held_until') }
}

export async function readOwnerLists(db: Database, tenant: string): Promise<number[]> {
  const sql = "SELECT list FROM lists WHERE tenant_id = ? AND kind = 'owner' ORDER BY list"
  return (await db.all(sql, tenant)).map((row) => integer(row, 'list'))
}

export async function readPublishedLists(db: Database, tenant: string): Promise<PublishedList[]> {
  const sql = `SELECT * FROM publications WHERE tenant_id = ? AND superseded_at IS NULL ORDER BY list, purpose`
  return (await db.all(sql, tenant)).map(publishedListOf)
}

/** The current version, or the one that is asked for if it has not been pruned. */
export async function readPublishedList(
  db: Database,
  tenant: string,
  list: number,
  { purpose, version }: { readonly purpose: StatusPurpose; readonly version: number | undefined },
): Promise<PublishedList | undefined> {
  const which = version === undefined ? 'superseded_at IS NULL' : 'version = ?'
  const sql = `SELECT * FROM publications WHERE tenant_id = ? AND list = ? AND purpose = ? AND ${which}`
  const row = await db.get(sql, tenant, list, purpose, ...(version === undefined ? [] : [version]))
  return row && publishedListOf(row)
}

function publishedListOf(row: Row): PublishedList {
  return {
    list: integer(row, 'list'),
    purpose: word<StatusPurpose>(row, 'purpose'),
    version: integer(row, 'version'),
    validUntil: integer(row, 'valid_until'),
    bitsDigest: text(row, 'bits_digest'),
    revision: integer(row, 'revision'),
    jwt: text(row, 'jwt'),
    ...present({ vc: optionalText(row, 'vc') }),
  }
}

export async function readPublishedMirror(
  db: Database,
  tenant: string,
  list: number,
): Promise<PublishedMirror | undefined> {
  const row = await db.get('SELECT * FROM mirrors WHERE tenant_id = ? AND list = ?', tenant, list)
  if (row === undefined) return undefined
  const [version, validUntil] = [integer(row, 'version'), integer(row, 'valid_until')]
  return { list, version, validUntil, jwt: text(row, 'jwt') }
}

export async function readPublishedHead(db: Database, tenant: string): Promise<PublishedHead | undefined> {
  const row = await db.get(
    `SELECT h.*, t.body, (SELECT max(c.next_seq) FROM catch_ups AS c WHERE c.tenant_id = h.tenant_id) AS next_seq
     FROM heads AS h JOIN leaf_tables AS t ON t.tenant_id = h.tenant_id AND t.root = h.root
     WHERE h.tenant_id = ?`,
    tenant,
  )
  if (row === undefined) return undefined
  return {
    seq: integer(row, 'seq'),
    iatMs: integer(row, 'iat_ms'),
    root: text(row, 'root'),
    jwt: text(row, 'jwt'),
    leafTable: text(row, 'body'),
    ...present({ nextSeq: optionalInteger(row, 'next_seq') }),
  }
}

export async function readLeafTable(db: Database, tenant: string, root: string): Promise<string | undefined> {
  const row = await db.get('SELECT body FROM leaf_tables WHERE tenant_id = ? AND root = ?', tenant, root)
  return row && text(row, 'body')
}

/** @returns `undefined` of a slice in which no head was signed, or that is not kept any more. */
export async function readPublishedChanges(
  db: Database,
  tenant: string,
  slice: number,
): Promise<string | undefined> {
  const row = await db.get('SELECT body FROM changes WHERE tenant_id = ? AND slice = ?', tenant, slice)
  return row && text(row, 'body')
}
