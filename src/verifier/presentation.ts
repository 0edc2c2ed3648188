import type { Clock } from '../core/clock.ts'
import type { Json, JsonObject } from '../core/json.ts'
import type { MaybePromise } from '../core/maybe-promise.ts'
import type { SetTimer } from '../core/timer.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import type { ParsedChain } from '../model/chain.ts'
import type { Did } from '../model/did.ts'
import type { PresentedRequest } from '../model/presented-request.ts'
import type { Refused, Verdict } from '../refusal.ts'
import type { LinkCache } from './link-cache.ts'
import type { Policy } from './policy.ts'
import type { ChainStore, ReplayStore, UsageStore } from './ports.ts'
import type { StatusSync } from './status-sync.ts'

/** What a verifier decides with. */
export interface VerifyContext {
  readonly policy: Policy
  readonly resolver: DidResolver
  readonly cache: LinkCache
  readonly sync: StatusSync
  readonly replay: ReplayStore
  readonly usage: UsageStore
  readonly chains: ChainStore
  readonly clock: Clock
  readonly setTimer: SetTimer
}

/** What was presented, as it was received: what of it is needed is read when a receipt is asked for. */
export type PresentedForm =
  | { readonly type: 'request'; readonly request: PresentedRequest }
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'document'; readonly document: string }

/** A chain that was read, and how its presenter proves that it is theirs (docs/spec/06-presenting.md). */
export interface Presentation {
  readonly chain: ParsedChain
  readonly form: PresentedForm
  /** Part of step 4: what this way of presenting does not allow, whatever the chain says. Absent: it allows all. */
  readonly refuse?: (action: string) => Refused | undefined
  /** What the agent brought of the status of its chain, as it was received. */
  readonly staple?: Json
  /** Whether it can be shown again, by whoever sees it: then nothing can be counted. Default false. */
  readonly isReusable?: boolean
  /**
   * Step 9.
   *
   * @param presenter Subject of the last link, whose signature was checked.
   * @param now Milliseconds since 1970.
   * @returns When the proof ends, in milliseconds since 1970.
   */
  readonly prove: (presenter: Did, now: number) => MaybePromise<Verdict<number>>
}

/** What the service provider is asked to do, as its own code understands the request. */
export interface Ask {
  /** Dotted name, compared exactly: `mail.read`. */
  readonly action: string
  /** The resource acted on: `inbox/support`. */
  readonly identifier?: string
  /** Arguments that constraints speak of: JSON. They are copied; what cannot be copied counts as none. */
  readonly arguments?: JsonObject
  /** Address of the peer after the configured number of proxies. */
  readonly clientAddress?: string
}

/** What is asked, and where. */
export interface Question {
  /** Absent: nothing is asked for, the chain is only to be kept. */
  readonly ask: Ask | undefined
  /** Raw request target, `/inbox?folder=1`: its path is where the action takes place. */
  readonly target: string
}
