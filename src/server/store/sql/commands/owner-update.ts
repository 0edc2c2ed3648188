import type { OwnerUpdate } from '../../../../issuer/lifecycle-store.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { Id, Owner } from '../../../../issuer/records.ts'
import type { Did } from '../../../../model/did.ts'
import { record } from '../audit-log.ts'
import { nameRevoker } from '../identities.ts'
import { findOwner } from '../queries.ts'
import { positionOf } from '../records.ts'
import { text } from '../row.ts'
import { done, found, refuseWrite, type WriteSession } from '../session.ts'
import { setBits } from '../status-bits.ts'

/**
 * What an owner holds, and what else the credential says. Where that becomes less, or other, the credential in force is revoked in
 * the same transaction, so that no agent acts with more than the owner has (I3).
 */
export async function updateOwner(
  session: WriteSession,
  { id, version, to, changed, replaces }: OwnerUpdate,
  context: WriteContext,
): Promise<Written<Owner>> {
  const { tenant } = context.principal
  const owner = found(await findOwner(session.db, tenant, id))
  if (owner.state === 'offboarded') refuseWrite({ code: 'conflict', reason: 'owner_offboarded' })
  if (owner.version !== version) refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
  await writeOwner(session, tenant, id, to)
  await renameRevokers(session, owner, to.revokers)
  const [revoked, ...others] = replaces ? await revokeCredentials(session, tenant, id) : []
  const ended = revoked !== undefined && { revoked, ...(others.length > 0 && { others }) }
  const details = { changed, ...ended }
  const deed = { action: 'owner.update', target: id, ownerId: id, details }
  await record(session, { ...deed, changesStatus: revoked !== undefined }, context)
  return done(found(await findOwner(session.db, tenant, id)))
}

async function writeOwner(
  { db }: WriteSession,
  tenant: string,
  id: Id,
  to: OwnerUpdate['to'],
): Promise<void> {
  await db.run(
    `UPDATE owners SET name = ?, accountable = ?, accountable_name = ?, team = ?, assurance = ?, entitlements = ?,
       revokers = ?, subject_issuer = ?, subject = ?, version = version + 1 WHERE tenant_id = ? AND owner_id = ?`,
    to.name,
    to.accountable,
    to.accountableName,
    to.team ?? null,
    to.assurance,
    JSON.stringify(to.entitlements),
    JSON.stringify(to.revokers),
    to.subject?.issuer ?? null,
    to.subject?.subject ?? null,
    tenant,
    id,
  )
}

async function renameRevokers(session: WriteSession, owner: Owner, to: readonly Did[]): Promise<void> {
  const { tenant, id, revokers } = owner
  for (const did of revokers.filter((before) => !to.includes(before))) {
    await session.db.run(
      'DELETE FROM owner_revokers WHERE tenant_id = ? AND owner_id = ? AND did = ?',
      tenant,
      id,
      did,
    )
  }
  for (const did of to.filter((after) => !revokers.includes(after))) {
    await nameRevoker(session, tenant, id, did)
  }
}

/**
 * The one in force, and those of earlier keys whose grace lasts: they say what the owner no longer has.
 *
 * @returns Their ids, the newest first.
 */
async function revokeCredentials(
  { db }: WriteSession,
  tenant: string,
  ownerId: Id,
): Promise<readonly string[]> {
  const held = await db.all(
    `SELECT id, list, idx FROM credentials WHERE tenant_id = ? AND owner_id = ? AND kind = 'owner' AND state <> 'revoked'
     ORDER BY created_at DESC, ends_at IS NOT NULL`,
    tenant,
    ownerId,
  )
  for (const row of held) {
    const sql = "UPDATE credentials SET state = 'revoked' WHERE tenant_id = ? AND id = ?"
    await db.run(sql, tenant, text(row, 'id'))
  }
  await setBits(db, tenant, 'revocation', held.map(positionOf))
  return held.map((row) => text(row, 'id'))
}
