import { type JsonObject, member } from '../core/json.ts'
import { MECHANISMS, type Mechanism } from '../model/chain.ts'
import type { Did } from '../model/did.ts'
import { isMechanism, isSameForm } from '../model/mechanism.ts'
import type { Id } from './records.ts'

/** What secures a credential when nothing is said (docs/spec/04-securing.md). */
export const DEFAULT_MECHANISM: Mechanism = 'vc+jwt'

/** The texts of one version of a credential, by what secures them. All of them say the same. */
export type SecuredForms = Readonly<Partial<Record<Mechanism, string>>>

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
  /** The signed credential; at least one text once it is active, each signed once for a version. */
  readonly forms: SecuredForms
  /** The version of the owner of which the newest text speaks. */
  readonly ownerVersion: number
  /**
   * When it ends because another credential takes its place, in milliseconds since 1970: after a key was rotated, at the end of
   * the grace; after it was narrowed, at once. Until then it can be presented, and nothing else.
   */
  readonly endsAt?: number
  /** `open`: it has, or may get, a successor. `closed`: somebody revoked it, with whatever came after it. */
  readonly succession?: 'open' | 'closed'
  /** In whose place it is. */
  readonly predecessorId?: string
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
  /** The delegation of the same agent whose place it takes: a live one ends when this one is recorded. */
  readonly predecessorId?: string
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

/** A signed text: what was planned, or a further form of what was released. */
export interface SignedCredential {
  readonly tenant: string
  readonly id: string
  readonly validUntil: number
  readonly mechanism: Mechanism
  readonly text: string
  /** Verification method that it is signed with. */
  readonly keyId: string
  /** Of whom it speaks: when a key or the owner has changed since, it is not recorded (`changed_meanwhile`). */
  readonly about: SignedAbout
}

/** The rows that a text was made of, as far as they can change. */
export interface SignedAbout {
  readonly ownerDid: Did
  readonly ownerVersion: number
  readonly agentDid?: Did
}

/** The text of a credential in the form that is asked for, if it was signed in it (`mechanismFor`). */
export function formOf({ forms }: Pick<IssuedCredential, 'forms'>, wanted: Mechanism): string | undefined {
  const held = MECHANISMS.find((one) => forms[one] !== undefined && isSameForm(one, wanted))
  return held && forms[held]
}

/** Any text of a credential, the default form if there is one; `undefined` when nothing was released. */
export function anyForm({ forms }: Pick<IssuedCredential, 'forms'>): string | undefined {
  return forms['vc+jwt'] ?? Object.values(forms)[0]
}

/** In which form a chain that ends at this delegation is released when nothing else is asked for. */
export function chainMechanism({ terms }: Pick<IssuedCredential, 'terms'>): Mechanism {
  const mechanism = member(terms, 'mechanism')
  return typeof mechanism === 'string' && isMechanism(mechanism) ? mechanism : DEFAULT_MECHANISM
}
