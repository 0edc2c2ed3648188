import type { WriteContext } from '../../../../issuer/ports.ts'
import type { HoldTarget } from '../../../../issuer/records.ts'
import { LIST_ENTRIES } from '../../index-permutation.ts'
import { text } from '../row.ts'
import type { WriteSession } from '../session.ts'
import type { Compared, PublishedBits } from './catch-up-rows.ts'
import { adoptHold } from './holds.ts'

const UNCERTAIN = 'restored from a backup: whether it ended since is not known; resume or end it'
const SUSPENDED = 'it was suspended after the backup from which the registry was restored'

/**
 * Holds owners and agents of whom nothing in force is left. Offboarding an owner ends everything of the owner; but so does a rotated key
 * or a narrowed entitlement, and which of them it was, nothing published tells. Nothing is issued to them before somebody decides.
 */
export async function holdWhoIsUncertain(
  session: WriteSession,
  { liveOwners, liveAgents }: Compared,
  context: WriteContext,
): Promise<{ readonly heldOwners: readonly string[]; readonly heldAgents: readonly string[] }> {
  const { tenant } = context.principal
  const owners = await session.db.all(
    "SELECT owner_id AS id FROM owners WHERE tenant_id = ? AND state = 'active'",
    tenant,
  )
  const agents = await session.db.all(
    "SELECT agent_id AS id FROM agents WHERE tenant_id = ? AND state = 'active'",
    tenant,
  )
  const heldOwners = owners.map((row) => text(row, 'id')).filter((id) => !liveOwners.has(id))
  const heldAgents = agents.map((row) => text(row, 'id')).filter((id) => !liveAgents.has(id))
  for (const id of heldOwners) await adoptHold(session, { kind: 'owner', id }, UNCERTAIN, context)
  for (const id of heldAgents) await adoptHold(session, { kind: 'agent', id }, UNCERTAIN, context)
  return { heldOwners, heldAgents }
}

/**
 * Takes over what is published as suspended, as holds that an administrator can lift. All delegations of an agent suspended mean the
 * agent: to be sure, nothing new is issued to it either.
 *
 * @returns How many holds were placed.
 */
export async function holdWhatIsSuspended(
  session: WriteSession,
  compared: Compared,
  published: PublishedBits,
  context: WriteContext,
): Promise<number> {
  let count = 0
  const hold = async (target: HoldTarget) => {
    if (await adoptHold(session, target, SUSPENDED, context)) count++
  }
  for (const id of compared.suspendedOwners) await hold({ kind: 'owner', id })
  for (const [agent, delegations] of compared.suspendedDelegations) {
    if (!compared.unsuspendedAgents.has(agent)) await hold({ kind: 'agent', id: agent })
    else for (const id of delegations) await hold({ kind: 'delegation', id })
  }
  for (const list of published.known) {
    for (let index = 0; index < LIST_ENTRIES; index++) {
      const isHeld = published.suspension.has(list, index) && compared.leased.has(list, index)
      if (isHeld && !published.revocation.has(list, index))
        await hold({ kind: 'lease', position: { list, index } })
    }
  }
  return count
}
