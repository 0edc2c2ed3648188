import type { MaybePromise } from '../core/maybe-promise.ts'

/*
 * What a verifier remembers from one request to the next, and what keeps it. Whoever shares one store between the
 * processes that answer for one audience has one memory. A store that fails, answers anything else or takes too long
 * is one that cannot tell, and then the request is refused.
 */

/** Most nonces that a store holds for one key, so that one presenter cannot fill it for all. */
export const MAX_HELD_NONCES_PER_KEY = 20_000

/** Most keys that a store counts for one agent with all that it made, so that one agent cannot fill it for all. */
export const MAX_USAGE_KEYS_PER_AGENT = 1_000

/** Most chains that a store keeps for one presenter: the one in use, the one before it was renewed, and two to spare. */
export const MAX_KEPT_PER_PRESENTER = 4

/**
 * And for one agent with all that it made: it makes as many presenters as it likes, offline. Of the longest chains they
 * fill a quarter of the largest share of an authority.
 */
export const MAX_KEPT_PER_AGENT = 32

/**
 * Keeps what is held of authorities' status from one process to the next. What it answers is verified like what comes from
 * the network; what is kept beside it, revocations that were taken back and the age of documents, is believed.
 */
export interface StatusStore {
  /**
   * @param authority Its DID, with `#conflicts` behind it for the evidence against it.
   * @returns What was saved last; `undefined` when nothing was.
   */
  load(authority: string): MaybePromise<Uint8Array | undefined>
  /** Puts `status` in the place of what was saved, all of it or nothing, whenever the process ends. */
  save(authority: string, status: Uint8Array): MaybePromise<void>
}

/** What a replay store answers: only `fresh` lets a request pass. */
export type NonceUse = 'fresh' | 'replayed' | 'unavailable'

/**
 * Remembers the nonces of accepted proofs. Shared by all processes that answer for one audience; a process-local
 * store stops replays to that process only.
 */
export interface ReplayStore {
  /**
   * Atomically records a nonce.
   *
   * @param keyThumbprint RFC 7638 thumbprint of the presenter's key; quotas are per key.
   * @param nonce base64url of the decoded nonce and the tag of its profile: one text per nonce.
   * @param expiresAt Milliseconds since 1970 after which the proof is refused anyway.
   * @returns `unavailable` when the store is full or failing: the request is then refused.
   */
  use(keyThumbprint: string, nonce: string, expiresAt: number): MaybePromise<NonceUse>
}

/** What one request takes from one counted limit. */
export interface UsageCharge {
  /** What is counted, within the agent that it is counted for. The window is part of it: a new one is a new key. */
  readonly key: string
  /** Of a `count` 1; of a `budget` units of 10⁻¹⁸. Up to 10³⁶, so never a `number`. */
  readonly amount: bigint
  /** What is reserved under the key may come to this, and no more. */
  readonly max: bigint
  /** Milliseconds since 1970, until which it must be remembered; the latest of all charges to the key counts. */
  readonly keepUntil: number
}

/**
 * What a usage store answers: all charges are reserved, or none is, and then which of them do not fit, by position;
 * `unavailable` when the store is full or failing.
 */
export type UsageAnswer = 'reserved' | 'unavailable' | { readonly exhausted: readonly number[] }

/**
 * Counts what agents use of the limits that their grants set (docs/spec/03-grants.md "Counted limits"). Shared by all
 * processes that answer for one audience: a limit is kept as far as the store is shared, and no further.
 */
export interface UsageStore {
  /**
   * Adds all charges to what was used, in one step that no other call comes between, if none of them goes above its
   * maximum; else adds none. What was answered `reserved` outlives the process.
   *
   * @param agent Whose usage it is; quotas of the store are per agent.
   * @param charges At least one; no key twice.
   */
  reserve(agent: string, charges: readonly UsageCharge[]): MaybePromise<UsageAnswer>
  /** Takes back what was reserved, once: the action did not take place. What is not remembered any more stays so. */
  release(agent: string, charges: readonly UsageCharge[]): MaybePromise<void>
}

/** A chain that was sent in advance, and verified. */
export interface KeptChain {
  /** Root first. */
  readonly texts: readonly string[]
  /** DID of the authority that it rests on. */
  readonly authority: string
  /** DID of the presenter, whose key was proven. */
  readonly presenter: string
  /** DID of the agent that answers for the presenter: subject of link 1. The owner's, when that presents in person. */
  readonly agent: string
  /** Milliseconds since 1970, after which nobody can use it. */
  readonly expiresAt: number
}

/**
 * Keeps chains that no request field holds, between the request that sends one and those that refer to it. What it
 * answers is not believed: a chain is verified anew at each use. Shared by all processes that answer for one
 * audience; chains that are kept by one process only are sent again when another one asks for them.
 */
export interface ChainStore {
  /** @returns The texts put under this digest; `undefined` when there are none any more. */
  get(digest: string): MaybePromise<readonly string[] | undefined>
  /** @returns Whether it is kept. A store may forget it at any time, and should before it is used up by one presenter. */
  put(digest: string, chain: KeptChain): MaybePromise<boolean>
}
