import type { Clock } from '../core/clock.ts'
import { formatDateTime } from '../core/date-time.ts'
import { ProcuraError } from '../errors.ts'
import { refreshAt } from '../model/credential.ts'
import type { Did } from '../model/did.ts'
import { type HeldChain, leaseSizeOf, parseHeldChain, placeOf } from './held-chain.ts'

/** Shortest time between two attempts to refresh that nobody asked for, in milliseconds. */
export const REFRESH_PAUSE_MS = 30_000

/** What a refresh shall change besides the times. */
export interface RefreshOptions {
  /**
   * How many status indexes the agent's lease shall have, 256 at most; more than now renews the delegation at once.
   * Indexes given away count. Default: as many as now.
   */
  readonly leaseSize?: number
}

/**
 * Where a chain comes from again: root first, for the same key.
 *
 * @param held The chain that is to be replaced.
 */
export type ChainSource = (held: HeldChain, options: RefreshOptions) => Promise<readonly string[]>

export interface ChainKeeperOptions {
  readonly held: HeldChain
  readonly clock: Clock
  /** Absent: the chain cannot be refreshed, and ends when it ends. */
  readonly source?: ChainSource
  /** Whether the chain is refreshed at half its life, before anybody refuses it. Default true. */
  readonly renews?: boolean
  /** Whether a fetched chain may end at this key. Default: only at the key of the chain held. */
  readonly mayEndAt?: (did: Did) => boolean
  /** Whether a chain stands under one that was replaced: then it is replaced before it is used. Default: never. */
  readonly isOutdated?: (held: HeldChain) => boolean
  /** Whether after this error of the source there will be no other chain: then all use ends with it. Default: never. */
  readonly isFinal?: (error: unknown) => boolean
  /** Told of each chain that replaces another. When it rejects, so does the refresh; the new chain stays in use. */
  readonly onReplaced?: (held: HeldChain) => Promise<void>
  /** Told when a refresh that nobody asked for has failed. */
  readonly onRefreshFailed?: (error: unknown) => void
}

/**
 * Holds an agent's chain and keeps it fresh: at half its life it is fetched again, in the background and once for
 * all callers; the old one stays in use until the new one is here, or until it ends.
 */
export class ChainKeeper {
  readonly #options: ChainKeeperOptions
  #held: HeldChain
  #refreshing: Promise<HeldChain> | undefined
  #nextAttempt = Number.NEGATIVE_INFINITY
  #closed = false
  #failure: unknown

  constructor(options: ChainKeeperOptions) {
    this.#options = options
    this.#held = options.held
  }

  /** The chain held now, whether or not it has ended. */
  get held(): HeldChain {
    return this.#held
  }

  /** Whether the chain can be fetched again. */
  get isRenewable(): boolean {
    return this.#options.source !== undefined
  }

  /** Whether the chain is good at most for a grace: what is above it was replaced. */
  get isOutdated(): boolean {
    return this.#options.isOutdated?.(this.#held) === true
  }

  /** Ends all use, for good. */
  close(): void {
    this.#closed = true
  }

