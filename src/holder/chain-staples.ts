import type { Fetch } from '../core/clock.ts'
import type { JsonObject } from '../core/json.ts'
import { LruMap } from '../core/lru-map.ts'
import { tell } from '../core/tell.ts'
import type { ParsedChain } from '../model/chain.ts'

/** Texts kept of what never changes at its URL, lists and leaf tables, in characters. */
const MAX_KEPT_CHARS: number = 8 * 1024 * 1024

/**
 * Makes staples: the status of chains, for service providers that cannot have it otherwise (docs/spec/06-presenting.md
 * "Stapling"). Shared by an agent and its runs.
 */
export class ChainStaples {
  readonly #fetch: Fetch
  readonly #onFailed: (error: unknown) => void
  readonly #kept = new LruMap<string, string>({ maxWeight: MAX_KEPT_CHARS, weightOf: ({ length }) => length })

  /** @param onFailed Told why there is no staple. */
  constructor(fetch: Fetch, onFailed: (error: unknown) => void = () => undefined) {
    this.#fetch = fetch
    this.#onFailed = onFailed
  }

  /** The newest status of a chain: one GET while nothing has changed. Never rejects. @returns `undefined` without one. */
  async make(chain: ParsedChain): Promise<JsonObject | undefined> {
    try {
      const { collectStaple } = await import('./collect-staple.ts')
      return await collectStaple(chain, this.#fetch, this.#kept)
    } catch (error) {
      tell((news) => this.#onFailed(news.error), { error })
      return undefined
    }
  }
}
