import { sha256 } from '#crypto'
import { encodeBase64url } from '../core/base64url.ts'
import { encodeUtf8 } from '../core/bytes.ts'
import type { Did } from '../model/did.ts'
import type { Enrolment } from './enrolment-store.ts'
import { createId } from './ids.ts'
import {
  type DelegationRequest,
  type DelegationWithOwner,
  issueDelegation,
  refusalOfTerms,
} from './issue-delegation.ts'
import type { Issuer } from './issuer.ts'
import { done, type Outcome, refused } from './outcome.ts'
import type { WriteContext } from './ports.ts'
import type { Agent, NewAgent, Owner, Tenant } from './records.ts'

/** How long a ticket is good at most, in milliseconds: as long as somebody needs to carry it over. */
export const MAX_TICKET_MS = 900_000

/** 256 bits: nobody guesses one while it lives. */
const TICKET_BYTES = 32

/** The tenant, so that it is known whom to ask, and what nobody guesses. */
const TICKET = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\.[A-Za-z0-9_-]{43}$/

/** What an agent is to be and, when it is to work at once, what is delegated to it. */
export interface EnrolmentRequest {
  readonly agent: Omit<NewAgent, 'tenant' | 'did' | 'id' | 'ownerId'>
  readonly delegation?: DelegationRequest
  readonly lifetimeMs: number
}

/**
 * Keeps a place for an agent of this owner. Terms that could not be delegated now are refused now.
 *
 * @returns The ticket, which is not kept and never shown again.
 */
export async function inviteAgent(
  { store, random, clock }: Issuer,
  owner: Owner,
  request: EnrolmentRequest,
  context: WriteContext,
): Promise<Outcome<{ readonly enrolment: Enrolment; readonly ticket: string }>> {
  const { delegation, lifetimeMs } = request
  const invalid = delegation && refusalOfTerms(owner, delegation.terms)
  if (invalid !== undefined) return refused(invalid)
  const { tenant } = owner
  const ticket = `${tenant}.${encodeBase64url(random(TICKET_BYTES))}`
  const enrolment = {
    tenant,
    id: createId('enr', random),
    agent: { ...request.agent, id: createId('agt', random), ownerId: owner.id },
    ...(delegation !== undefined && { delegation }),
    expiresAt: clock() + Math.min(lifetimeMs, MAX_TICKET_MS),
    ticketDigest: digestOf(ticket),
  }
  const recorded = await store.createEnrolment(enrolment, context)
  return recorded.done ? done({ enrolment: recorded.value, ticket }) : recorded
}

/** An agent that has enrolled. */
export interface Enrolled {
  readonly agent: Agent
  readonly chain?: DelegationWithOwner
}

/** A ticket that was still good for its bearer when it was looked up. */
export interface Invitation {
  readonly tenant: Tenant
  readonly ticketDigest: string
  /** The caller: the DID, nobody yet. */
  readonly newcomer: { readonly tenant: string; readonly did: Did; readonly role: 'agent' }
}

/** Looks a ticket up without a write, for anybody may send one. @returns `undefined` for one that is worth nothing to this caller. */
export async function findInvitation(
  { store }: Issuer,
  ticket: string,
  { did, at }: { readonly did: Did; readonly at: number },
): Promise<Invitation | undefined> {
  const tenant = await store.tenant(TICKET.exec(ticket)?.[1] ?? '')
  if (tenant === undefined) return undefined
  const ticketDigest = digestOf(ticket)
  if (!(await store.hasInvitation(tenant.id, { ticketDigest, did, at }))) return undefined
  return { tenant, ticketDigest, newcomer: { tenant: tenant.id, did, role: 'agent' } }
}

/**
 * Makes the agent that a ticket stands for, with the key that the caller has proven, and issues what the ticket carries. An
 * interrupted redemption is finished by the same key with the same ticket.
 *
 * @returns `not_found` for a ticket that is worth nothing by now.
 */
export async function enrolAgent(
  issuer: Issuer,
  { tenant, ticketDigest, newcomer }: Invitation,
  write: Omit<WriteContext, 'idempotency' | 'principal'>,
): Promise<Outcome<Enrolled>> {
  const redeemed = await issuer.store.redeemEnrolment(ticketDigest, { ...write, principal: newcomer })
  if (!redeemed.done) return redeemed
  const { agent, enrolment } = redeemed.value
  if (enrolment.delegation === undefined) return done({ agent }, redeemed.replayed)
  const owner = await issuer.store.owner(tenant.id, agent.ownerId)
  if (owner === undefined) return refused({ code: 'not_found' })
  const principal = { ...newcomer, ownerId: agent.ownerId, agentId: agent.id }
  const idempotency = { key: enrolment.id, requestDigest: enrolment.id }
  const issued = await issueDelegation(issuer, { tenant, owner, agent }, enrolment.delegation, {
    ...write,
    principal,
    idempotency,
  })
  return issued.done ? done({ agent, chain: issued.value }, redeemed.replayed) : issued
}

function digestOf(ticket: string): string {
  return encodeBase64url(sha256(encodeUtf8(ticket)))
}
