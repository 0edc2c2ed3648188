import { MAX_USAGE_KEYS_PER_AGENT, type UsageAnswer, type UsageCharge, type UsageStore } from './ports.ts'

/** Most keys counted at once; about 300 bytes each. */
const MAX_KEYS = 100_000

/** Shortest time between two looks for what has ended, in milliseconds. */
const SWEEP_PAUSE_MS = 60_000

interface Usage {
  used: bigint
  keepUntil: number
}

/**
 * A usage store in the memory of this process: each process that has one grants the whole limit, and so does each
 * restart. O(1) per charge.
 */
export class MemoryUsageStore implements UsageStore {
  readonly #agents = new Map<string, Map<string, Usage>>()
  readonly #now: () => number
  #keys = 0
  #sweepAt = Number.NEGATIVE_INFINITY

  /** @param now Milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now
  }

  reserve(agent: string, charges: readonly UsageCharge[]): UsageAnswer {
    const now = this.#now()
    this.#sweep(now)
    const usages = this.#agents.get(agent) ?? new Map<string, Usage>()
    const used = charges.map(({ key }) => usedOf(usages.get(key), now))
    const exhausted = charges.flatMap(({ amount, max }, i) => ((used[i] ?? 0n) + amount > max ? i : []))
    if (exhausted.length > 0) return { exhausted }
    const added = charges.filter(({ key }) => !usages.has(key)).length
    if (usages.size + added > MAX_USAGE_KEYS_PER_AGENT || this.#keys + added > MAX_KEYS) return 'unavailable'
    for (const [i, { key, amount, keepUntil }] of charges.entries()) {
      const until = Math.max(keepUntil, usages.get(key)?.keepUntil ?? keepUntil)
      usages.set(key, { used: (used[i] ?? 0n) + amount, keepUntil: until })
    }
    this.#agents.set(agent, usages)
    this.#keys += added
    return 'reserved'
  }

  release(agent: string, charges: readonly UsageCharge[]): void {
    for (const { key, amount } of charges) {
      const usage = this.#agents.get(agent)?.get(key)
      if (usage !== undefined) usage.used = usage.used > amount ? usage.used - amount : 0n
    }
  }

  #sweep(now: number): void {
    if (now < this.#sweepAt) return
    this.#sweepAt = now + SWEEP_PAUSE_MS
    for (const [agent, usages] of this.#agents) {
      for (const [key, { keepUntil }] of usages) {
        if (keepUntil < now && usages.delete(key)) this.#keys--
      }
      if (usages.size === 0) this.#agents.delete(agent)
    }
  }
}

/** What has ended begins anew. */
function usedOf(usage: Usage | undefined, now: number): bigint {
  return usage === undefined || usage.keepUntil < now ? 0n : usage.used
}
