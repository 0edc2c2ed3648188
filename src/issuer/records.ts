import type { JsonObject } from '../core/json.ts'
import type { Mode } from '../model/credential.ts'
import type { Did } from '../model/did.ts'
import type { StatusPosition } from './issued-credential.ts'
import type { OidcSubject, PrincipalId } from './principal-id.ts'

/** Opaque, unguessable id of an owner, agent, hold …: `own_…`, `agt_…`. Credentials use `urn:uuid:…`. */
export type Id = string

/** What a principal may do at all (docs/spec/09-api.md). */
export type Role = 'admin' | 'owner' | 'auditor' | 'revoker' | 'agent'

/**
 * As whom something is done. `service`: the issuer itself, which does what is due; it never calls. `holder`: whoever stands in a
 * chain that they show, registered or not. `transmitter`: an identity provider that tells of an account (docs/signals.md).
 */
export type ActingRole = Role | 'service' | 'holder' | 'transmitter'

/** Who may place and lift a hold, strongest first; a hold is lifted by its placer or by a higher rank (spec 08). */
export const RANKS = ['admin', 'revoker', 'owner', 'ancestor'] as const
/** One of {@link RANKS}. */
export type Rank = (typeof RANKS)[number]

/** Who calls, as proven by the signature of the API request, or by an access token. */
export interface Principal {
  readonly tenant: string
  /** A DID, or the id of somebody whom an OpenID provider names. */
  readonly did: PrincipalId
  readonly role: ActingRole
  /** For role `owner`: the owner that this person is; for role `agent`: its owner. */
  readonly ownerId?: Id
  /** For role `agent`. */
  readonly agentId?: Id
  /** For role `revoker`: the owners whose credential names it; absent when it may revoke for the whole tenant. */
  readonly revokerOf?: readonly Id[]
}

/** An authority and all that hangs on it. `createdAt`, here and below, is in milliseconds since 1970. */
export interface Tenant {
  readonly id: string
  readonly name: string
  readonly environment: string
  readonly authority: Did
  readonly statusIssuer: Did
  /** After how many days an owner, or an agent, is to have another key; absent: only when somebody asks. */
  readonly ownerKeyDays?: number
  readonly agentKeyDays?: number
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
  /** As whom an identity provider knows the accountable human: in the registry alone. */
  readonly subject?: OidcSubject
  readonly assurance: string
  readonly environment: string
  /** `authorizationDetails` as given, already linted. */
  readonly entitlements: readonly JsonObject[]
  readonly revokers: readonly Did[]
  readonly state: 'active' | 'offboarded'
  readonly suspended: boolean
  /** Counts changes; a plan made on an older version is refused with `changed_meanwhile`. */
  readonly version: number
  /** When the key is to be replaced, by the tenant's schedule; in milliseconds since 1970. Of an active owner. */
  readonly keyDueAt?: number
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
  /** When the key is to be replaced, by the tenant's schedule; in milliseconds since 1970. Of an active agent. */
  readonly keyDueAt?: number
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
  /** The credential that the same run had before its link 1 was replaced. */
  readonly predecessorId?: string
  readonly state: 'active' | 'completed' | 'revoked'
  readonly validUntil: number
  readonly createdAt: number
}

/** What a link ≥ 2 says of itself: asserted by its signer, and by nobody else. */
export type AssertedLink = Pick<Run, 'id' | 'kind' | 'name' | 'subject'>

/** What can be suspended. */
export type HoldTarget =
  | { readonly kind: 'owner' | 'agent'; readonly id: Id }
  | { readonly kind: 'delegation'; readonly id: string }
  | { readonly kind: 'lease'; readonly position: StatusPosition }

/** One reason for which something is suspended (docs/spec/08-lifecycle.md); it stands until it is lifted. */
export interface Hold {
  readonly id: Id
  readonly target: HoldTarget
  readonly placedBy: PrincipalId
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
  readonly actor: PrincipalId
  readonly role: ActingRole
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
export type KeyUse =
  | 'data-encryption'
  | 'authority'
  | 'status'
  | 'audit'
  | 'webhook'
  | 'security-event'
  | 'owner'

/** A key at rest: encrypted under the tenant's data-encryption key, which itself is under the key-encryption key. */
export interface WrappedKey {
  readonly tenant: string
  /** DID URL of the verification method; of the data-encryption key an opaque name, of a key for security events its JWK thumbprint. */
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

/** An owner to be recorded. */
export interface NewOwner extends Omit<Owner, 'state' | 'suspended' | 'version' | 'keyDueAt' | 'createdAt'> {
  readonly principal?: Did
}

/** An agent to be recorded. */
export interface NewAgent extends Omit<Agent, 'state' | 'suspended' | 'keyDueAt' | 'createdAt'> {}
