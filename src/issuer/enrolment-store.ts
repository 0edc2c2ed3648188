import type { JsonObject } from '../core/json.ts'
import type { Did } from '../model/did.ts'
import type { Page, Paged, WriteContext, Written } from './ports.ts'
import type { PrincipalId } from './principal-id.ts'
import type { Agent, Id, NewAgent } from './records.ts'

/** A place that is kept for one agent, which comes with a ticket and its own key (docs/spec/09-api.md "Enrolment"). */
export interface Enrolment {
  readonly tenant: string
  readonly id: Id
  /** What the agent will be; its id is chosen already. */
  readonly agent: Omit<NewAgent, 'tenant' | 'did'>
  /** What is delegated to it at once. */
  readonly delegation?: { readonly terms: JsonObject; readonly leaseSize: number }
  readonly createdBy: PrincipalId
  /** From then on the ticket is worth nothing, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** An enrolment to be recorded; of the ticket only the digest is. */
export interface NewEnrolment extends Omit<Enrolment, 'createdBy'> {
  /** SHA-256 of the ticket, in base64url. */
  readonly ticketDigest: string
}

/** Which tickets are asked for. */
export interface OpenEnrolments {
  readonly ownerId?: Id
  /** Only those that are still good then, in milliseconds since 1970. */
  readonly at: number
}

/** Enrolments in the issuer's memory; what `Store` promises of each method holds here too. */
export interface EnrolmentStore {
  enrolment(tenant: string, id: Id): Promise<Enrolment | undefined>
  /** Those that nobody has redeemed or withdrawn, the one that ends first before the others. */
  enrolments(tenant: string, filter: OpenEnrolments, page: Page): Promise<Paged<Enrolment>>
  /** Whether a ticket with this digest would make an agent of the caller, or has made it, as far as the ticket itself tells. */
  hasInvitation(
    tenant: string,
    ticket: { readonly ticketDigest: string; readonly did: Did; readonly at: number },
  ): Promise<boolean>
  createEnrolment(input: NewEnrolment, context: WriteContext): Promise<Written<Enrolment>>
  /**
   * Makes the agent whose ticket this is, with the DID of the caller. Once: `not_found` for whoever else brings the ticket
   * again, a replay for the same DID; also `not_found` when it has expired, or when who made it may not do so any more.
   */
  redeemEnrolment(
    ticketDigest: string,
    context: WriteContext,
  ): Promise<Written<{ readonly enrolment: Enrolment; readonly agent: Agent }>>
  /** Makes a ticket worth nothing before anybody has used it: `ticket_used` for one that made an agent. */
  withdrawEnrolment(id: Id, reason: string, context: WriteContext): Promise<Written<Enrolment>>
}
