import type { Did } from './did.ts'
import type { Grant } from './grant.ts'
import type { StatusEntry, StatusLease } from './status-list-entry.ts'

/** First and second `@context` of every credential of ours; both are identifiers, never fetched. */
export const VC_CONTEXT = 'https://www.w3.org/ns/credentials/v2'
export const PROCURA_CONTEXT = 'https://w3id.org/procura/v1'

/** Largest credential, in bytes as transmitted (spec 10 "Defaults"). */
export const MAX_CREDENTIAL_BYTES: number = 16 * 1024

/** Most links of a chain that a verifier walks (spec 10 "Defaults"). */
export const MAX_CHAIN_LINKS = 8

/** Members that every credential of a chain has. Times are milliseconds since 1970. */
interface CredentialBase {
  /** `urn:uuid:…` */
  readonly id: string
  readonly issuer: Did
  readonly validFrom: number
  readonly validUntil: number
}

/** From when on a credential or chain is renewed: half its life is over (spec 10 "Defaults"). All in ms since 1970. */
export function refreshAt(window: { readonly validFrom: number; readonly validUntil: number }): number {
  return window.validFrom + Math.floor((window.validUntil - window.validFrom) / 2)
}

/** Who holds the owner's key. */
export type Custody = 'service' | 'owner'

/** Link 0: the authority says who the accountable owner is and what the owner holds (spec 02, 10). */
export interface OwnerCredential extends CredentialBase {
  readonly type: 'OwnerCredential'
  readonly status: StatusEntry
  readonly subject: OwnerSubject
}

export interface OwnerSubject {
  readonly id: Did
  readonly tenant: string
  readonly environment: string
  /** Opaque id of the accountable human. */
  readonly accountable: string
  readonly team?: string
  readonly assurance: string
  readonly custody: Custody
  readonly authorizationDetails: readonly Grant[]
  /** Who signs the status lists, and under which URL prefixes they may lie. */
  readonly statusService: { readonly issuer: Did; readonly origins: readonly string[] }
  readonly revokers: readonly Did[]
  /** Only under owner custody. */
  readonly statusLease: readonly StatusLease[]
}

/** Links ≥ 1. `subject.kind` tells an agent's delegation (link 1) from one derived by an agent. */
export interface DelegationCredential extends CredentialBase {
  readonly type: 'DelegationCredential'
  /** Absent only where spec 05 "Exception" allows it: the last link, if ≥ 2. */
  readonly status?: StatusEntry
  readonly subject: AgentSubject | DerivedSubject
}

export type Mode = 'delegated' | 'autonomous'

interface DelegatedSubject {
  readonly id: Did
  readonly maxDepth: number
  readonly statusLease: readonly StatusLease[]
  readonly allowStatusless: boolean
  readonly name?: string
}

/** Subject of link 1: the owner delegates to an agent. */
export interface AgentSubject extends DelegatedSubject {
  readonly kind: 'Agent'
  readonly agentId: string
  readonly authority: Did
  readonly tenant: string
  readonly environment: string
  readonly mode: Mode
  readonly purpose: string
  /** `'inherit'`: whatever the owner holds and marks as inheritable, evaluated at link 0. */
  readonly authorizationDetails: readonly Grant[] | 'inherit'
  readonly software?: { readonly name: string; readonly version: string }
}

/** Subject of a link ≥ 2: an agent delegates onward, offline. All it says about itself is asserted by its signer. */
export interface DerivedSubject extends DelegatedSubject {
  readonly kind: 'SubAgent' | 'Run'
  readonly parent: { readonly id: string; readonly digest: string }
  readonly authorizationDetails: readonly Grant[]
  readonly lineage?: Lineage
  readonly purpose?: string
}

/** Which task a run belongs to. `rootTask` is constant once set. */
export interface Lineage {
  readonly rootTask?: string
  readonly parentRun?: string
  readonly run?: string
}

export type ChainCredential = OwnerCredential | DelegationCredential
