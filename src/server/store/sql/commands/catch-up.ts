import type { CaughtUp, FoundStatus } from '../../../../issuer/catch-up-store.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import { countBits } from '../../../../status/packed-bits.ts'
import { either } from '../../index-map.ts'
import { LIST_ENTRIES } from '../../index-permutation.ts'
import { insertList } from '../allocator.ts'
import { record } from '../audit-log.ts'
import { adoptBits, readRestorations } from '../catch-up.ts'
import { readPublishedHead, readPublisher } from '../reads.ts'
import { integer } from '../row.ts'
import { done, found, refuseWrite, type WriteSession } from '../session.ts'
import { addRevocations } from '../status-bits.ts'
import { adoptEmergency } from './catch-up-emergency.ts'
import { holdWhatIsSuspended, holdWhoIsUncertain } from './catch-up-holds.ts'
import { type Compared, compareRows, type PublishedBits, publishedBits } from './catch-up-rows.ts'
import { publishHead, publishList } from './publication.ts'

/**
 * Numbers of lists that are left out: the service that was lost may have made lists after what was found was published. A tenant that
 * issues as much as its limits allow fills some sixty lists in a minute.
 */
const LISTS_LEFT_OUT = 1_000

/** See `CatchUpStore.catchUp`. */
export async function catchUp(
  session: WriteSession,
  status: FoundStatus,
  operator: string,
  context: WriteContext,
): Promise<Written<CaughtUp>> {
  const { db } = session
  const { tenant } = context.principal
  await assertBehind(session, status, context)
  const foreignLists = await addForeignLists(session, tenant, status)
  const published = publishedBits(status)
  const compared = await compareRows(db, tenant, published)
  await endRows(session, tenant, compared)
  const burned = await burn(session, tenant, compared, published)
  const held = await holdWhoIsUncertain(session, compared, context)
  const suspended = await holdWhatIsSuspended(session, compared, published, context)
  await adoptPublication(session, tenant, status)
  await adoptEmergency(session, tenant, status, context)
  await adoptKeys(session, tenant, status, context)
  await db.run('DELETE FROM enrolments WHERE tenant_id = ?', tenant)
  // Whoever had the turn when the backup was made is gone.
  await db.run('UPDATE publishers SET held_until = 0 WHERE tenant_id = ?', tenant)
  const caughtUp = {
    ended: compared.ended.length,
    runsEnded: compared.endedRuns.length,
    ...held,
    suspended,
    foreignLists,
    burned,
  }
  await tell(session, { status, operator, caughtUp }, context)
  await db.run('DELETE FROM restorations WHERE tenant_id = ?', tenant)
  return done(caughtUp)
}

/** See `CatchUpStore.confirmRestored`. A service that ends in good order gives up its turn; one that worked meanwhile had it. */
export async function confirmRestored(
  session: WriteSession,
  operator: string,
  context: WriteContext,
): Promise<Written<null>> {
  const { db } = session
  const { tenant } = context.principal
  const { backupAt } = found(await restorationOf(session, tenant))
  const turn = await readPublisher(db, tenant)
  if (turn !== undefined && turn.until > 0) refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
  const deed = { action: 'registry.restore', target: tenant, details: { backupAt, operator } }
  await record(session, deed, context)
  await db.run('DELETE FROM restorations WHERE tenant_id = ?', tenant)
  return done(null)
}

async function restorationOf({ db }: WriteSession, tenant: string) {
  return (await readRestorations(db)).find((restoration) => restoration.tenant === tenant)
}

/** Nothing that the registry has published may be newer than what was found, and nobody may publish while it catches up. */
async function assertBehind(
  session: WriteSession,
  { head, lists }: FoundStatus,
  { principal: { tenant }, at }: WriteContext,
): Promise<void> {
  const { db } = session
  const own = await readPublishedHead(db, tenant)
  const isOlder = own === undefined || own.seq < head.seq || own.jwt === head.jwt
  const turn = await readPublisher(db, tenant)
  const isAtWork = (turn?.until ?? 0) > at && (await restorationOf(session, tenant)) === undefined
  if (!isOlder || isAtWork) refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
  for (const { list, purpose, version } of lists) {
    const sql = 'SELECT published_version FROM list_status WHERE tenant_id = ? AND list = ? AND purpose = ?'
    const row = await db.get(sql, tenant, list, purpose)
    if (row !== undefined && integer(row, 'published_version') > version)
      refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
  }
}

