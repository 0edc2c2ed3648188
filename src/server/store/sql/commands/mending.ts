import type { StatusPosition } from '../../../../issuer/issued-credential.ts'
import type { WriteContext } from '../../../../issuer/ports.ts'
import type { Id } from '../../../../issuer/records.ts'
import type { StatusPurpose } from '../../../../model/status-list-entry.ts'
import { record } from '../audit-log.ts'
import type { Database } from '../database.ts'
import { allRows } from '../paging.ts'
import { positionOf } from '../records.ts'
import type { WriteSession } from '../session.ts'
import { lackingBits, setBits } from '../status-bits.ts'

/** Of what it is the status, and who asked why. */
export interface Mending {
  readonly purpose: StatusPurpose
  readonly target: string
  readonly ownerId: Id
  readonly agentId?: Id | undefined
  readonly reason: string
}

/**
 * Sets bits that should be set already, and says so in the trail: what was done past the service is undone by doing again what was
 * done (docs/operations.md "fsck"). Changes nothing where they are set.
 */
export async function mendBits(
  session: WriteSession,
  positions: Iterable<StatusPosition> | AsyncIterable<StatusPosition>,
  { purpose, reason, ...about }: Mending,
  context: WriteContext,
): Promise<void> {
  const { tenant } = context.principal
  const lacking = await lackingBits(session.db, tenant, purpose, positions)
  if (lacking.length === 0) return
  await setBits(session.db, tenant, purpose, lacking)
  const details = { reason, purpose, bits: lacking.length }
  await record(session, { action: 'status.mend', ...about, details, changesStatus: true }, context)
}

/** Where all that was an owner's or an agent's, and has ended, stands. */
export async function* endedUnder(
  db: Database,
  tenant: string,
  by: 'owner_id' | 'agent_id',
  id: Id,
): AsyncGenerator<StatusPosition> {
  const ended = [
    `credentials WHERE tenant_id = ? AND ${by} = ? AND state = 'revoked'`,
    `runs WHERE tenant_id = ? AND ${by} = ? AND state <> 'active'`,
  ]
  for (const from of ended) {
    for await (const row of allRows(db, 'list, idx', from, tenant, id)) yield positionOf(row)
  }
}
