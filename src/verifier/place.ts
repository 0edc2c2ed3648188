import type { Clock, Fetch, Random } from '../core/clock.ts'
import type { Refused, Verdict } from '../refusal.ts'
import { isBehind } from '../status/accept-head.ts'
import { CURRENT_HEARTBEATS, HEAD_CACHE_SECONDS, isFresh } from '../status/freshness.ts'
import type { Head } from '../status/head.ts'
import { statusBaseOf } from '../status/layout.ts'
import { retryAfterMs } from './retry-after.ts'
import { FIRST_PAUSE_MS, MAX_PAUSE_MS } from './status-push.ts'
import { failureOf, type SyncFailure } from './sync-failure.ts'

/**
 * After how long a place is to be looked at although others serve, in milliseconds, less up to a fifth by chance: so a
 * place that shows another history is found out within that time and a poll for each, at one small document a minute.
 */
export const COMPARE_MS = 60_000
const COMPARE_JITTER = 0.2

/** After how long a look at one of several places ends, in milliseconds. */
export const LOOK_MS = 15_000

/** The same where another has shown a head of now: what is critical waits for the next look at that one. */
export const COMPARE_LOOK_MS = 3_000

/** What a place showed. Times are milliseconds since 1970. */
export interface PlaceState {
  /** URL prefix of a mirror; URL of the head for the place that the trust entry names. */
  readonly url: string
  /** When it was looked at last; absent before the first time. */
  readonly lookedAt?: number
  /** Signed time of the head that it showed last. */
  readonly asOf?: number
  /** Looks in a row that came to nothing. */
  readonly failures: number
  /** Why the last one did. */
  readonly failure?: SyncFailure
  /** From then on it is looked at in any case, one such place a look; if it failed, not before. */
  readonly nextAt: number
}

/** What came of a look: the verdict, and the head that was shown, if it is one. */
export interface Look {
  readonly outcome: Verdict<void>
  readonly shown: Head | undefined
}

/** Looks by means of a fetch. @param url As of {@link PlaceState}. */
export type LookBy = (fetch: Fetch, url: string) => Promise<Look>

export interface PlacePorts {
  readonly fetch: Fetch
  readonly clock: Clock
  readonly random: Random
}

/** One place at which an authority's status can be had. What lies there is believed for its signatures alone. */
export class Place {
  /** Prefix of a mirror; absent for the place that the trust entry names. */
  readonly mirror: string | undefined
  readonly #ports: PlacePorts
  #seen: Omit<PlaceState, 'url'> = { failures: 0, nextAt: 0 }
  #outcome: Verdict<void> | undefined
  #pauseMs = FIRST_PAUSE_MS
  /** For how long its last answer asks not to be asked. */
  #askedMs = 0

  constructor(ports: PlacePorts, mirror?: string) {
    this.#ports = ports
    this.mirror = mirror
  }

  state(head: string): PlaceState {
    return { url: this.mirror ?? head, ...this.#seen }
  }

  /** As of {@link PlaceState}. */
  get seen(): Omit<PlaceState, 'url'> {
    return this.#seen
  }

  /** How the last look ended. */
  get outcome(): Verdict<void> | undefined {
    return this.#outcome
  }

  /** It failed, and is left alone for a while. */
  get isResting(): boolean {
    return this.#seen.failures > 0 && !this.isDue
  }

  /** It was not looked at for long. A clock that was set back makes no pause longer. */
  get isDue(): boolean {
    const { nextAt, lookedAt = 0 } = this.#seen
    const now = this.#ports.clock()
    return now >= nextAt || now < lookedAt
  }

  /**
   * Looks at what it shows, and keeps in mind how that ended.
   *
   * @param head Its URL, as the trust entry names it. @param deadlineMs For all of it; absent where no other place waits.
   * @returns Whether it shows a head that is of now.
   */
  async look(look: LookBy, head: string, deadlineMs: number | undefined): Promise<boolean> {
    this.#askedMs = 0
    const deadline = deadlineMs === undefined ? undefined : AbortSignal.timeout(deadlineMs)
    const { outcome, shown } = await look(async (input, init) => {
      deadline?.throwIfAborted()
      const url = typeof input === 'string' ? this.#urlOf(input, head) : input
      return this.#fetch(url, endingAt(deadline, init))
    }, this.mirror ?? head)
    this.#outcome = outcome
    if (outcome.verified || !isItsFault(outcome)) this.#noteAnswer(shown)
    else this.#noteFailure(failureOf(outcome), head)
    return outcome.verified && shown !== undefined && this.#isCurrent(shown)
  }

  async #fetch(input: string | Request, init?: RequestInit): Promise<Response> {
    const response = await this.#ports.fetch(input, init)
    if (response.status === 429 || response.status === 503) this.#askedMs = retryAfterMs(response)
    return response
  }

  /** What does not lie beside the head has no other place. */
  #urlOf(url: string, head: string): string {
    const folder = `${statusBaseOf(head)}/`
    const isBeside = this.mirror !== undefined && url.startsWith(folder)
    return isBeside ? `${this.mirror}${url.slice(folder.length)}` : url
  }

  #noteAnswer(shown: Head | undefined): void {
    const lookedAt = this.#ports.clock()
    this.#pauseMs = FIRST_PAUSE_MS
    const pauseMs = COMPARE_MS * (1 - COMPARE_JITTER * this.#chance())
    const seen = { lookedAt, failures: 0, nextAt: Math.round(lookedAt + pauseMs) }
    this.#seen = shown === undefined ? seen : { ...seen, asOf: shown.iatMs }
  }

  #noteFailure({ url, ...failure }: SyncFailure, head: string): void {
    const lookedAt = this.#ports.clock()
    const pauseMs = Math.min(MAX_PAUSE_MS, Math.max(this.#pauseMs, this.#askedMs)) * (1 + this.#chance())
    this.#pauseMs = Math.min(MAX_PAUSE_MS, this.#pauseMs * 2)
    const placed = url === undefined ? failure : { ...failure, url: this.#urlOf(url, head) }
    const failures = this.#seen.failures + 1
    this.#seen = {
      ...this.#seen,
      lookedAt,
      failures,
      failure: placed,
      nextAt: Math.round(lookedAt + pauseMs),
    }
  }

  /** Later than by one heartbeat more, somebody holds heads back, or signs none. */
  #isCurrent({ iatMs, heartbeat }: Head): boolean {
    return isFresh(iatMs, this.#ports.clock(), CURRENT_HEARTBEATS * heartbeat + HEAD_CACHE_SECONDS)
  }

  #chance(): number {
    return (this.#ports.random(1)[0] ?? 0) / 256
  }
}

function endingAt(deadline: AbortSignal | undefined, init: RequestInit | undefined): RequestInit | undefined {
  if (deadline === undefined) return init
  return { ...init, signal: AbortSignal.any([deadline, ...(init?.signal ? [init.signal] : [])]) }
}

/** A copy that is not yet up to date is none, nor is a document that lies elsewhere. */
function isItsFault(outcome: Refused): boolean {
  return outcome.refusal.code !== 'did_unresolvable' && !isBehind(outcome)
}