/** Lists that were made after the backup become known, with no index left to give; those to come get names that no list had. */
async function addForeignLists(
  { db, allocator }: WriteSession,
  tenant: string,
  { lists }: FoundStatus,
): Promise<number> {
  const own = await db.all('SELECT list FROM lists WHERE tenant_id = ?', tenant)
  const known = new Set(own.map((row) => integer(row, 'list')))
  const foreign = new Set(lists.map(({ list }) => list).filter((list) => !known.has(list)))
  for (const list of foreign) await insertList(db, tenant, { list, kind: 'agent', next: LIST_ENTRIES })
  await db.run('UPDATE lists SET next = ? WHERE tenant_id = ?', LIST_ENTRIES, tenant)
  const last = Math.max(0, ...known, ...foreign) + LISTS_LEFT_OUT
  await insertList(db, tenant, { list: last + 1, kind: 'owner', next: 0 })
  await insertList(db, tenant, { list: last + 2, kind: 'agent', next: 0 })
  allocator.forget()
  return foreign.size
}

/** What has ended elsewhere has ended, and nothing takes its place by itself: why it ended is not known. */
async function endRows({ db }: WriteSession, tenant: string, { ended, endedRuns }: Compared): Promise<void> {
  for (const id of ended)
    await db.run("UPDATE credentials SET state = 'revoked' WHERE tenant_id = ? AND id = ?", tenant, id)
  for (const id of endedRuns)
    await db.run("UPDATE runs SET state = 'revoked' WHERE tenant_id = ? AND id = ?", tenant, id)
  const close = "UPDATE credentials SET succession = 'closed' WHERE tenant_id = ? AND state = 'revoked'"
  await db.run(close, tenant)
}

/**
 * Sets every bit that is published, and that of every index which no row has: a credential that was issued after the backup may have it.
 *
 * @returns How many indexes no row has.
 */
async function burn(
  { db }: WriteSession,
  tenant: string,
  { given }: Compared,
  published: PublishedBits,
): Promise<number> {
  let burned = 0
  const lists = await db.all('SELECT list FROM lists WHERE tenant_id = ? AND next = ?', tenant, LIST_ENTRIES)
  for (const list of lists.map((row) => integer(row, 'list'))) {
    const free = given.bits(list).map((byte) => ~byte)
    burned += countBits(free)
    const adopted = either(free, published.revocation.bits(list))
    await addRevocations(db, tenant, list, adopted)
    await adoptBits(db, tenant, list, adopted)
  }
  await db.run('UPDATE list_status SET revision = revision + 1 WHERE tenant_id = ?', tenant)
  return burned
}

/** What was found is what the registry published last: the next head follows it, and every list is signed anew. */
async function adoptPublication(
  session: WriteSession,
  tenant: string,
  { head, lists }: FoundStatus,
): Promise<void> {
  const { db } = session
  for (const newest of lists) {
    const sql = `SELECT published_version, published_revision FROM list_status
      WHERE tenant_id = ? AND list = ? AND purpose = ?`
    const row = found(await db.get(sql, tenant, newest.list, newest.purpose))
    if (integer(row, 'published_version') === newest.version) continue
    const revision = integer(row, 'published_revision')
    await publishList(session, tenant, { ...newest, revision }, head.iatMs)
  }
  const own = await readPublishedHead(db, tenant)
  if (own?.seq !== head.seq) await publishHead(session, tenant, head)
}

/** A key that the registry never had is known by name, as one that was revoked: nothing is believed of it, and nobody gets its name. */
async function adoptKeys(
  { db }: WriteSession,
  tenant: string,
  { unknownKeys }: FoundStatus,
  { at }: WriteContext,
): Promise<void> {
  for (const id of unknownKeys) {
    await db.run(
      `INSERT INTO keys (tenant_id, key_id, use, did, wrapped, created_at, state, revoke_at)
       VALUES (?, ?, 'status', ?, ?, ?, 'revoked', ?) ON CONFLICT (tenant_id, key_id) DO NOTHING`,
      tenant,
      id,
      id.split('#')[0] ?? id,
      new Uint8Array(),
      at,
      at,
    )
  }
}

interface Told {
  readonly status: FoundStatus
  readonly operator: string
  readonly caughtUp: CaughtUp
}

async function tell(
  session: WriteSession,
  { status, operator, caughtUp }: Told,
  context: WriteContext,
): Promise<void> {
  const { tenant } = context.principal
  const { head, nextSeq, unknownKeys } = status
  const { heldOwners, heldAgents, ...counts } = caughtUp
  const details = {
    operator,
    head: head.seq,
    headAt: head.iatMs,
    nextHead: nextSeq,
    heldOwners: heldOwners.length,
    heldAgents: heldAgents.length,
    unknownKeys: [...unknownKeys],
    ...counts,
  }
  await record(
    session,
    { action: 'registry.catch_up', target: tenant, details, changesStatus: true },
    context,
  )
  const toldBy = found(session.trail.get(tenant)).seq
  const sql = 'INSERT INTO catch_ups (tenant_id, told_by, at, next_seq) VALUES (?, ?, ?, ?)'
  await session.db.run(sql, tenant, toldBy, context.at, nextSeq)
}
