import type { KeyRotation, RotatableUse, StoredKey } from '../../../../issuer/key-store.ts'
import { ROTATABLE_USES } from '../../../../issuer/key-store.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import { record } from '../audit-log.ts'
import { readKeys } from '../keys.ts'
import { DAY_MS } from '../records.ts'
import { optionalInteger, present } from '../row.ts'
import { done, found, refuseWrite, replay, type WriteSession } from '../session.ts'
import { insertKey } from './keys.ts'
import { assertOwnTenant } from './registry.ts'

/** See `KeyStore.rotateKey`. */
export async function rotateKey(
  session: WriteSession,
  rotation: KeyRotation,
  context: WriteContext,
): Promise<Written<StoredKey>> {
  const { use, key, activateAt } = rotation
  assertOwnTenant(key.tenant, context)
  const { active, prepared } = await keysByState(session, key.tenant, use)
  const next = prepared ?? (await prepare(session, rotation, active, context))
  const due = Math.min(activateAt, next.activateAt ?? activateAt)
  if (due <= context.at) return done(await activate(session, { next, held: active, rotation }, context))
  if (due === next.activateAt) return prepared === undefined ? done(next) : replay(next)
  await update(session, next, 'activate_at = ?', due)
  await audit(session, 'key.prepare', { ...next, activateAt: due }, context)
  return done({ ...next, activateAt: due })
}

/** How long a receiver may leave a security event token lie before it verifies it, in milliseconds: 7 days. */
export const SETS_UNDER_WAY_MS: number = 7 * DAY_MS

/** How long a request to a webhook may be under way before it is verified, in milliseconds: an hour, far beyond the life of its signature. */
const WEBHOOKS_UNDER_WAY_MS = 3_600_000

interface Present {
  readonly active: StoredKey
  readonly prepared: StoredKey | undefined
}

async function keysByState({ db }: WriteSession, tenant: string, use: RotatableUse): Promise<Present> {
  const keys = await readKeys(db, tenant, use)
  return {
    active: found(keys.find(({ state }) => state === 'active')),
    prepared: keys.find(({ state }) => state === 'prepared'),
  }
}

async function prepare(
  session: WriteSession,
  { key, activateAt, isInToken }: KeyRotation,
  active: StoredKey,
  context: WriteContext,
): Promise<StoredKey> {
  await insertKey(session, key, 'prepared')
  const rotateAfterDays = isInToken === true ? undefined : active.rotateAfterDays
  const next: StoredKey = { ...key, state: 'prepared', activateAt, ...present({ rotateAfterDays }) }
  await update(session, next, 'activate_at = ?, rotate_after_days = ?', activateAt, rotateAfterDays ?? null)
  await audit(session, 'key.prepare', next, context)
  return next
}

interface Succession {
  readonly next: StoredKey
  readonly held: StoredKey
  readonly rotation: Pick<KeyRotation, 'isEmergency'>
}

/** One key hands over to the next; at no time does none sign, or do two. */
async function activate(
  session: WriteSession,
  { next, held, rotation: { isEmergency } }: Succession,
  context: WriteContext,
): Promise<StoredKey> {
  if (isEmergency) await disown(session, held, context)
  else await retire(session, held, context)
  await update(session, next, "state = 'active', activate_at = ?", context.at)
  const active: StoredKey = { ...next, state: 'active', activateAt: context.at }
  if (next.use === 'status') await signListsAnew(session, next.tenant)
  await audit(session, 'key.activate', active, context, { replaces: held.id })
  return active
}

async function retire(session: WriteSession, key: StoredKey, context: WriteContext): Promise<void> {
  const revokeAt = await lastExpiry(session, key, context)
  const columns = "state = 'retiring', retired_at = ?, revoke_at = ?"
  await update(session, key, columns, context.at, revokeAt ?? null)
  const retiring = { ...key, state: 'retiring', retiredAt: context.at, ...present({ revokeAt }) } as const
  await audit(session, 'key.retire', retiring, context)
}

/**
 * When the last of what the key signed has expired: link 0 of the owners, or lists and their mirrors. Checkpoints of the
 * audit trail never do; security event tokens and requests to webhooks are looked at when they arrive.
 */
async function lastExpiry(
  { db }: WriteSession,
  { tenant, use }: StoredKey,
  { at }: WriteContext,
): Promise<number | undefined> {
  if (use === 'audit') return undefined
  if (use === 'security-event') return at + SETS_UNDER_WAY_MS
  if (use === 'webhook') return at + WEBHOOKS_UNDER_WAY_MS
  const sql =
    use === 'authority'
      ? "SELECT max(valid_until) AS last FROM credentials WHERE tenant_id = ?1 AND kind = 'owner'"
      : `SELECT max(valid_until) AS last FROM (SELECT valid_until FROM publications WHERE tenant_id = ?1
           UNION ALL SELECT valid_until FROM mirrors WHERE tenant_id = ?1) AS signed`
  const row = await db.get(sql, tenant)
  return Math.max(at, (row && optionalInteger(row, 'last')) ?? at)
}

