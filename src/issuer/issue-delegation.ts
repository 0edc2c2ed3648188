import type { JsonObject } from '../core/json.ts'
import type { Mechanism } from '../model/chain.ts'
import { type ChainCredential, refreshAt } from '../model/credential.ts'
import { buildDelegation } from './build-from-rows.ts'
import { checkEntitlements } from './check-entitlements.ts'
import { isLifelongDelegation, parseTerms } from './delegation-terms.ts'
import {
  completeCredential,
  inForm,
  invalidTerms,
  leaseOf,
  preflight,
  readReleased,
  saysTheSame,
} from './issue-credential.ts'
import { chainMechanism, type IssuedCredential } from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import { lifetimeMs } from './lifetimes.ts'
import { done, type IssuerRefusal, type Outcome, refused, unlessRaced } from './outcome.ts'
import { ensureOwnerCredential } from './owner-credential.ts'
import { type DelegationParties, planDelegation } from './plan-delegation.ts'
import type { WriteContext } from './ports.ts'
import type { Owner } from './records.ts'
import { inForceNow } from './successor.ts'

/** What is asked for an agent. */
export interface DelegationRequest {
  /** What `parseTerms` reads: `authorizationDetails` or `inherit`, `maxDepth`, `lifetimeSeconds` … */
  readonly terms: JsonObject
  /** Indexes leased to the agent, for its runs and sub-agents. */
  readonly leaseSize: number
}

/** A delegation and the owner's credential above it. */
export interface DelegationWithOwner {
  readonly owner: IssuedCredential
  readonly delegation: IssuedCredential
}

/**
 * Issues link 1 (docs/spec/09-api.md): terms within the owner's entitlements → lint → plan, which records index and
 * lease → sign → verify → record → release. Refused terms allocate nothing.
 */
export async function issueDelegation(
  issuer: Issuer,
  parties: DelegationParties,
  request: DelegationRequest,
  context: WriteContext,
): Promise<Outcome<DelegationWithOwner>> {
  const terms = parseTerms(request.terms)
  if (!terms.verified) return refused(invalidTerms(terms))
  const invalid =
    checkEntitlements(parties.owner, terms.value) ??
    checkCredential(issuer, parties, request, terms.value.mechanism)
  if (invalid !== undefined) return refused(invalid)
  const wanted = terms.value.mechanism
  const owner = await ensureOwnerCredential(issuer, parties, wanted, context)
  if (!owner.done) return owner
  const planned = await issuer.store.planCredential(planDelegation(issuer, parties, request), context)
  if (!planned.done) return planned
  // A replayed request meets a credential that is signed already.
  const issued = await inForm(issuer, parties, { credential: planned.value, wanted }, context)
  return issued.done ? done({ owner: owner.value, delegation: issued.value }, planned.replayed) : issued
}

/** What a renewal shall change besides the times. */
export interface RenewalRequest {
  /** How many leased indexes the delegation shall have; more than now are a reason to renew. Default: as many. */
  readonly leaseSize?: number
  /** In which form both links are wanted. Default: the one that was chosen when the delegation was made. */
  readonly mechanism?: Mechanism
}

/**
 * Renews a delegation when half its life is over, more indexes are wanted, or the registry says something newer of the agent, with
 * the same id, index and terms; else answers the present one (docs/spec/08-lifecycle.md). Renews the owner's credential above it in the same way.
 *
 * @returns `delegation_expired` when it ran out: only who may delegate may bring it back, by `revive`; `not_renewable`
 *   when it has a limit without a period, which would begin anew.
 */
export async function renewDelegation(
  issuer: Issuer,
  parties: DelegationParties,
  id: string,
  request: RenewalRequest & { readonly revive: boolean },
  context: WriteContext,
): Promise<Outcome<DelegationWithOwner>> {
  const issued = await unlessRaced(() => renewOnce(issuer, parties, id, request, context))
  if (!issued.done) return issued
  const wanted = request.mechanism ?? chainMechanism(issued.value)
  const owner = await ensureOwnerCredential(issuer, parties, wanted, context)
  return owner.done ? done({ owner: owner.value, delegation: issued.value }) : owner
}

