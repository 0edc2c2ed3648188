import type { JsonObject } from '../core/json.ts'
import type { Mechanism } from '../model/chain.ts'
import type { Lineage } from '../model/credential.ts'
import type { Did } from '../model/did.ts'
import type { Duration } from './duration.ts'

/** One entry of `authorizationDetails`, as it is written (docs/spec/03-grants.md). */
export interface GrantDetail {
  /** Names the rule set: `api`. */
  readonly type: string
  /** Origins, or origins with a path prefix: `https://mail.example/inbox/`. */
  readonly locations: readonly string[]
  /** Exact dotted names: `mail.read`. */
  readonly actions: readonly string[]
  /** Absent: no limit but the agent's own. Empty: nothing. A trailing `/` means everything below. */
  readonly identifiers?: readonly string[]
  readonly constraints?: readonly JsonObject[]
}

/** What a delegation onward may say of itself. */
export interface OnwardOptions {
  /** Must not go beyond the agent's own; a dimension that is left out is inherited. */
  readonly grant: GrantDetail | readonly GrantDetail[]
  /**
   * How the new link is secured. A suite must be of the agent's type of key; `…-rdfc-…` is read only by service
   * providers whose policy says so. Default `vc+jwt`.
   */
  readonly mechanism?: Mechanism
  /** From now: `'10m'`, or milliseconds. Within the agent's own window. */
  readonly lifetime: Duration
  /** What it is for, for people; at most 512 characters. */
  readonly purpose?: string
  /** How many further links may follow. Default 0: the subject may not delegate. */
  readonly maxDepth?: number
  /**
   * How many of the agent's status indexes the subject may give to delegations of its own. Default 0, or 2 when
   * `maxDepth` allows it to delegate. One more is taken for the delegation itself.
   */
  readonly leaseSize?: number
  /** Whether the subject may delegate without status, as `statusless` does. Default false. */
  readonly allowStatusless?: boolean
  /**
   * Delegate without status: it takes no index and cannot be revoked, so it may live 15 minutes at most and may not
   * be delegated on, and the owner must have allowed it. Default false.
   */
  readonly statusless?: boolean
}

/** To whom an agent delegates, and what. */
export interface DelegateOptions extends OnwardOptions {
  /** To whom: `did:key` or `did:jwk`, not yet in the chain. */
  readonly to: Did
  /** Default `SubAgent`. */
  readonly kind?: 'SubAgent' | 'Run'
  /** For people; at most 128 characters. */
  readonly name?: string
  /** Default: the chain's root task, and the run that delegates, where there are such. */
  readonly lineage?: Lineage
}
