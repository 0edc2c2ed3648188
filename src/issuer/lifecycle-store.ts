import type { Did } from '../model/did.ts'
import type { IssuedCredential } from './issued-credential.ts'
import type { WriteContext, Written } from './ports.ts'
import type { Agent, Id, Owner, Tenant } from './records.ts'

/** Kinds of parties whose keys a tenant can have replaced by schedule: owners' by the service, agents' by themselves. */
export const PARTY_USES = ['owner', 'agent'] as const
/** One of {@link PARTY_USES}. */
export type PartyUse = (typeof PARTY_USES)[number]

/** Another key for an agent or an owner. */
export interface PartyRotation {
  /** Of the agent or owner. */
  readonly id: Id
  /** The new key. */
  readonly did: Did
  /** When what rests on the old key ends, in milliseconds since 1970; now or before: in the same transaction. */
  readonly endsAt: number
  /** Of an owner: the key that shall give way; another one is there now ⇒ `changed_meanwhile`. Default: whichever is there. */
  readonly previous?: Did
}

/** Other words, or another extent, for an owner. */
export interface OwnerUpdate {
  readonly id: Id
  /** Of the owner that was read; another one ⇒ `changed_meanwhile`. */
  readonly version: number
  readonly to: Pick<
    Owner,
    | 'name'
    | 'accountable'
    | 'accountableName'
    | 'team'
    | 'subject'
    | 'assurance'
    | 'entitlements'
    | 'revokers'
  >
  /** Names of the members that change, for the audit trail. */
  readonly changed: readonly string[]
  /** Whether the credential in force says more than will be true, or something else: then it is revoked. */
  readonly replaces: boolean
}

/** What changes during the life of an owner, an agent or a delegation (docs/spec/08-lifecycle.md). */
export interface LifecycleStore {
  /** The owner's credentials that can be presented: the one in force, and those of earlier keys while their grace lasts. */
  ownerCredentials(tenant: string, ownerId: Id): Promise<readonly IssuedCredential[]>
  /** What took the place of a delegation, or was planned to. */
  successor(tenant: string, id: string): Promise<IssuedCredential | undefined>
  /** Gives an agent another key. All delegations end at `endsAt`, and the old key calls nothing any more. */
  rotateAgentKey(rotation: PartyRotation, context: WriteContext): Promise<Written<Agent>>
  /** Gives an owner another key in custody, destroys the old one. The owner's credential and all delegations end at `endsAt`. */
  rotateOwnerKey(rotation: PartyRotation, context: WriteContext): Promise<Written<Owner>>
  /** Has keys replaced after so many days or, without `days`, no more: one schedule for each tenant and kind of party. */
  schedulePartyKeys(use: PartyUse, days: number | undefined, context: WriteContext): Promise<Written<Tenant>>
  /** Active owners on no hold whose key is due by the schedule, those with the oldest keys first, at most `limit`. */
  ownersDue(tenant: string, at: number, limit: number): Promise<readonly Owner[]>
  updateOwner(update: OwnerUpdate, context: WriteContext): Promise<Written<Owner>>
  /** Whether the time of a credential that has given way is up. */
  hasDueEnds(tenant: string, at: number): Promise<boolean>
  /** Ends those whose time is up, at most 1,000 at once; each is audited. @returns How many. */
  endDue(context: WriteContext): Promise<number>
}
