import { isLifelongDelegation } from './delegation-terms.ts'
import type { IssuedCredential } from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import { done, type Outcome, refused } from './outcome.ts'
import { type DelegationParties, planDelegation } from './plan-delegation.ts'
import type { WriteContext } from './ports.ts'

/**
 * The credential that a delegation is now (docs/spec/08-lifecycle.md "Succession"): itself, or what took its place. After a key was
 * rotated nobody made that yet: then it is planned, with the same terms, for the new key, until the old one would have ended.
 *
 * @param revive Whether a delegation that ran out meanwhile gets a life again.
 * @returns As `planCredential`; `delegation_ended`, `delegation_expired`, `not_renewable`.
 */
export async function inForceNow(
  issuer: Issuer,
  parties: DelegationParties,
  id: string,
  revive: boolean,
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  const { store } = issuer
  const credential = await store.credential(parties.tenant.id, id)
  if (credential === undefined) return refused({ code: 'not_found' })
  if (credential.succession !== 'open') return unlessEnded(credential)
  const next = await store.successor(parties.tenant.id, id)
  if (next !== undefined && next.state !== 'planned') {
    return await inForceNow(issuer, parties, next.id, revive, context)
  }
  return await planSuccessor(issuer, parties, credential, revive, context)
}

function unlessEnded(credential: IssuedCredential): Outcome<IssuedCredential> {
  return credential.state === 'revoked'
    ? refused({ code: 'conflict', reason: 'delegation_ended' })
    : done(credential)
}

/** It ends when the one before would have, which a limit without a period relies on. */
async function planSuccessor(
  issuer: Issuer,
  parties: DelegationParties,
  { id, validUntil, lease, terms }: IssuedCredential,
  revive: boolean,
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  const { idempotency: _, ...once } = context
  const hasExpired = validUntil <= issuer.clock()
  if (hasExpired && !revive) return refused({ code: 'delegation_expired' })
  // Another key is no way around it: what was used of such a limit may be forgotten once the delegation has ended.
  if (hasExpired && isLifelongDelegation(terms)) return refused({ code: 'not_renewable' })
  const successor = { terms, leaseSize: lease.length, predecessorId: id }
  const plan = planDelegation(
    issuer,
    parties,
    hasExpired ? successor : { ...successor, notAfter: validUntil },
  )
  return await issuer.store.planCredential(plan, once)
}
