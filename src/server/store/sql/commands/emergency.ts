import type {
  EmergencyEntry,
  NewEmergencyEntry,
  PublishedEmergency,
} from '../../../../issuer/emergency-store.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import { MAX_EMERGENCY_ENTRIES } from '../../../../status/emergency.ts'
import { record } from '../audit-log.ts'
import { readEmergency } from '../emergency.ts'
import { isActiveKey } from '../keys.ts'
import { done, refuseWrite, replay, type WriteSession } from '../session.ts'

/** See `EmergencyStore.addEmergency`. */
export async function addEmergency(
  session: WriteSession,
  { kind, name, reason }: NewEmergencyEntry,
  context: WriteContext,
): Promise<Written<EmergencyEntry>> {
  const { db } = session
  const { tenant } = context.principal
  const { entries, published } = await readEmergency(db, tenant)
  const before = entries.find((entry) => entry.kind === kind && entry.name === name)
  if (before !== undefined) return replay(before)
  await assertRotated(session, tenant, { kind, name })
  const counted = entries.filter((entry) => entry.kind === 'key' || entry.kind === 'owner')
  if (kind !== 'authority' && kind !== 'drill' && counted.length >= MAX_EMERGENCY_ENTRIES)
    refuseWrite({ code: 'quota_exceeded', limit: MAX_EMERGENCY_ENTRIES })
  if (kind === 'drill')
    await db.run("DELETE FROM emergency_entries WHERE tenant_id = ? AND kind = 'drill'", tenant)
  const number = Math.max(entries.at(-1)?.number ?? 0, published?.lastEntry ?? 0) + 1
  const entry = { number, kind, name, reason, addedAt: context.at }
  await insertEmergencyEntry(session, tenant, entry)
  const deed = { action: 'emergency.add', target: name, details: { kind, reason }, changesStatus: true }
  await record(session, deed, context)
  return done(entry)
}

export async function insertEmergencyEntry(
  { db }: WriteSession,
  tenant: string,
  { number, kind, name, reason, addedAt }: EmergencyEntry,
): Promise<void> {
  await db.run(
    'INSERT INTO emergency_entries (tenant_id, number, kind, name, reason, added_at) VALUES (?, ?, ?, ?, ?, ?)',
    tenant,
    number,
    kind,
    name,
    reason,
    addedAt,
  )
}

/** What is signed with a listed key counts no more, the list itself and every head included. A `did:key` cannot be rotated. */
async function assertRotated(
  { db }: WriteSession,
  tenant: string,
  { kind, name }: Pick<NewEmergencyEntry, 'kind' | 'name'>,
): Promise<void> {
  if (kind !== 'key' || name.startsWith('did:key:')) return
  for (const use of ['authority', 'status'] as const)
    if (await isActiveKey(db, tenant, use, name)) refuseWrite({ code: 'conflict', reason: 'key_active' })
}

/** See `EmergencyStore.recordEmergency`. */
export async function recordEmergency(
  session: WriteSession,
  tenant: string,
  list: PublishedEmergency,
): Promise<boolean> {
  const { published } = await readEmergency(session.db, tenant)
  if (list.seq !== (published?.seq ?? 0) + 1) return false
  await replaceEmergency(session, tenant, list)
  return true
}

export async function replaceEmergency(
  { db }: WriteSession,
  tenant: string,
  { seq, digest, lastEntry, keyId, jwt }: PublishedEmergency,
): Promise<void> {
  await db.run(
    `INSERT INTO emergency_lists (tenant_id, seq, digest, last_entry, key_id, jwt) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq, digest = excluded.digest,
       last_entry = excluded.last_entry, key_id = excluded.key_id, jwt = excluded.jwt`,
    tenant,
    seq,
    digest,
    lastEntry,
    keyId,
    jwt,
  )
}
