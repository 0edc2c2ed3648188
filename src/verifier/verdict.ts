import type { AgentSubject, DerivedSubject, Lineage, Mode } from '../model/credential.ts'
import type { Did } from '../model/did.ts'
import type { Grant } from '../model/grant.ts'
import type { Refusal, RefusalCode } from '../refusal.ts'
import type { AcceptedMethods, VerdictMethods } from './evidence.ts'
import type { SyncState } from './sync-state.ts'

/** The answer of `verify` (spec 07). There is nothing to read on the refused branch but the refusal. */
export type PresentationVerdict = VerifiedPresentation | RefusedPresentation

/** The answer of `upload`: the chain is kept until it ends, or, if others need the room, for less long. */
export type UploadVerdict =
  | { readonly verified: true /** Milliseconds since 1970. */; readonly expiresAt: number }
  | { readonly verified: false; readonly refusal: PresentationRefusal }

/** The answer of `importBundle`: what became of each authority in it, or why none of it counts. */
export type BundleVerdict =
  | {
      readonly verified: true
      /** Who signed it. */
      readonly signer: Did
      /** Milliseconds since 1970. */
      readonly exportedAt: number
      readonly authorities: readonly SyncState[]
    }
  | { readonly verified: false; readonly refusal: Refusal }

/** Who acts, for whom, under what; every member comes from signed bytes. */
export interface VerifiedPresentation extends VerifiedFacts, AcceptedMethods {}

/** The members of a {@link VerifiedPresentation}. */
export interface VerifiedFacts extends ChainFacts {
  readonly verified: true
  readonly status: StatusSummary
  /** Milliseconds since 1970: long-lived connections verify anew or close by then. */
  readonly recheckAt: number
}

/** What a verified chain says by itself. */
export interface ChainFacts {
  /** What the presenter is: the agent of link 1, something an agent made, or the owner in person. */
  readonly kind: 'Owner' | 'Agent' | DerivedSubject['kind']
  /** `agentId` of link 1; absent when the owner acts in person. */
  readonly agent?: AgentSubject['agentId']
  /** The presenter's DID: subject of the last link. */
  readonly presenter: Did
  readonly owner: Did
  /** Opaque id of the accountable human. */
  readonly accountable: string
  readonly authority: Did
  readonly tenant: string
  readonly environment: string
  readonly mode?: Mode
  readonly purpose?: string
  /** Id of the last link, when it is a Run. */
  readonly run?: string
  /** As asserted by the signer of the last link. */
  readonly lineage?: Lineage
  /** Root first. */
  readonly chain: readonly LinkSummary[]
  /** What the last link grants. Every link above bound the request as well. */
  readonly grant: readonly Grant[]
}

/** One link of an accepted chain. Times are milliseconds since 1970. */
export interface LinkSummary {
  readonly id: string
  readonly issuer: Did
  readonly subject: Did
  readonly validUntil: number
  /** Asserted by the link's signer; never checked against anything. */
  readonly name?: string
}

/** How fresh the status was that the verdict rests on. */
export interface StatusSummary {
  /** Oldest signed time among the lists used, in milliseconds since 1970. */
  readonly asOf: number
  readonly ageSeconds: number
  /**
   * Lists committed to by a signed head: `head` when this verifier fetched them, `staple` when an agent brought some
   * (docs/spec/06-presenting.md "Stapling").
   */
  readonly source: 'head' | 'staple'
  /** Whether a rollback would be noticed: lists seen earlier by this verifier are remembered. */
  readonly memory: boolean
}

/** A presentation that was not accepted, and why. */
export interface RefusedPresentation extends VerdictMethods {
  readonly verified: false
  readonly refusal: PresentationRefusal
}

/** A refusal with what only the verifier knows (docs/spec/07-verifying.md "The verdict"). */
export interface PresentationRefusal extends Refusal {
  /** True once the presenter's own proof was accepted. Until then a refusal says nothing about anybody. */
  readonly authenticated: boolean
  /** Whether the same chain may succeed later without a change by the agent. */
  readonly retryable: boolean
  /** The agent should fetch its chain again, once: its own link may still be good. */
  readonly refresh?: true
}

const RETRYABLE: ReadonlySet<RefusalCode> = new Set([
  'status_unavailable',
  'status_stale',
  'did_unresolvable',
  'replay_unavailable',
  'usage_unavailable',
  'suspended',
  'not_yet_valid',
])

/** Completes a refusal with what only the verifier knows. */
export function completeRefusal(refusal: Refusal, authenticated: boolean): PresentationRefusal {
  const retryable = RETRYABLE.has(refusal.code) || refusal.retryAfterSeconds !== undefined
  const refresh = isReplaceable(refusal) ? { refresh: true as const } : {}
  return { ...refusal, authenticated, retryable, ...refresh }
}

/** Links 0 and 1 are re-issued by the service: after narrowing, rotation, renewal or the loss of a key the agent's own authority goes on. */
function isReplaceable({ code, link }: Refusal): boolean {
  if (code === 'key_not_authorized') return link === 0
  return (code === 'revoked' || code === 'expired') && (link === 0 || link === 1)
}
