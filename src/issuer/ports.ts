import type { Did } from '../model/did.ts'
import type { AgentStore } from './agent-store.ts'
import type { AuditStore } from './audit-store.ts'
import type { CatchUpStore } from './catch-up-store.ts'
import type { DeliveryStore } from './delivery-store.ts'
import type { EmergencyStore } from './emergency-store.ts'
import type { EnrolmentStore } from './enrolment-store.ts'
import type {
  CredentialPlan,
  IssuedCredential,
  RenewalPlan,
  SignedCredential,
  StatusPosition,
} from './issued-credential.ts'
import type { KeyStore } from './key-store.ts'
import type { LifecycleStore } from './lifecycle-store.ts'
import type { PrincipalStore } from './principal-store.ts'
import type { PublicationStore } from './publication-store.ts'
import type {
  AssertedLink,
  CascadeReport,
  Hold,
  HoldTarget,
  Id,
  NewOwner,
  Owner,
  Principal,
  Rank,
  Run,
  Tenant,
  WrappedKey,
} from './records.ts'
import type { SignalStore } from './signal-store.ts'

/** What every write carries into the audit entry that the same transaction appends. */
export interface WriteContext {
  readonly principal: Principal
  /** Milliseconds since 1970. */
  readonly at: number
  readonly requestId: string
  /** W3C trace context `traceparent`, when the caller sent a valid one. */
  readonly traceparent?: string
  /** For creating routes: replays of one key by one principal have one effect. */
  readonly idempotency?: { readonly key: string; readonly requestDigest: string }
}

/** Whose quota of leased indexes: what a delegation has, or the live ones of an agent, or of an owner's agents; or of key changes in a day. */
export type LeaseQuota = 'delegation' | 'agent' | 'owner' | 'key_changes'

/** Why a write was not done; nothing was changed. The server maps each to a problem (docs/api.md). */
export type WriteRefusal =
  | { readonly code: 'not_found' }
  | { readonly code: 'conflict'; readonly reason: ConflictReason }
  | { readonly code: 'idempotency_mismatch' }
  | { readonly code: 'quota_exceeded'; readonly limit: number; readonly dimension?: LeaseQuota }
  | { readonly code: 'not_allowed'; readonly reason: 'outranked' | 'not_your_lease' }

/** Which state of a noun stands against a write. */
export type ConflictReason =
  | 'owner_offboarded'
  | 'owner_suspended'
  | 'agent_suspended'
  | 'agent_ended'
  | 'delegation_ended'
  | 'delegation_suspended'
  | 'retirement_unverified'
  | 'changed_meanwhile'
  | 'did_in_use'
  | 'not_suspended'
  | 'already_registered'
  | 'run_ended'
  | 'last_admin'
  | 'same_owner'
  | 'ticket_used'
  | 'key_active'
  | 'key_is_did'

/** What a write answers. */
export type Written<T> =
  | {
      readonly done: true
      readonly value: T
      /** Whether an earlier request with this key did it. */
      readonly replayed: boolean
    }
  | { readonly done: false; readonly refusal: WriteRefusal }

/** Which part of a list is asked for. */
export interface Page {
  /** At most this many; servers cap it. */
  readonly limit: number
  /** Opaque cursor from the page before. */
  readonly after?: string
}

/** A part of a list; `next` is the cursor of the part after it, absent at the end. */
export interface Paged<T> {
  readonly items: readonly T[]
  readonly next?: string
}

/**
 * The issuer's memory. Every method that writes is one transaction: state, status bit, audit entry and outbox row
 * commit together or not at all, and its promise settles after the commit is durable. Every read and write is
 * confined to `tenant`.
 */
