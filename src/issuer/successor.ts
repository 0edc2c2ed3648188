import { createUuidUrn } from '../core/uuid.ts'
import type { IssuedCredential } from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import { lifetimeMs } from './lifetimes.ts'
import { done, type Outcome, refused } from './outcome.ts'
import type { WriteContext } from './ports.ts'
import type { Agent, Owner, Tenant } from './records.ts'

/** For whom a successor is made. */
interface Heirs {
  readonly tenant: Tenant
  readonly owner: Owner
  readonly agent: Agent
}

/**
 * The credential that a delegation is now (docs/spec/08-lifecycle.md "Succession"): itself, or what took its place. After a key was
 * rotated nobody made that yet: then it is planned, with the same terms, for the new key, until the old one would have ended.
 *
 * @param revive Whether a delegation that ran out meanwhile gets a life again.
 * @returns As `planCredential`; `delegation_ended`, `delegation_expired`.
 */
export async function inForceNow(
  issuer: Issuer,
  heirs: Heirs,
  id: string,
  revive: boolean,
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  const { store } = issuer
  const credential = await store.credential(heirs.tenant.id, id)
  if (credential === undefined) return refused({ code: 'not_found' })
  if (credential.succession !== 'open') return unlessEnded(credential)
  const next = await store.successor(heirs.tenant.id, id)
  if (next !== undefined && next.state !== 'planned') {
    return await inForceNow(issuer, heirs, next.id, revive, context)
  }
  return await planSuccessor(issuer, heirs, credential, revive, context)
}

function unlessEnded(credential: IssuedCredential): Outcome<IssuedCredential> {
  return credential.state === 'revoked'
    ? refused({ code: 'conflict', reason: 'delegation_ended' })
    : done(credential)
}

async function planSuccessor(
  { store, clock, random }: Issuer,
  { tenant, owner, agent }: Heirs,
  { id, validUntil, lease, terms }: IssuedCredential,
  revive: boolean,
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  const { idempotency: _, ...once } = context
  const validFrom = clock()
  if (validUntil <= validFrom && !revive) return refused({ code: 'delegation_expired' })
  const plan = {
    tenant: tenant.id,
    id: createUuidUrn(random),
    kind: 'agent' as const,
    ownerId: owner.id,
    agentId: agent.id,
    ownerVersion: owner.version,
    leaseSize: lease.length,
    terms,
    validFrom,
    validUntil: validUntil > validFrom ? validUntil : validFrom + lifetimeMs(terms),
    predecessorId: id,
  }
  return await store.planCredential(plan, once)
}
