import type { Did } from '../model/did.ts'
import type { IssuedCredential } from './issued-credential.ts'
import type { WriteContext, Written } from './ports.ts'
import type { Agent, Id, Owner } from './records.ts'

/** Another key for an agent or an owner. */
export interface PartyRotation {
  /** Of the agent or owner. */
  readonly id: Id
  /** The new key. */
  readonly did: Did
  /** When what rests on the old key ends, in milliseconds since 1970; now or before: in the same transaction. */
  readonly endsAt: number
}

/** Other words, or another extent, for an owner. */
export interface OwnerUpdate {
  readonly id: Id
  /** Of the owner that was read; another one ⇒ `changed_meanwhile`. */
  readonly version: number
  readonly to: Pick<
    Owner,
    'name' | 'accountable' | 'accountableName' | 'team' | 'assurance' | 'entitlements' | 'revokers'
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
  updateOwner(update: OwnerUpdate, context: WriteContext): Promise<Written<Owner>>
  /** Whether the time of a credential that has given way is up. */
  hasDueEnds(tenant: string, at: number): Promise<boolean>
  /** Ends those whose time is up, at most 1,000 at once; each is audited. @returns How many. */
  endDue(context: WriteContext): Promise<number>
}
