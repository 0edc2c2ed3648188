import type { JsonObject } from '../core/json.ts'
import { attenuate } from '../delegation/attenuation.ts'
import { buildGrant } from '../model/build-grant.ts'
import { checkEntitlements } from './check-entitlements.ts'
import { type DelegationTerms, parseTerms } from './delegation-terms.ts'
import { completeCredential, invalidTerms, preflight } from './issue-credential.ts'
import type { DelegationWithOwner } from './issue-delegation.ts'
import { chainMechanism, type IssuedCredential } from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import { done, type Outcome, refused } from './outcome.ts'
import { ensureOwnerCredential } from './owner-credential.ts'
import { type DelegationParties, planDelegation } from './plan-delegation.ts'
import type { WriteContext } from './ports.ts'
import { inForceNow } from './successor.ts'

/** A delegation, and what it shall say instead: members of its terms. */
export interface Tightening {
  readonly id: string
  readonly changes: JsonObject
}

/**
 * Narrows a delegation during its life (I6): the agent keeps its identity, and gets a credential under another index; the one before
 * is revoked in the transaction in which the new one is recorded. A limit that is not mentioned stays.
 *
 * @returns `exceeds_delegation` with the dimension that would become wider.
 */
export async function tightenDelegation(
  issuer: Issuer,
  parties: DelegationParties,
  { id, changes }: Tightening,
  context: WriteContext,
): Promise<Outcome<DelegationWithOwner>> {
  const present = await inForceNow(issuer, parties, id, false, context)
  if (!present.done) return present
  const held = present.value
  const terms = tightened(parties, held, changes)
  if (!terms.done) return terms
  const issued = await issueInPlace(issuer, parties, { held, terms: terms.value }, context)
  if (!issued.done) return issued
  const owner = await ensureOwnerCredential(issuer, parties, chainMechanism(issued.value), context)
  return owner.done ? done({ owner: owner.value, delegation: issued.value }) : owner
}

/** The terms as they shall be, every inherited limit spelled out: nothing above says it any more. */
function tightened(
  parties: DelegationParties,
  { terms }: IssuedCredential,
  changes: JsonObject,
): Outcome<JsonObject> {
  const { inherit: _, ...others } = terms
  const wanted = 'authorizationDetails' in changes ? { ...others, ...changes } : { ...terms, ...changes }
  const [before, after] = [parseTerms(terms), parseTerms(wanted)]
  if (!after.verified) return refused(invalidTerms(after))
  if (!before.verified) return refused(invalidTerms(before))
  const dimension = widenedTerm(before.value, after.value)
  if (dimension !== undefined) return refused({ code: 'exceeds_delegation', dimension })
  if (changes.authorizationDetails === undefined) return done(wanted)
  const details = narrowedGrants(parties, before.value, after.value)
  return details.done ? done({ ...wanted, authorizationDetails: details.value }) : details
}

function widenedTerm(before: DelegationTerms, after: DelegationTerms): string | undefined {
  if (after.maxDepth > before.maxDepth) return 'maxDepth'
  if (after.lifetimeSeconds > before.lifetimeSeconds) return 'lifetimeSeconds'
  return after.allowStatusless && !before.allowStatusless ? 'allowStatusless' : undefined
}

function narrowedGrants(
  parties: DelegationParties,
  before: DelegationTerms,
  after: DelegationTerms,
): Outcome<readonly JsonObject[]> {
  if (after.authorizationDetails === 'inherit') return done([])
  const beyond = checkEntitlements(parties.owner, after)
  if (beyond !== undefined) return refused(beyond)
  if (before.authorizationDetails === 'inherit') return done(after.authorizationDetails.map(buildGrant))
  const within = attenuate(before.authorizationDetails, after.authorizationDetails)
  if (within.verified) return done(within.value.map(buildGrant))
  return refused({ code: 'exceeds_delegation', dimension: within.refusal.dimension ?? 'type' })
}

async function issueInPlace(
  issuer: Issuer,
  parties: DelegationParties,
  { held, terms }: { readonly held: IssuedCredential; readonly terms: JsonObject },
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  if (JSON.stringify(terms) === JSON.stringify(held.terms)) return done(held)
  const wanted = chainMechanism({ terms })
  const plan = planDelegation(issuer, parties, {
    terms,
    leaseSize: held.lease.length,
    predecessorId: held.id,
    notAfter: held.validUntil,
  })
  const invalid = preflight(issuer, parties, { ...plan, mechanism: wanted })
  if (invalid !== undefined) return refused(invalid)
  const planned = await issuer.store.planCredential(plan, context)
  if (!planned.done) return planned
  return await completeCredential(issuer, parties, { credential: planned.value, wanted }, context)
}