  /**
   * The chain to use now. Where what is above it was replaced, its own replacement is waited for.
   *
   * @param until When it should still be good, in milliseconds since 1970: if it is not, and a renewal is due, that is
   *   waited for. Default: now.
   * @throws {ProcuraError} `ERR_PROCURA_DELEGATION_ENDED` when it has ended and no other one could be fetched.
   */
  async usable(until: number = this.#options.clock()): Promise<HeldChain> {
    this.#assertOpen()
    const refresh = this.#isDue() ? this.#attempt() : this.#refreshing
    if (until < this.#held.validUntil && !this.isOutdated) return this.#held
    const failure = await refresh?.then(() => undefined, asIs)
    this.#assertOpen()
    if (!this.#hasEnded()) return this.#held
    const end = formatDateTime(this.#held.validUntil)
    throw ended(`the delegation ended at ${end} and was not renewed; ask its owner for a new one`, failure)
  }

  /**
   * Fetches the chain again, unless that is already under way or the lease is as large as wanted.
   *
   * @throws {ProcuraError} What the source threw; `ERR_PROCURA_DELEGATION_ENDED` when there is no source.
   */
  async refresh(options: RefreshOptions = {}): Promise<HeldChain> {
    this.#assertOpen()
    const { source } = this.#options
    if (source === undefined) throw notRenewable()
    const { leaseSize } = options
    if (leaseSize !== undefined) {
      await this.settle()
      if (leaseSizeOf(this.#held) >= leaseSize) return this.#held
    }
    return this.#refreshing ?? this.#share(() => this.#replace(source, options))
  }

  /**
   * Fetches the chain again after `work`. Whoever wants it meanwhile waits for that.
   *
   * @throws {ProcuraError} What `work` threw; as {@link ChainKeeper.refresh}.
   */
  async replaceAfter(work: () => Promise<void>): Promise<HeldChain> {
    while (this.#refreshing !== undefined) await this.settle()
    const { source } = this.#options
    this.#assertOpen()
    if (source === undefined) throw notRenewable()
    return this.#share(async () => {
      await work()
      return this.#replace(source, {})
    })
  }

  /** Waits until nothing is being fetched. */
  async settle(): Promise<void> {
    await this.#refreshing?.catch(asIs)
  }

  /**
   * Fetches the chain again because `refused` was refused, unless it has been replaced since. A service provider
   * can ask for this at will, so a chain that came back unchanged is not fetched again at once.
   *
   * @returns Whether there is another chain now; if not, the refusal stands.
   * @throws What the source threw, when that was final.
   */
  async replaceRefused(refused: HeldChain): Promise<boolean> {
    if (this.#closed || this.#options.source === undefined) return false
    if (this.#held === refused && this.#refreshing === undefined && this.#isPausing()) return false
    if (this.#held === refused) await this.#attempt().catch(asIs)
    if (this.#failure !== undefined) throw this.#failure
    return !isSame(this.#held, refused)
  }

  #isDue(): boolean {
    const { clock, source, renews = true } = this.#options
    if (source === undefined || this.#refreshing !== undefined || this.#isPausing()) return false
    return this.#hasEnded() || this.isOutdated || (renews && clock() >= refreshAt(this.#held))
  }

  #isPausing(): boolean {
    return this.#options.clock() < this.#nextAttempt
  }

  #hasEnded(): boolean {
    return this.#options.clock() >= this.#held.validUntil
  }

  /** Failures are reported here, so that a caller who does not wait may drop the promise. */
  #attempt(): Promise<HeldChain> {
    this.#nextAttempt = this.#options.clock() + REFRESH_PAUSE_MS
    const attempt = this.refresh()
    attempt.catch((error: unknown) => this.#options.onRefreshFailed?.(error))
    return attempt
  }

  #share(work: () => Promise<HeldChain>): Promise<HeldChain> {
    this.#refreshing = work().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #replace(source: ChainSource, options: RefreshOptions): Promise<HeldChain> {
    const { mayEndAt = (did) => did === this.#held.own.credential.subject.id } = this.#options
    const fetched = await ownChain(await this.#fetch(source, options), mayEndAt)
    if (isSame(fetched, this.#held)) return this.#held
    this.#held = fetched
    this.#nextAttempt = Number.NEGATIVE_INFINITY
    await this.#options.onReplaced?.(fetched)
    return fetched
  }

  async #fetch(source: ChainSource, options: RefreshOptions): Promise<readonly string[]> {
    try {
      return await source(this.#held, options)
    } catch (error) {
      if (this.#options.isFinal?.(error)) this.#failure = error
      throw error
    }
  }

  #assertOpen(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#closed) throw ended('this run is over; its identity is gone')
  }
}

/** What was fetched must be for a key of this agent, and be a chain at all: else the old one stays. */
async function ownChain(tokens: readonly string[], mayEndAt: (did: Did) => boolean): Promise<HeldChain> {
  const fetched = await parseHeldChain(tokens)
  const place = fetched.verified ? 'another subject' : placeOf(fetched.refusal)
  if (fetched.verified && mayEndAt(fetched.value.own.credential.subject.id)) return fetched.value
  throw new ProcuraError(
    'ERR_PROCURA_ISSUER_UNREACHABLE',
    `a chain came back that this agent cannot use: ${place}`,
  )
}

function isSame(a: HeldChain, b: HeldChain): boolean {
  return a.tokens.length === b.tokens.length && a.tokens.every((token, i) => token === b.tokens[i])
}

function notRenewable(): ProcuraError {
  return ended('this chain cannot be renewed; ask whoever delegated for a new one')
}

function ended(message: string, cause?: unknown): ProcuraError {
  return new ProcuraError('ERR_PROCURA_DELEGATION_ENDED', message, cause === undefined ? {} : { cause })
}

function asIs(error: unknown): unknown {
  return error
}
