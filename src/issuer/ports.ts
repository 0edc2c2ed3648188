import type { JsonObject } from '../core/json.ts'
import type { Mode } from '../model/credential.ts'
import type { Did } from '../model/did.ts'
import type { Signer } from '../model/signer.ts'
import type { StatusPurpose } from '../model/status-list-entry.ts'
import type {
  CredentialPlan,
  IssuedCredential,
  RenewalPlan,
  SignedCredential,
  StatusPosition,
} from './issued-credential.ts'
import type {
  ListContent,
  Publication,
  PublishedHead,
  PublishedList,
  PublishedMirror,
} from './published-status.ts'

/** Opaque, unguessable id of an owner, agent, hold …: `own_…`, `agt_…`. Credentials use `urn:uuid:…`. */
export type Id = string

/** What a principal may do at all (docs/spec/09-api.md). */
export type Role = 'admin' | 'owner' | 'auditor' | 'revoker' | 'agent'

/** Who may place and lift a hold, strongest first; a hold is lifted by its placer or by a higher rank (spec 08). */
export const RANKS = ['admin', 'revoker', 'owner', 'ancestor'] as const
/** One of {@link RANKS}. */
export type Rank = (typeof RANKS)[number]

/** Who calls, as proven by the signature of the API request. */
export interface Principal {
  readonly tenant: string
  readonly did: Did
  readonly role: Role
  /** For role `owner`: the owner that this person is; for role `agent`: its owner. */
  readonly ownerId?: Id
  /** For role `agent`. */
  readonly agentId?: Id
  /** For role `revoker`: the owners whose credential names it; absent when it may revoke for the whole tenant. */
  readonly revokerOf?: readonly Id[]
}

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

/** Why a write was not done; nothing was changed. The server maps each to a problem (docs/api.md). */
export type WriteRefusal =
  | { readonly code: 'not_found' }
  | { readonly code: 'conflict'; readonly reason: ConflictReason }
  | { readonly code: 'idempotency_mismatch' }
  | { readonly code: 'quota_exceeded'; readonly limit: number }
  | { readonly code: 'not_allowed'; readonly reason: 'outranked' | 'not_your_lease' }

/** Which state of a noun stands against a write. */
export type ConflictReason =
  | 'owner_offboarded'
  | 'owner_suspended'
  | 'agent_suspended'
  | 'agent_ended'
  | 'delegation_ended'
  | 'changed_meanwhile'
  | 'did_in_use'
  | 'not_suspended'
  | 'already_registered'
  | 'run_ended'
  | 'last_admin'

/** What a write answers. */
export type Written<T> =
  | {
      readonly done: true
      readonly value: T
      /** Whether an earlier request with this key did it. */
      readonly replayed: boolean
    }
  | { readonly done: false; readonly refusal: WriteRefusal }

/** An authority and all that hangs on it. `createdAt`, here and below, is in milliseconds since 1970. */
export interface Tenant {
  readonly id: string
  readonly name: string
  readonly environment: string
  readonly authority: Did
  readonly statusIssuer: Did
  readonly createdAt: number
}

/** An owner, as the registry keeps it. */
export interface Owner {
  readonly tenant: string
  readonly id: Id
  readonly did: Did
  readonly name: string
  /** Opaque id (`urn:uuid:…`) of the accountable human, as the OwnerCredential names it. */
  readonly accountable: string
  /** Name of the accountable human: for people who look at the registry, never in a credential. */
  readonly accountableName: string
  readonly team?: string
  readonly assurance: string
  readonly environment: string
  /** `authorizationDetails` as given, already linted. */
  readonly entitlements: readonly JsonObject[]
  readonly revokers: readonly Did[]
  readonly state: 'active' | 'offboarded'
  readonly suspended: boolean
  /** Counts changes; a plan made on an older version is refused with `changed_meanwhile`. */
  readonly version: number
  readonly createdAt: number
}

/** An agent, as the registry keeps it. */
export interface Agent {
  readonly tenant: string
  readonly id: Id
  readonly ownerId: Id
  readonly did: Did
  readonly name: string
  readonly purpose: string
  readonly mode: Mode
  readonly software?: { readonly name: string; readonly version: string }
  readonly state: 'active' | 'revoked'
  readonly suspended: boolean
  readonly createdAt: number
}

/** A link ≥ 2 that its parent showed to the service (spec 08: registered, never signed by it). */
export interface Run {
  readonly tenant: string
  /** Id of the credential, `urn:uuid:…`. */
  readonly id: string
  readonly kind: 'Run' | 'SubAgent'
  readonly name?: string
  /** The link-1 credential under which it stands. */
  readonly delegationId: string
  readonly parentId: string
  readonly subject: Did
  readonly position: StatusPosition
  readonly lineage: JsonObject
  readonly state: 'active' | 'completed' | 'revoked'
  readonly validUntil: number
  readonly createdAt: number
}

