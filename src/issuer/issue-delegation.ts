import { type JsonObject, member } from '../core/json.ts'
import { createUuidUrn } from '../core/uuid.ts'
import { attenuate } from '../delegation/attenuation.ts'
import { refreshAt } from '../model/credential.ts'
import { parseVcJwt } from '../securing/vc-jose/parse-vc-jwt.ts'
import { type DelegationTerms, parseEntitlements, parseTerms } from './delegation-terms.ts'
import { completeCredential, invalidTerms, type Parties, preflight } from './issue-credential.ts'
import type { IssuedCredential } from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import { done, type IssuerRefusal, type Outcome, refused, unlessRaced } from './outcome.ts'
import { ensureOwnerCredential } from './owner-credential.ts'
import type { WriteContext } from './ports.ts'

/** Whose delegation it is. */
export type DelegationParties = Required<Parties>

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
  const invalid = checkEntitlements(parties, terms.value) ?? checkCredential(issuer, parties, request)
  if (invalid !== undefined) return refused(invalid)
  const owner = await ensureOwnerCredential(issuer, parties, context)
  if (!owner.done) return owner
  const planned = await issuer.store.planCredential(planOf(issuer, parties, request), context)
  if (!planned.done) return planned
  // A replayed request meets a credential that is signed already.
  const isSigned = planned.value.jwt !== undefined
  const issued = isSigned ? planned : await completeCredential(issuer, parties, planned.value, context)
  return issued.done ? done({ owner: owner.value, delegation: issued.value }, planned.replayed) : issued
}

/** What a renewal shall change besides the times. */
export interface RenewalRequest {
  /** How many leased indexes the delegation shall have; more than now are a reason to renew. Default: as many. */
  readonly leaseSize?: number
}

/**
 * Renews a delegation when half its life is over or more indexes are wanted, with the same id, index and terms; else
 * answers the present one (docs/spec/08-lifecycle.md). Renews the owner's credential above it in the same way.
 *
 * @returns `delegation_expired` when it ran out: only who may delegate may bring it back, by `revive`.
 */
export async function renewDelegation(
  issuer: Issuer,
  parties: DelegationParties,
  id: string,
  request: RenewalRequest & { readonly revive: boolean },
  context: WriteContext,
): Promise<Outcome<DelegationWithOwner>> {
  const owner = await ensureOwnerCredential(issuer, parties, context)
  if (!owner.done) return owner
  const issued = await unlessRaced(() => renewOnce(issuer, parties, id, request, context))
  return issued.done ? done({ owner: owner.value, delegation: issued.value }) : issued
}

async function renewOnce(
  issuer: Issuer,
  parties: DelegationParties,
  id: string,
  request: RenewalRequest & { readonly revive: boolean },
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  const held = await issuer.store.credential(parties.tenant.id, id)
  if (held === undefined) return refused({ code: 'not_found' })
  const now = issuer.clock()
  if (held.validUntil <= now && !request.revive) return refused({ code: 'delegation_expired' })
  const leaseSize = Math.max(held.lease.length, request.leaseSize ?? 0)
  if (now < refreshAt(held) && leaseSize === signedLeaseSize(held)) return done(held)
  const planned = await planRenewal(issuer, held, leaseSize, context)
  return planned.done ? await completeCredential(issuer, parties, planned.value, context) : planned
}

/** As released: the row has more when an earlier renewal was interrupted. `undefined` when nothing was released. */
function signedLeaseSize({ jwt = '' }: IssuedCredential): number | undefined {
  const link = parseVcJwt(jwt)
  if (!link.verified) return undefined
  const { statusLease } = link.value.credential.subject
  return statusLease.reduce((size, { indexes }) => size + indexes.length, 0)
}

function checkEntitlements(parties: DelegationParties, terms: DelegationTerms): IssuerRefusal | undefined {
  if (terms.authorizationDetails === 'inherit') return undefined
  const entitlements = parseEntitlements(parties.owner.entitlements)
  if (!entitlements.verified) return invalidTerms(entitlements)
  const within = attenuate(entitlements.value, terms.authorizationDetails)
  return within.verified
    ? undefined
    : { code: 'exceeds_entitlements', dimension: within.refusal.dimension ?? 'type' }
}

function checkCredential(
  issuer: Issuer,
  parties: DelegationParties,
  request: DelegationRequest,
): IssuerRefusal | undefined {
  return preflight(issuer, parties, planOf(issuer, parties, request))
}

function planOf({ clock, random }: Issuer, parties: DelegationParties, request: DelegationRequest) {
  const { tenant, owner, agent } = parties
  const validFrom = clock()
  return {
    tenant: tenant.id,
    id: createUuidUrn(random),
    kind: 'agent' as const,
    ownerId: owner.id,
    agentId: agent.id,
    ownerVersion: owner.version,
    leaseSize: request.leaseSize,
    terms: request.terms,
    validFrom,
    validUntil: validFrom + lifetimeMs(request.terms),
  }
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

function lifetimeMs(terms: JsonObject): number {
  const seconds = member(terms, 'lifetimeSeconds')
  return typeof seconds === 'number' ? seconds * 1000 : 0
}
