import { sha256 } from '#crypto'
import { encodeBase64url } from '../../core/base64url.ts'
import { concatBytes, encodeUtf8 } from '../../core/bytes.ts'
import type { Clock, Random } from '../../core/clock.ts'

/** A challenge must be answered within this time, in milliseconds. */
const CHALLENGE_LIFETIME_MS = 300_000

/** Most challenges that wait for an answer; the oldest is forgotten first. */
const MAX_CHALLENGES = 10_000

/** Challenges of one instance: each is accepted once. */
export class Challenges {
  readonly #open = new Map<string, number>()
  readonly #clock: Clock
  readonly #random: Random
  readonly #secret: Uint8Array

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
    this.#secret = random(32)
  }

  issue(): string {
    const nonce = encodeBase64url(this.#random(16))
    const challenge = `u${nonce}.${this.#tag(nonce)}`
    const oldest = this.#open.keys().next().value
    if (this.#open.size >= MAX_CHALLENGES && oldest !== undefined) this.#open.delete(oldest)
    this.#open.set(challenge, this.#clock() + CHALLENGE_LIFETIME_MS)
    return challenge
  }

  /**
   * Uses a challenge up.
   *
   * @returns `false` for one that was issued here and is used up, forgotten or too old. One that was not issued here is
   * for the caller to keep track of.
   */
  consume(challenge: string): boolean {
    const expiresAt = this.#open.get(challenge)
    if (expiresAt === undefined) return !this.#isOurs(challenge)
    this.#open.delete(challenge)
    return this.#clock() < expiresAt
  }

  /** What is issued carries a keyed digest, so that it is known without being kept. */
  #isOurs(challenge: string): boolean {
    const [nonce = '', tag] = challenge.slice(1).split('.')
    return tag === this.#tag(nonce)
  }

  #tag(nonce: string): string {
    return encodeBase64url(sha256(concatBytes(this.#secret, encodeUtf8(nonce)))).slice(0, 22)
  }
}