/** What can be suspended. */
export type HoldTarget =
  | { readonly kind: 'owner' | 'agent'; readonly id: Id }
  | { readonly kind: 'delegation'; readonly id: string }
  | { readonly kind: 'lease'; readonly position: StatusPosition }

/** One reason for which something is suspended (docs/spec/08-lifecycle.md); it stands until it is lifted. */
export interface Hold {
  readonly id: Id
  readonly target: HoldTarget
  readonly placedBy: Did
  readonly rank: Rank
  readonly reason: string
  readonly placedAt: number
}

/** One entry of the audit trail of a tenant, chained by digest to the one before. */
export interface AuditEntry {
  readonly tenant: string
  /** From 1, without gaps, per tenant. */
  readonly seq: number
  readonly at: number
  readonly actor: Did
  readonly role: Role
  /** Verb of the lifecycle: `delegation.issue`, `owner.offboard`. */
  readonly action: string
  readonly target: string
  /** Dual attribution: the accountable owner and the agent concerned, when there is one (I7). */
  readonly ownerId?: Id
  readonly agentId?: Id
  readonly mode?: Mode
  /** Of the owner concerned, else of the tenant. */
  readonly environment?: string
  readonly requestId: string
  readonly traceparent?: string
  readonly details: JsonObject
  /** base64url SHA-256 over the JCS of this entry without `hash`, which includes `prev`. */
  readonly prev: string
  readonly hash: string
}

/** What a stored key is for. Keys of one use never serve another (spec 01). */
export type KeyUse = 'data-encryption' | 'authority' | 'status' | 'audit' | 'owner'

/** A key at rest: encrypted under the tenant's data-encryption key, which itself is under the key-encryption key. */
export interface WrappedKey {
  readonly tenant: string
  /** DID URL of the verification method; of the data-encryption key an opaque name. */
  readonly id: string
  readonly use: KeyUse
  /** Whose key it is; absent for the data-encryption key. */
  readonly did?: Did
  /** Version byte, 96-bit IV, ciphertext, 128-bit tag (AES-256-GCM). */
  readonly wrapped: Uint8Array
  readonly createdAt: number
}

/** What fell with an owner: how many of each. */
export interface CascadeReport {
  readonly ownerId: Id
  readonly cascadeId: Id
  readonly agents: number
  readonly delegations: number
  readonly runs: number
}

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
export interface Store {
  /** Under which the world reaches the service; `undefined` before it was chosen. */
  origin(): Promise<string | undefined>
  /** Chooses the origin, once: it stands in every credential. @returns The one that is chosen, now or before. */
  chooseOrigin(origin: string): Promise<string>
  tenants(): Promise<readonly Tenant[]>
  tenant(id: string): Promise<Tenant | undefined>
  /** The tenant, its keys (all uses but `owner`), its first administrator and its first two pairs of lists. */
  createTenant(tenant: Tenant, admin: Did, keys: readonly WrappedKey[]): Promise<void>

  /** Oldest first; with `did`, the key of one owner. A destroyed key is absent. */
  keys(tenant: string, use: KeyUse, did?: Did): Promise<readonly WrappedKey[]>
  /** Keeps a further key. Never replaces one: rejects with `ERR_PROCURA_STORAGE` when the id exists. */
  saveKey(key: WrappedKey): Promise<void>
  /**
   * Hands over the secret from which the order of a tenant's status indexes is derived (spec 05), 32 bytes.
   * Nothing is allocated before. Rejects with `ERR_PROCURA_INVALID_KEY` when it is not the one used so far.
   */
  unlock(tenant: string, indexSecret: Uint8Array): Promise<void>

  /** The principal that may call with this DID, of whatever tenant; `undefined` for unknown or ended ones. */
  principal(did: Did): Promise<Principal | undefined>
  principals(tenant: string, page: Page): Promise<Paged<Principal>>
  /** Lets a person or platform call the API in a role of their own; `did_in_use` when any tenant knows the DID. */
  addPrincipal(
    did: Did,
    role: 'admin' | 'auditor' | 'revoker',
    context: WriteContext,
  ): Promise<Written<Principal>>
  /** Ends such a role. Refused with `last_admin` when nobody could administer the tenant any more. */
  removePrincipal(did: Did, context: WriteContext): Promise<Written<Principal>>
  /** Records a nonce until `expiresAt` (ms); false when it was seen before. Durable before it settles. */
  consumeNonce(key: string, expiresAt: number): Promise<boolean>

  owner(tenant: string, id: Id): Promise<Owner | undefined>
  owners(tenant: string, page: Page): Promise<Paged<Owner>>
  agent(tenant: string, id: Id): Promise<Agent | undefined>
  agents(tenant: string, filter: { ownerId?: Id }, page: Page): Promise<Paged<Agent>>
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
  audit(tenant: string, filter: { agentId?: Id; ownerId?: Id }, page: Page): Promise<Paged<AuditEntry>>

