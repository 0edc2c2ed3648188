import type { AgentChanges } from './agent-store.ts'
import { preflight } from './issue-credential.ts'
import { chainMechanism, type IssuedCredential } from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import { type Outcome, refused } from './outcome.ts'
import type { DelegationParties } from './plan-delegation.ts'
import type { WriteContext } from './ports.ts'
import type { Agent } from './records.ts'

/** Delegations that are read together. */
const PAGE_ITEMS = 200

/**
 * Tells something anew of an agent (docs/spec/08-lifecycle.md). The next renewal of each of its delegations says it, and is due
 * at once. Reads all delegations of the agent: none may become too large for its form, or it could never be renewed.
 *
 * @returns `invalid_terms` with the member that is too long for a delegation.
 */
export async function updateAgent(
  issuer: Issuer,
  parties: DelegationParties,
  changes: AgentChanges,
  context: WriteContext,
): Promise<Outcome<Agent>> {
  const { id, tenant } = parties.agent
  const changed = { ...parties, agent: { ...parties.agent, ...changes } }
  for await (const delegation of liveDelegations(issuer, tenant, id)) {
    if (isTooLarge(issuer, changed, delegation)) {
      return refused({
        code: 'invalid_terms',
        member: changes.purpose === undefined ? 'software' : 'purpose',
      })
    }
  }
  return await issuer.store.updateAgent(id, changes, context)
}

async function* liveDelegations(
  { store }: Issuer,
  tenant: string,
  agentId: string,
): AsyncGenerator<IssuedCredential> {
  let after: string | undefined
  do {
    const page = { limit: PAGE_ITEMS, ...(after !== undefined && { after }) }
    const { items, next } = await store.delegations(tenant, { agentId }, page)
    yield* items.filter(({ state }) => state !== 'revoked')
    after = next
  } while (after !== undefined)
}

function isTooLarge(issuer: Issuer, parties: DelegationParties, delegation: IssuedCredential): boolean {
  const planned = { ...delegation, leaseSize: delegation.lease.length, mechanism: chainMechanism(delegation) }
  return preflight(issuer, parties, planned) !== undefined
}
