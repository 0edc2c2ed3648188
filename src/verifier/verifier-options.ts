import type { Clock, Fetch, Random } from '../core/clock.ts'
import type { SetTimer } from '../core/timer.ts'
import type { Signer } from '../model/signer.ts'
import type { FreshnessTier } from '../status/freshness.ts'
import type { AssurancePolicy } from './assurance.ts'
import type { ChainStore, ReplayStore, StatusStore, UsageStore } from './ports.ts'
import type { NamedTrust, TrustEntry } from './trust.ts'
import type { VerifierAlarm } from './verifier-alarm.ts'

/** How old status may be, per action; `'*'` is required and is the rule for every action not named. */
export type FreshnessPolicy = Readonly<Record<string, FreshnessTier>> & { readonly '*': FreshnessTier }

/** Whom to trust, one of three ways (docs/spec/10-reference.md "Trust entry"). */
export type TrustOption = TrustEntry | NamedTrust | string

/** What a verifier is made of: for whom it answers, whom it trusts, and how fresh status must be. */
export interface VerifierOptions {
  /** External origin of this service, as callers write it: `https://mail.example/`. Host headers are never read. */
  readonly audience: string
  /**
   * Whom to trust: entries, or the bare `did:web` or `did:webvh` of authorities whose DID document says the rest. There is no default:
   * an empty list refuses everybody. `setTrust` replaces it.
   */
  readonly trust: readonly TrustOption[]
  /** Environment that chains must name. Default `production`. */
  readonly environment?: string
  /** Oldest acceptable status, by action. There is no default. */
  readonly freshness: FreshnessPolicy
  /**
   * Actions for which a presentation token (`vp+jwt`) may be shown again until it ends, by whoever holds it: at most
   * 300 s. Exact names, none of them `critical`. Default none: then only requests are accepted that were signed, and
   * tokens that were signed for one request.
   */
  readonly bearer?: readonly string[]
  /** How sure the authority must be of who the owner is, by action. Default: whatever it says of that. */
  readonly assurance?: AssurancePolicy
  /** What links, proofs, heads and lists may be signed with. Default both. */
  readonly algorithms?: readonly Signer['algorithm'][]
  /**
   * For a gateway that is not given bodies: where `verify` is called without the body of a request that has one, what the
   * signature covers as `content-digest` counts. Whoever gets the body then has to compare the two, and to refuse a
   * body without that field. Arguments are not known then, and constraints on them deny. Default false.
   */
  readonly bodyCheckedUpstream?: boolean
  /** Accept a chain of one link, the owner in person. Default false. */
  readonly ownerInPerson?: boolean
  /**
   * Accept links secured with RDF canonicalization (`eddsa-rdfc-2022`, `ecdsa-rdfc-2019`): it costs about a hundred
   * times the signature, and is needed only for issuers that can do nothing else. Default false.
   */
  readonly rdfc?: boolean
  /**
   * On Node, verify signatures in its thread pool (`UV_THREADPOOL_SIZE`, 4 threads) and not in the thread of JavaScript:
   * more requests in a second where cores are idle, and nothing else waits for a signature; a single request takes a
   * little longer. Elsewhere Web Crypto does so in any case. Default false.
   */
  readonly threads?: boolean
  /**
   * Seconds between looks at the head, and so about how long a revocation takes to arrive. Default, and the most: half
   * the smallest tier in use, at most 30.
   */
  readonly pollSeconds?: number
  /** While started, listen for heads as well, so that a revocation arrives as it is published. Default true; false with a `fetch` of your own, which has to hand bodies on while they arrive. */
  readonly push?: boolean
  /** Default: a store in this process; share one between processes that answer for one audience. */
  readonly replay?: ReplayStore
  /**
   * Counts what agents use of limits (`count`, `budget`). Default: a store in this process, which begins anew with it, so
   * that each process grants the whole limit. Share one between processes, as those of `procura/stores` are.
   */
  readonly usage?: UsageStore
  /**
   * Keeps chains that agents sent in advance because no request field holds them (7.5 KiB). Default: a store in this
   * process. Processes that requests are spread over have to share one: else a chain is sent to one of them, and used at another.
   */
  readonly chains?: ChainStore
  /**
   * Keeps what is held of authorities' status, so that a process that starts goes on where the last one ended, also while
   * an issuer is down: as long as the freshness allows, and nobody can show it anything older. Default: nothing is kept.
   */
  readonly statusStore?: StatusStore
  /**
   * Told of status that cannot be had, and when it can again; of evidence that a status issuer misbehaves (a list rolled
   * back, a revocation cleared, two heads of one number); and of stores that fail. What it throws is dropped. Default: nobody.
   */
  readonly onAlarm?: (alarm: VerifierAlarm) => void
  /** Gets heads, lists and DID documents. Default: the platform's; on Node it connects to public addresses only, and to the hosts of full trust entries. */
  readonly fetch?: Fetch
  /** Default: the system's. */
  readonly clock?: Clock
  /** Wakes watches up, has the heads looked at again, and ends waiting: for a store, and for clients to close. Default: the platform's. */
  readonly timer?: SetTimer
  /** Spreads the looks at the heads, so that verifiers do not all come at once. Default: the platform's. */
  readonly random?: Random
}
