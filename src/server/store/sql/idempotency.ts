import type { WriteContext } from '../../../issuer/ports.ts'
import { text } from './row.ts'
import { refuseWrite, type WriteSession } from './session.ts'

/**
 * The id of what an earlier request with this key created by this command. One request may run several commands
 * under its key; another request under the same key is refused with `idempotency_mismatch`.
 */
export async function createdBefore(
  { db }: WriteSession,
  command: string,
  context: WriteContext,
): Promise<string | undefined> {
  const { idempotency, principal } = context
  if (idempotency === undefined) return undefined
  const rows = await db.all(
    'SELECT command, request_digest, resource_id FROM idempotency WHERE tenant_id = ? AND did = ? AND key = ?',
    principal.tenant,
    principal.did,
    idempotency.key,
  )
  if (rows.some((row) => text(row, 'request_digest') !== idempotency.requestDigest)) {
    refuseWrite({ code: 'idempotency_mismatch' })
  }
  const same = rows.find((row) => text(row, 'command') === command)
  return same && text(same, 'resource_id')
}

export async function rememberCreated(
  { db }: WriteSession,
  command: string,
  resourceId: string,
  { idempotency, principal, at }: WriteContext,
): Promise<void> {
  if (idempotency === undefined) return
  await db.run(
    `INSERT INTO idempotency (tenant_id, did, key, command, request_digest, resource_id, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    principal.tenant,
    principal.did,
    idempotency.key,
    command,
    idempotency.requestDigest,
    resourceId,
    at,
  )
}