export interface Store
  extends AgentStore,
    AuditStore,
    CatchUpStore,
    DeliveryStore,
    EmergencyStore,
    EnrolmentStore,
    KeyStore,
    LifecycleStore,
    PrincipalStore,
    PublicationStore,
    SignalStore {
  /** Under which the world reaches the service; `undefined` before it was chosen. */
  origin(): Promise<string | undefined>
  /** Chooses the origin, once: it stands in every credential. @returns The one that is chosen, now or before. */
  chooseOrigin(origin: string): Promise<string>
  tenants(): Promise<readonly Tenant[]>
  tenant(id: string): Promise<Tenant | undefined>
  /** The tenant, its keys (all uses but `owner`), its first administrator and its first two pairs of lists. */
  createTenant(tenant: Tenant, admin: Did, keys: readonly WrappedKey[]): Promise<void>

  /** Records a nonce until `expiresAt` (ms); false when it was seen before. Durable before it settles. */
  consumeNonce(key: string, expiresAt: number): Promise<boolean>

  owner(tenant: string, id: Id): Promise<Owner | undefined>
  owners(tenant: string, page: Page): Promise<Paged<Owner>>
  credential(tenant: string, id: string): Promise<IssuedCredential | undefined>
  /** The active OwnerCredential of an owner. */
  ownerCredential(tenant: string, ownerId: Id): Promise<IssuedCredential | undefined>
  delegations(
    tenant: string,
    filter: { ownerId?: Id; agentId?: Id },
    page: Page,
  ): Promise<Paged<IssuedCredential>>
  run(tenant: string, id: string): Promise<Run | undefined>
  runs(
    tenant: string,
    filter: { parentId?: string; delegationId?: string; ownerId?: Id; agentId?: Id },
    page: Page,
  ): Promise<Paged<Run>>
  holds(tenant: string, target: HoldTarget): Promise<readonly Hold[]>

  /**
   * Creates the owner, its custody key (already wrapped) and, when `principal` is given, the DID with which the
   * person calls the API.
   */
  createOwner(input: NewOwner, context: WriteContext): Promise<Written<Owner>>

  /**
   * Allocates an index (and the lease), records what will be signed. Refused when the owner, or the agent, is
   * gone or on hold, or when `ownerVersion` is not the present one. A replay answers the credential of the first
   * request, whatever its state, so that an interrupted issuance is finished, never doubled. An owner has at most
   * one OwnerCredential that is not revoked: planning another one answers the present one as a replay (spec 02).
   */
  planCredential(input: CredentialPlan, context: WriteContext): Promise<Written<IssuedCredential>>
  /**
   * Records a signed text; only then may it be released. The first one of a plan makes the credential active, or ends
   * all texts of the version before; a text in another form joins it. Refused (`delegation_ended`, `changed_meanwhile`)
   * when it was revoked, suspended at owner or agent, or renewed since it was planned, or when link 0 is not signed with the
   * authority's active key. Recording one form of one
   * version twice answers what was recorded first, as a replay.
   */
  recordCredential(input: SignedCredential, context: WriteContext): Promise<Written<IssuedCredential>>
  /** Renewal: same id, index; new times and possibly more leased indexes. Locks the row against revocation. */
  planRenewal(input: RenewalPlan, context: WriteContext): Promise<Written<IssuedCredential>>

  registerRun(run: Run, context: WriteContext): Promise<Written<Run>>
  completeRun(id: string, context: WriteContext): Promise<Written<Run>>

  revokeDelegation(id: string, reason: string, context: WriteContext): Promise<Written<IssuedCredential>>
  revokeRun(id: string, reason: string, context: WriteContext): Promise<Written<Run>>
  /**
   * `leasedTo`: when given, the index must be leased to a delegation of this agent (`not_your_lease`). `shown`: the credential of that
   * index that was shown as evidence, which the audit trail keeps.
   */
  revokeLease(
    position: StatusPosition,
    reason: string,
    by: { readonly leasedTo?: Id; readonly shown?: AssertedLink },
    context: WriteContext,
  ): Promise<Written<StatusPosition>>
  placeHold(target: HoldTarget, rank: Rank, reason: string, context: WriteContext): Promise<Written<Hold>>
  /**
   * Lifts the caller's own holds and those of lower rank, an admin all of them, and answers those. `outranked`,
   * and nothing is lifted, when a hold of somebody else would remain in force.
   */
  liftHolds(target: HoldTarget, rank: Rank, context: WriteContext): Promise<Written<readonly Hold[]>>
  /** Owner bit, all registered descendants' bits, custody key destroyed: one transaction (I13, I14). */
  offboardOwner(id: Id, reason: string, context: WriteContext): Promise<Written<CascadeReport>>

  /** Which delegation leased an index, if any. */
  leaseHolder(tenant: string, position: StatusPosition): Promise<IssuedCredential | undefined>

  /**
   * Forgets what only readers that lag behind may want: superseded list versions and leaf tables recorded before
   * `before` (ms), ended nonces, tickets and idempotency records, and deliveries that were settled `DELIVERIES_KEPT_MS` before. Never a current list, a head, a state or an audit entry.
   */
  prune(before: number): Promise<void>

  /** Calls back after each commit that left a status change unpublished, with the tenant. Returns an unsubscribe. */
  onStatusChange(listener: (tenant: string) => void): () => void

  /**
   * Calls back once when the store has stopped working for good (its thread died). From then on every call rejects
   * with `ERR_PROCURA_STORAGE`; the service is not ready any more and should exit. Returns an unsubscribe.
   */
  onFailure(listener: (error: Error) => void): () => void

  /** Whether the way to the database is cut at present. What fails meanwhile fails for that, and works again by itself afterwards. */
  isAway(): boolean

  /** Calls back when that begins, and when it is over. Returns an unsubscribe. */
  onAway(listener: (isAway: boolean) => void): () => void

  /** Finishes what was accepted, then closes. */
  close(): Promise<void>
}
