import { detachText } from '../core/bytes.ts'
import { LruMap } from '../core/lru-map.ts'
import { type ChainStore, type KeptChain, MAX_KEPT_PER_AGENT, MAX_KEPT_PER_PRESENTER } from './ports.ts'

/** Memory for the chains of all authorities, and of one at most, in characters. */
export const MAX_KEPT_CHARS: number = 64 * 1024 * 1024
export const MAX_KEPT_CHARS_PER_AUTHORITY: number = 16 * 1024 * 1024

/** Presenters, and agents, whose chains are counted. */
const MAX_COUNTED = 10_000

/**
 * A store in the memory of this process. Every authority has a share of its own, so that the agents of one cannot
 * crowd out those of another; in a share the chain that was used longest ago makes room. O(1) per use.
 */
export class MemoryChainStore implements ChainStore {
  #shares: ReadonlyMap<string, LruMap<string, KeptChain>> = new Map()
  #share = 0
  readonly #maxChars: number
  readonly #ofPresenter = new Newest(MAX_KEPT_PER_PRESENTER)
  readonly #ofAgent = new Newest(MAX_KEPT_PER_AGENT)
  readonly #now: () => number

  /**
   * @param authorities The trusted ones; chains that rest on another are not kept.
   * @param now Milliseconds since 1970.
   */
  constructor(authorities: Iterable<string>, now: () => number, maxChars: number = MAX_KEPT_CHARS) {
    this.#maxChars = maxChars
    this.#now = now
    this.setAuthorities(authorities)
  }

  /** Replaces the trusted authorities. Where they are others than before, all is forgotten: it can be sent again. */
  setAuthorities(authorities: Iterable<string>): void {
    const names = [...new Set(authorities)]
    if (names.length === this.#shares.size && names.every((name) => this.#shares.has(name))) return
    this.#share = Math.min(MAX_KEPT_CHARS_PER_AUTHORITY, Math.floor(this.#maxChars / names.length))
    this.#shares = new Map(names.map((name) => [name, newShare(this.#share)]))
  }

  get(digest: string): readonly string[] | undefined {
    for (const share of this.#shares.values()) {
      const kept = share.get(digest)
      if (kept !== undefined && kept.expiresAt > this.#now()) return kept.texts
      share.delete(digest)
    }
    return undefined
  }

  put(digest: string, chain: KeptChain): boolean {
    const share = this.#shares.get(chain.authority)
    if (share === undefined || weightOf(chain) > this.#share) return false
    // Cut out of a request's body, which would live as long as the chain does.
    share.set(digest, { ...chain, texts: chain.texts.map(detachText) })
    for (const old of this.#ofPresenter.add(chain.presenter, digest)) this.#forget(old)
    for (const old of this.#ofAgent.add(chain.agent, digest)) this.#forget(old)
    return true
  }

  #forget(digest: string): void {
    for (const share of this.#shares.values()) share.delete(digest)
  }
}

/** The chains that each of many has sent last, of which the oldest makes room for the newest. */
class Newest {
  readonly #max: number
  readonly #sent = new LruMap<string, readonly string[]>({ maxWeight: MAX_COUNTED })

  constructor(max: number) {
    this.#max = max
  }

  /** @returns What has to make room. */
  add(who: string, digest: string): readonly string[] {
    const all = [...(this.#sent.get(who) ?? []).filter((other) => other !== digest), digest]
    this.#sent.set(who, all.slice(-this.#max))
    return all.slice(0, -this.#max)
  }
}

function newShare(maxChars: number): LruMap<string, KeptChain> {
  return new LruMap({ maxWeight: maxChars, weightOf })
}

function weightOf({ texts }: KeptChain): number {
  return texts.reduce((sum, { length }) => sum + length, 0)
}