/** Revokes a key and overwrites its private part, in whatever form it is kept. */
async function destroy(
  session: WriteSession,
  key: StoredKey,
  context: WriteContext,
  reason?: string,
): Promise<StoredKey> {
  await update(session, key, "state = 'revoked', revoke_at = ?, wrapped = ?", context.at, new Uint8Array())
  session.destroyedKey = true
  const revoked: StoredKey = { ...key, state: 'revoked', revokeAt: context.at, wrapped: new Uint8Array() }
  await audit(session, 'key.revoke', revoked, context, present({ reason }))
  return revoked
}

/** Revokes a key before its time: what it signed, nobody accepts any more. */
async function disown(
  session: WriteSession,
  key: StoredKey,
  context: WriteContext,
  reason?: string,
): Promise<StoredKey> {
  if (key.use === 'authority') await signOwnersAnew(session, key.tenant)
  return await destroy(session, key, context, reason)
}

/** Version 0 is no owner's: each credential is due for renewal, with the same id and index, when it is next asked for. */
async function signOwnersAnew({ db }: WriteSession, tenant: string): Promise<void> {
  const sql =
    "UPDATE credentials SET owner_version = 0 WHERE tenant_id = ? AND kind = 'owner' AND state = 'active'"
  await db.run(sql, tenant)
}

/** What the lists say stays; they are due as if they ended now, and so is the head above them. */
async function signListsAnew({ db }: WriteSession, tenant: string): Promise<void> {
  await db.run('UPDATE list_status SET published_until = 0 WHERE tenant_id = ?', tenant)
}

/** See `KeyStore.revokeKey`. */
export async function revokeKey(
  session: WriteSession,
  id: string,
  reason: string,
  context: WriteContext,
): Promise<Written<StoredKey>> {
  const key = found(await findKey(session, context.principal.tenant, id))
  if (key.state === 'revoked') return replay(key)
  if (key.state === 'active') refuseWrite({ code: 'conflict', reason: 'key_active' })
  // What the key signed last may still stand, where nobody could publish since.
  if (key.use === 'status') await signListsAnew(session, key.tenant)
  return done(await disown(session, key, context, reason))
}

async function findKey({ db }: WriteSession, tenant: string, id: string): Promise<StoredKey | undefined> {
  for (const use of ROTATABLE_USES) {
    const key = (await readKeys(db, tenant, use)).find((one) => one.id === id)
    if (key !== undefined) return key
  }
  return undefined
}

/** See `KeyStore.scheduleKey`. */
export async function scheduleKey(
  session: WriteSession,
  use: RotatableUse,
  days: number | undefined,
  context: WriteContext,
): Promise<Written<StoredKey>> {
  const { active, prepared } = await keysByState(session, context.principal.tenant, use)
  for (const key of [active, ...(prepared === undefined ? [] : [prepared])]) {
    await update(session, key, 'rotate_after_days = ?', days ?? null)
  }
  const { rotateAfterDays: _, ...rest } = active
  const scheduled: StoredKey = { ...rest, ...present({ rotateAfterDays: days }) }
  await audit(session, 'key.schedule', scheduled, context)
  return done(scheduled)
}

/** See `KeyStore.advanceKeys`. */
export async function advanceKeys(
  session: WriteSession,
  tenant: string,
  context: WriteContext,
): Promise<readonly StoredKey[]> {
  const changed: StoredKey[] = []
  for (const use of ROTATABLE_USES) {
    // A tenant that has told nobody of events has no key for it.
    if ((await readKeys(session.db, tenant, use)).length === 0) continue
    const { active: held, prepared: next } = await keysByState(session, tenant, use)
    if (next?.activateAt !== undefined && next.activateAt <= context.at) {
      changed.push(await activate(session, { next, held, rotation: { isEmergency: false } }, context))
    }
    for (const key of await readKeys(session.db, tenant, use)) {
      const isOver = key.state === 'retiring' && key.revokeAt !== undefined && key.revokeAt <= context.at
      if (isOver) changed.push(await destroy(session, key, context))
    }
  }
  return changed
}

function update(
  { db }: WriteSession,
  { tenant, id }: StoredKey,
  columns: string,
  ...values: (string | number | Uint8Array | null)[]
): Promise<number> {
  return db.run(`UPDATE keys SET ${columns} WHERE tenant_id = ? AND key_id = ?`, ...values, tenant, id)
}

/** Audits a step of a key: `key.prepare`, `key.activate`, … A change of the status key is to be published. */
async function audit(
  session: WriteSession,
  action: string,
  key: StoredKey,
  context: WriteContext,
  more: { readonly replaces?: string; readonly reason?: string } = {},
): Promise<void> {
  const { id, use, activateAt, revokeAt, rotateAfterDays } = key
  const details = { use, ...present({ activateAt, revokeAt, rotateAfterDays }), ...more }
  const changesStatus = use === 'status' && action !== 'key.prepare' && action !== 'key.schedule'
  await record(session, { action, target: id, details, changesStatus }, context)
}
