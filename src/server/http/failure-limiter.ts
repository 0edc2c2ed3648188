import type { Request as ExpressRequest } from 'express'
import { ipKeyGenerator } from 'express-rate-limit'
import type { Clock } from '../../core/clock.ts'
import { LruMap } from '../../core/lru-map.ts'
import { problemResponse } from '../problem-details.ts'
import { rateLimited } from './rate-limited.ts'

/** All failures are forgotten together after this time, in milliseconds. */
const WINDOW_MS = 60_000

/** Most addresses whose failures are remembered. */
const MAX_ADDRESSES = 100_000

/** What an application server hands on of a request: only what the limiter looks at. */
export type Addressed = Pick<ExpressRequest, 'ip' | 'headers'>

/**
 * Counts the answers of 401 that an address got within a minute. Past the limit, whoever brings no proof is refused unheard, and whose
 * proof fails gets 429 as well. A proof that holds is never refused: behind a proxy all callers may be one address, and a stranger must
 * not keep an administrator from revoking (docs/decisions/0076-a-proof-that-holds-is-always-heard.md). So what checking
 * proofs costs is bounded by the requests of any kind that one address may send.
 */
export class FailureLimiter {
  readonly #limit: number
  readonly #clock: Clock
  readonly #requestId: () => string
  readonly #failures = new LruMap<string, number>({ maxWeight: MAX_ADDRESSES })
  #since = Number.NEGATIVE_INFINITY

  /** @param limit Answers of 401 that one address may get within a minute. */
  constructor(limit: number, clock: Clock, requestId: () => string) {
    this.#limit = limit
    this.#clock = clock
    this.#requestId = requestId
  }

  /** @param answer Is not asked when the request is refused unheard. */
  async guard(request: Addressed, answer: () => Promise<Response>): Promise<Response> {
    const address = addressOf(request)
    if (this.#isOver(address) && !bringsProof(request)) return this.#refusal()
    const answered = await answer()
    if (answered.status !== 401) return answered
    if (this.#isOver(address)) return this.#refusal()
    this.#failures.set(address, (this.#failures.get(address) ?? 0) + 1)
    return answered
  }

  #isOver(address: string): boolean {
    const now = this.#clock()
    if (now < this.#since || now >= this.#since + WINDOW_MS) {
      this.#failures.clear()
      this.#since = now
    }
    return (this.#failures.get(address) ?? 0) >= this.#limit
  }

  #refusal(): Response {
    const waitMs = this.#since + WINDOW_MS - this.#clock()
    return problemResponse(rateLimited(waitMs, 'failed sign-ins from this address'), this.#requestId())
  }
}

/** One holder of an IPv6 network has very many addresses, which count as one. */
export function addressOf({ ip = '' }: Addressed): string {
  return ipKeyGenerator(ip)
}

function bringsProof({ headers }: Addressed): boolean {
  return headers['signature-input'] !== undefined || headers.authorization !== undefined
}