async function renewOnce(
  issuer: Issuer,
  parties: DelegationParties,
  id: string,
  request: RenewalRequest & { readonly revive: boolean },
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  const present = await inForceNow(issuer, parties, id, request.revive, context)
  if (!present.done) return present
  const held = present.value
  const now = issuer.clock()
  if (held.validUntil <= now && !request.revive) return refused({ code: 'delegation_expired' })
  const wanted = request.mechanism ?? chainMechanism(held)
  if (held.state === 'planned')
    return await completeCredential(issuer, parties, { credential: held, wanted }, context)
  const leaseSize = Math.max(held.lease.length, request.leaseSize ?? 0)
  const released = await readReleased(held)
  const isLifelong = isLifelongDelegation(held.terms)
  const isEnough =
    released !== undefined &&
    leaseOf(released).length === leaseSize &&
    (isLifelong || isStillTrue(issuer, parties, held, released))
  if (now < refreshAt(held) && isEnough) {
    return await inForm(issuer, parties, { credential: held, wanted }, context)
  }
  if (isLifelong) return refused({ code: 'not_renewable' })
  const planned = await planRenewal(issuer, held, leaseSize, context)
  if (!planned.done) return planned
  return await completeCredential(issuer, parties, { credential: planned.value, wanted }, context)
}

/** Whether what was released says of owner and agent what the registry says by now. */
function isStillTrue(
  { origin }: Issuer,
  parties: DelegationParties,
  held: IssuedCredential,
  released: ChainCredential,
): boolean {
  const credential = { ...held, lease: leaseOf(released) }
  const built = buildDelegation({ origin, ...parties, credential })
  return built.verified && saysTheSame(built.value, released)
}

/** Why nobody could be given a delegation on these terms by this owner; `undefined` when they are as they must be. */
export function refusalOfTerms(owner: Owner, json: JsonObject): IssuerRefusal | undefined {
  const terms = parseTerms(json)
  return terms.verified ? checkEntitlements(owner, terms.value) : invalidTerms(terms)
}

function checkCredential(
  issuer: Issuer,
  parties: DelegationParties,
  request: DelegationRequest,
  mechanism: Mechanism,
): IssuerRefusal | undefined {
  return preflight(issuer, parties, { ...planDelegation(issuer, parties, request), mechanism })
}

function planRenewal(
  { store, clock }: Issuer,
  { tenant, id, terms, validUntil }: IssuedCredential,
  leaseSize: number,
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  const validFrom = clock()
  const renewal = { tenant, id, previousValidUntil: validUntil, leaseSize, validFrom }
  return store.planRenewal({ ...renewal, validUntil: validFrom + lifetimeMs(terms) }, context)
}

/**
 * A chain that is in force, in the form that is wanted (docs/api.md "Delegations"). Renews nothing: both links get a
 * text in this form if they have none, and what was ended for another to take its place is answered by that.
 */
export async function chainInForm(
  issuer: Issuer,
  parties: DelegationParties,
  { id, wanted }: { readonly id: string; readonly wanted: Mechanism },
  context: WriteContext,
): Promise<Outcome<DelegationWithOwner>> {
  const { tenant, owner } = parties
  const held = await issuer.store.ownerCredential(tenant.id, owner.id)
  const above =
    held === undefined
      ? await ensureOwnerCredential(issuer, parties, wanted, context)
      : await inForm(issuer, { tenant, owner }, { credential: held, wanted }, context)
  if (!above.done) return above
  const delegation = await inForceNow(issuer, parties, id, false, context)
  if (!delegation.done) return delegation
  const own = await inForm(issuer, parties, { credential: delegation.value, wanted }, context)
  return own.done ? done({ owner: above.value, delegation: own.value }) : own
}