  /**
   * Creates the owner, its custody key (already wrapped) and, when `principal` is given, the DID with which the
   * person calls the API.
   */
  createOwner(input: NewOwner, context: WriteContext): Promise<Written<Owner>>
  createAgent(input: NewAgent, context: WriteContext): Promise<Written<Agent>>

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
   * when it was revoked, suspended at owner or agent, or renewed since it was planned. Recording one form of one
   * version twice answers what was recorded first, as a replay.
   */
  recordCredential(input: SignedCredential, context: WriteContext): Promise<Written<IssuedCredential>>
  /** Renewal: same id, index; new times and possibly more leased indexes. Locks the row against revocation. */
  planRenewal(input: RenewalPlan, context: WriteContext): Promise<Written<IssuedCredential>>

  registerRun(run: Run, context: WriteContext): Promise<Written<Run>>
  completeRun(id: string, context: WriteContext): Promise<Written<Run>>

  revokeDelegation(id: string, reason: string, context: WriteContext): Promise<Written<IssuedCredential>>
  /** All of an agent: its delegations and registered runs; the agent never gets another one. */
  revokeAgent(id: Id, reason: string, context: WriteContext): Promise<Written<Agent>>
  revokeRun(id: string, reason: string, context: WriteContext): Promise<Written<Run>>
  /** `leasedTo`: when given, the index must be leased to a delegation of this agent (`not_your_lease`). */
  revokeLease(
    position: StatusPosition,
    reason: string,
    leasedTo: Id | undefined,
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

  /** Lists whose bits changed since their publication, or whose publication ends before `renewBefore` (ms). */
  dirtyLists(tenant: string, renewBefore: number): Promise<readonly ListContent[]>
  publishedLists(tenant: string): Promise<readonly PublishedList[]>
  publishedList(
    tenant: string,
    list: number,
    purpose: StatusPurpose,
    version?: number,
  ): Promise<PublishedList | undefined>
  publishedMirror(tenant: string, list: number): Promise<PublishedMirror | undefined>
  publishedHead(tenant: string): Promise<PublishedHead | undefined>
  leafTable(tenant: string, root: string): Promise<string | undefined>
  /** Which process publishes; `undefined` before any did. */
  publisher(tenant: string): Promise<PublishingTurn | undefined>
  /**
   * Objects, pointers and head in one transaction, in which the process takes the turn to publish, or keeps it. Refuses (returns
   * false) to go back in seq or version, and while it is another one's turn, however late that is noticed.
   */
  recordPublication(tenant: string, publication: Publication, turn: PublishingTurn): Promise<boolean>
  /** Gives the turn up, if it is this process'. */
  leavePublication(tenant: string, holder: string): Promise<void>
  /**
   * Forgets what only readers that lag behind may want: superseded list versions and leaf tables recorded before
   * `before` (ms), ended nonces and idempotency records. Never a current list, a head, a state or an audit entry.
   */
  prune(before: number): Promise<void>

  /** Calls back after each commit that left a status change unpublished, with the tenant. Returns an unsubscribe. */
  onStatusChange(listener: (tenant: string) => void): () => void

  /**
   * Calls back once when the store has stopped working for good (its thread died). From then on every call rejects
   * with `ERR_PROCURA_STORAGE`; the service is not ready any more and should exit. Returns an unsubscribe.
   */
  onFailure(listener: (error: Error) => void): () => void

  /** Finishes what was accepted, then closes. */
  close(): Promise<void>
}

/** Whose turn it is to publish, where several processes share a store. */
export interface PublishingTurn {
  /** Names the process, unguessably different from any other. */
  readonly holder: string
  /** Milliseconds since 1970, from which on anybody may take it. */
  readonly until: number
}

/** An owner to be recorded. */
export interface NewOwner extends Omit<Owner, 'state' | 'suspended' | 'version' | 'createdAt'> {
  readonly principal?: Did
}

/** An agent to be recorded. */
export interface NewAgent extends Omit<Agent, 'state' | 'suspended' | 'createdAt'> {}

/** What the issuer signs with. Keys of one use never sign for another. */
export interface KeyRing {
  authority(tenant: string): Promise<Signer>
  status(tenant: string): Promise<Signer>
  /** Signs checkpoints of the audit trail, nothing else. */
  audit(tenant: string): Promise<Signer>
  /** The custody key of an owner; rejects once it was destroyed. */
  owner(tenant: string, owner: Did): Promise<Signer>
  /** Makes a custody key and stores it wrapped; it is bound to the owner by `createOwner`. */
  createOwnerKey(tenant: string): Promise<Did>
}
