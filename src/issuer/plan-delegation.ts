import type { JsonObject } from '../core/json.ts'
import { createUuidUrn } from '../core/uuid.ts'
import type { CredentialPlan } from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import { lifetimeMs } from './lifetimes.ts'
import type { Agent, Owner, Tenant } from './records.ts'

/** Whose delegation it is. */
export interface DelegationParties {
  readonly tenant: Tenant
  readonly owner: Owner
  readonly agent: Agent
}

/** A link 1 to be: its terms, and how many indexes it leases. */
export interface PlannedDelegation {
  readonly terms: JsonObject
  readonly leaseSize: number
  /** The delegation whose place it takes. */
  readonly predecessorId?: string
  /** When it ends at the latest, in milliseconds since 1970. Default: when its terms say. */
  readonly notAfter?: number
}

/** What is recorded of a link 1 before it is signed, from now on. */
export function planDelegation(
  { clock, random }: Pick<Issuer, 'clock' | 'random'>,
  { tenant, owner, agent }: DelegationParties,
  { terms, leaseSize, predecessorId, notAfter = Number.POSITIVE_INFINITY }: PlannedDelegation,
): CredentialPlan {
  const validFrom = clock()
  return {
    tenant: tenant.id,
    id: createUuidUrn(random),
    kind: 'agent',
    ownerId: owner.id,
    agentId: agent.id,
    ownerVersion: owner.version,
    leaseSize,
    terms,
    validFrom,
    validUntil: Math.min(notAfter, validFrom + lifetimeMs(terms)),
    ...(predecessorId !== undefined && { predecessorId }),
  }
}
