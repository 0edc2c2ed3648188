import type { JsonObject } from '../core/json.ts'
import type { Id } from './ports.ts'

/** Where a credential's status stands: number of the list pair (`r7`/`s7` have number 7) and index. */
export interface StatusPosition {
  readonly list: number
  readonly index: number
}

/** A credential that the service issues: link 0 (`owner`) or link 1 (`agent`). */
export interface IssuedCredential {
  readonly tenant: string
  /** `urn:uuid:…`; stable over renewals. */
  readonly id: string
  readonly kind: 'owner' | 'agent'
  readonly ownerId: Id
  /** Present for kind `agent`. */
  readonly agentId?: Id
  /** `planned`: recorded, not yet signed, never released. */
  readonly state: 'planned' | 'active' | 'revoked'
  readonly suspended: boolean
  readonly position: StatusPosition
  /** Leased to the subject; all in the list of `position`. */
  readonly lease: readonly number[]
  /** What was asked at issue: grant, depth, lifetime …, enough to renew. */
  readonly terms: JsonObject
  readonly validFrom: number
  readonly validUntil: number
  /** The signed credential, once active. */
  readonly jwt?: string
  readonly createdAt: number
}

/** A credential that is to be signed: recorded first, with its status position. */
export interface CredentialPlan {
  readonly tenant: string
  readonly id: string
  readonly kind: 'owner' | 'agent'
  readonly ownerId: Id
  readonly agentId?: Id
  readonly ownerVersion: number
  readonly leaseSize: number
  readonly terms: JsonObject
  readonly validFrom: number
  readonly validUntil: number
}

/** New times, and perhaps more leased indexes, for a credential that exists. */
export interface RenewalPlan {
  readonly tenant: string
  readonly id: string
  /** `validUntil` of the credential that is renewed; another one ⇒ `changed_meanwhile`. */
  readonly previousValidUntil: number
  /** How many leased indexes the renewed credential shall have; never fewer than before. */
  readonly leaseSize: number
  readonly validFrom: number
  readonly validUntil: number
}

/** The signature for a plan. */
export interface SignedCredential {
  readonly tenant: string
  readonly id: string
  readonly validUntil: number
  readonly jwt: string
}
