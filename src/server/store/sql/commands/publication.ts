import { DELIVERIES_KEPT_MS } from '../../../../issuer/delivery-store.ts'
import type {
  Publication,
  PublishedChanges,
  PublishedHead,
  PublishedList,
  PublishedMirror,
  PublishingTurn,
} from '../../../../issuer/published-status.ts'
import { CHANGES_KEPT_SLICES } from '../../../../status/changes.ts'
import { SIGNAL_MEMORY_MS } from '../../../limits.ts'
import { isActiveKey } from '../keys.ts'
import { readPublisher } from '../reads.ts'
import { integer, optionalInteger } from '../row.ts'
import type { WriteSession } from '../session.ts'

/**
 * Records lists, mirrors and head together. Nothing is recorded when the head, a list or a mirror would not be newer than what
 * stands: a restored backup or a second publisher must not publish backwards (INV6). Nor when the key has been replaced.
 *
 * @returns Whether it was recorded.
 */
export async function recordPublication(
  session: WriteSession,
  tenant: string,
  { lists, mirrors, changes, head, keyId }: Publication,
  turn: PublishingTurn,
): Promise<boolean> {
  const isForward =
    (await isFree(session, tenant, turn.holder, head.iatMs)) &&
    (await isActiveKey(session.db, tenant, 'status', keyId)) &&
    (await advancesHead(session, tenant, head)) &&
    (await areAll(lists, (list) => advances(session, tenant, list))) &&
    (await areAll(mirrors, (mirror) => advancesMirror(session, tenant, mirror)))
  if (!isForward) return false
  await takeTurn(session, tenant, turn)
  for (const list of lists) await publishList(session, tenant, list, head.iatMs)
  for (const mirror of mirrors) await publishMirror(session, tenant, mirror)
  await publishChanges(session, tenant, changes)
  await publishHead(session, tenant, head)
  await settleOutbox(session, tenant)
  return true
}

async function areAll<T>(items: readonly T[], is: (item: T) => Promise<boolean>): Promise<boolean> {
  for (const item of items) if (!(await is(item))) return false
  return true
}

async function isFree({ db }: WriteSession, tenant: string, holder: string, at: number): Promise<boolean> {
  const held = await readPublisher(db, tenant)
  return held === undefined || held.holder === holder || held.until <= at
}

async function takeTurn(
  { db }: WriteSession,
  tenant: string,
  { holder, until }: PublishingTurn,
): Promise<void> {
  await db.run(
    `INSERT INTO publishers (tenant_id, holder, held_until) VALUES (?, ?, ?)
     ON CONFLICT (tenant_id) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until`,
    tenant,
    holder,
    until,
  )
}

export async function leavePublication({ db }: WriteSession, tenant: string, holder: string): Promise<void> {
  await db.run('UPDATE publishers SET held_until = 0 WHERE tenant_id = ? AND holder = ?', tenant, holder)
}

async function advancesHead(
  { db }: WriteSession,
  tenant: string,
  { seq, iatMs }: PublishedHead,
): Promise<boolean> {
  const held = await db.get('SELECT seq, iat_ms FROM heads WHERE tenant_id = ?', tenant)
  return held === undefined || (seq > integer(held, 'seq') && iatMs > integer(held, 'iat_ms'))
}

async function advances({ db }: WriteSession, tenant: string, published: PublishedList): Promise<boolean> {
  const row = await db.get(
    `SELECT revision, published_revision, published_version FROM list_status
     WHERE tenant_id = ? AND list = ? AND purpose = ?`,
    tenant,
    published.list,
    published.purpose,
  )
  if (row === undefined) return false
  return (
    published.version > integer(row, 'published_version') &&
    published.revision >= integer(row, 'published_revision') &&
    published.revision <= integer(row, 'revision')
  )
}

