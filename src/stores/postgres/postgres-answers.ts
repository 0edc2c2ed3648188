import type { Pool } from 'pg'
import type { Clock } from '../../core/clock.ts'
import { ProcuraError } from '../../errors.ts'
import {
  MAX_HELD_NONCES_PER_KEY,
  MAX_KEPT_PER_AGENT,
  MAX_KEPT_PER_PRESENTER,
  MAX_USAGE_KEYS_PER_AGENT,
} from '../../verifier/ports.ts'
import { MAX_KEPT_BYTES, MAX_KEPT_BYTES_PER_AUTHORITY, USE_RESOLUTION_MS } from '../chain-limits.ts'
import { digestOf } from '../digest-of.ts'
import type { Answer, Answering, Request } from '../shared-stores.ts'

/** How often what has ended is taken away, in milliseconds, and how much of it at a time. */
const SWEEP_MS = 30_000
const SWEPT_ROWS = 5_000

/** A function of the schema, and what it is given. */
type Call = readonly [name: string, ...values: unknown[]]

/** Asks the functions of the schema, one for each request. */
export class PostgresAnswers implements Answering {
  readonly #pool: Pool
  readonly #clock: Clock
  #sweptAt: number
  readonly #underWay = new Set<Promise<unknown>>()
  #isClosed = false

  constructor(pool: Pool, clock: Clock) {
    this.#pool = pool
    this.#clock = clock
    this.#sweptAt = clock()
  }

  async ask(request: Request): Promise<Answer> {
    if (this.#isClosed) throw storageError('the store is closed')
    try {
      const answer = await this.#call(callOf(request))
      this.#sweep()
      return (answer ?? undefined) as Answer
    } catch (cause) {
      throw storageError(cause instanceof Error ? cause.message : String(cause), cause)
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await Promise.allSettled(this.#underWay)
    await this.#pool.end()
  }

  #call(call: Call): Promise<unknown> {
    const answer = this.#query(call).finally(() => this.#underWay.delete(answer))
    this.#underWay.add(answer)
    return answer
  }

  async #query([name, ...values]: Call): Promise<unknown> {
    const places = values.map((_, i) => `$${i + 1}`).join(', ')
    const text = `SELECT procura_stores.${name}(${places}) AS answer`
    const { rows } = await this.#pool.query({ name: `procura_${name}`, text, values })
    return rows[0]?.answer
  }

  /** Nobody waits for it; what it leaves, or fails to take, the next one takes. */
  #sweep(): void {
    const now = this.#clock()
    if (now - this.#sweptAt < SWEEP_MS) return
    this.#sweptAt = now
    this.#call(['sweep', now, SWEPT_ROWS]).catch(() => undefined)
  }
}

function callOf(request: Request): Call {
  switch (request.kind) {
    case 'use': {
      const { holder, nonce, expiresAt, now } = request
      return [
        'use_nonce',
        digestOf(holder),
        digestOf(nonce),
        Math.ceil(expiresAt),
        now,
        MAX_HELD_NONCES_PER_KEY,
      ]
    }
    case 'reserve': {
      const { keys, amounts, untils } = columnsOf(request)
      const maxima = request.charges.map(({ max }) => String(max))
      const agent = digestOf(request.agent)
      return ['reserve', agent, keys, amounts, maxima, untils, request.now, MAX_USAGE_KEYS_PER_AGENT]
    }
    case 'release': {
      const { keys, amounts, untils } = columnsOf(request)
      return ['release', digestOf(request.agent), keys, amounts, untils, request.now]
    }
    case 'find':
      return ['find_chain', digestOf(request.digest), request.now, USE_RESOLUTION_MS]
    case 'keep':
      return keepCall(request)
  }
}

function columnsOf({ charges }: Request & { readonly kind: 'reserve' | 'release' }) {
  return {
    keys: charges.map(({ key }) => digestOf(key)),
    amounts: charges.map(({ amount }) => String(amount)),
    untils: charges.map(({ keepUntil }) => keepUntil),
  }
}

function keepCall({ digest, chain, now }: Request & { readonly kind: 'keep' }): Call {
  const { texts, authority, presenter, agent, expiresAt } = chain
  const whose = [digestOf(digest), digestOf(authority), digestOf(presenter), digestOf(agent)]
  const limits = [MAX_KEPT_PER_PRESENTER, MAX_KEPT_PER_AGENT, MAX_KEPT_BYTES_PER_AUTHORITY, MAX_KEPT_BYTES]
  return ['keep_chain', ...whose, Math.floor(expiresAt), now, JSON.stringify(texts), ...limits]
}

function storageError(reason: string, cause?: unknown): ProcuraError {
  const message = `the database of the stores: ${reason}`
  return new ProcuraError('ERR_PROCURA_STORAGE', message, cause === undefined ? {} : { cause })
}