export async function publishList(
  { db }: WriteSession,
  tenant: string,
  published: PublishedList,
  at: number,
): Promise<void> {
  const { list, purpose, version, validUntil, revision } = published
  await db.run(
    `UPDATE publications SET superseded_at = ?
     WHERE tenant_id = ? AND list = ? AND purpose = ? AND superseded_at IS NULL`,
    at,
    tenant,
    list,
    purpose,
  )
  await db.run(
    `INSERT INTO publications (tenant_id, list, purpose, version, valid_until, bits_digest, revision, jwt, vc)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    tenant,
    list,
    purpose,
    version,
    validUntil,
    published.bitsDigest,
    revision,
    published.jwt,
    published.vc ?? null,
  )
  await db.run(
    `UPDATE list_status SET published_version = ?, published_until = ?, published_revision = ?
     WHERE tenant_id = ? AND list = ? AND purpose = ?`,
    version,
    validUntil,
    revision,
    tenant,
    list,
    purpose,
  )
}

async function advancesMirror(
  { db }: WriteSession,
  tenant: string,
  { list, version }: PublishedMirror,
): Promise<boolean> {
  const row = await db.get(
    `SELECT m.version FROM lists AS l LEFT JOIN mirrors AS m ON m.tenant_id = l.tenant_id AND m.list = l.list
     WHERE l.tenant_id = ? AND l.list = ?`,
    tenant,
    list,
  )
  return row !== undefined && version > (optionalInteger(row, 'version') ?? 0)
}

async function publishMirror(
  { db }: WriteSession,
  tenant: string,
  { list, version, validUntil, jwt }: PublishedMirror,
): Promise<void> {
  await db.run(
    `INSERT INTO mirrors (tenant_id, list, version, valid_until, jwt) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (tenant_id, list) DO UPDATE
     SET version = excluded.version, valid_until = excluded.valid_until, jwt = excluded.jwt`,
    tenant,
    list,
    version,
    validUntil,
    jwt,
  )
}

async function publishChanges(
  { db }: WriteSession,
  tenant: string,
  { slice, body }: PublishedChanges,
): Promise<void> {
  await db.run(
    `INSERT INTO changes (tenant_id, slice, body) VALUES (?, ?, ?)
     ON CONFLICT (tenant_id, slice) DO UPDATE SET body = excluded.body`,
    tenant,
    slice,
    body,
  )
  await db.run('DELETE FROM changes WHERE tenant_id = ? AND slice <= ?', tenant, slice - CHANGES_KEPT_SLICES)
}

export async function publishHead(
  { db }: WriteSession,
  tenant: string,
  { seq, iatMs, root, jwt, leafTable }: PublishedHead,
): Promise<void> {
  await db.run(
    `INSERT INTO heads (tenant_id, seq, iat_ms, root, jwt) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (tenant_id) DO UPDATE
     SET seq = excluded.seq, iat_ms = excluded.iat_ms, root = excluded.root, jwt = excluded.jwt`,
    tenant,
    seq,
    iatMs,
    root,
    jwt,
  )
  await db.run(
    'UPDATE leaf_tables SET superseded_at = ? WHERE tenant_id = ? AND superseded_at IS NULL AND root <> ?',
    iatMs,
    tenant,
    root,
  )
  await db.run(
    `INSERT INTO leaf_tables (tenant_id, root, body) VALUES (?, ?, ?)
     ON CONFLICT (tenant_id, root) DO UPDATE SET superseded_at = NULL`,
    tenant,
    root,
    leafTable,
  )
}

/** Once no list differs from what is published, no change waits any more. */
async function settleOutbox({ db }: WriteSession, tenant: string): Promise<void> {
  const waiting = 'SELECT 1 FROM list_status WHERE tenant_id = ? AND revision > published_revision LIMIT 1'
  if ((await db.get(waiting, tenant)) === undefined)
    await db.run('DELETE FROM outbox WHERE tenant_id = ?', tenant)
}

/** See `Store.prune`. What is current has no `superseded_at`, so it stays whatever the time. */
export async function prune({ db }: WriteSession, before: number): Promise<void> {
  await db.run('DELETE FROM publications WHERE superseded_at < ?', before)
  await db.run('DELETE FROM leaf_tables WHERE superseded_at < ?', before)
  await db.run('DELETE FROM nonces WHERE expires_at < ?', before)
  await db.run('DELETE FROM enrolments WHERE expires_at < ?', before)
  await db.run('DELETE FROM idempotency WHERE created_at < ?', before)
  await db.run('DELETE FROM deliveries WHERE settled_at < ?', before - DELIVERIES_KEPT_MS)
  await db.run('DELETE FROM received_signals WHERE received_at < ?', before - SIGNAL_MEMORY_MS)
}
