import { MAX_HELD_NONCES_PER_KEY, type NonceUse, type ReplayStore } from './ports.ts'

/** Most nonces held at once; about 100 bytes each. */
const MAX_HELD_NONCES = 1_000_000

/** Nonces are dropped by whole slices of this length. */
const SLICE_MS = 30_000

interface Slice {
  readonly nonces: Set<string>
  readonly perKey: Map<string, number>
}

/** A replay store in the memory of this process. O(1) per use; forgets on restart. */
export class MemoryReplayStore implements ReplayStore {
  readonly #slices = new Map<number, Slice>()
  readonly #now: () => number
  readonly #maxHeld: number
  #held = 0

  /** @param now Milliseconds since 1970. */
  constructor(now: () => number, maxHeld: number = MAX_HELD_NONCES) {
    this.#now = now
    this.#maxHeld = maxHeld
  }

  use(keyThumbprint: string, nonce: string, expiresAt: number): NonceUse {
    this.#dropExpired()
    const entry = `${keyThumbprint} ${nonce}`
    let ofKey = 0
    for (const slice of this.#slices.values()) {
      if (slice.nonces.has(entry)) return 'replayed'
      ofKey += slice.perKey.get(keyThumbprint) ?? 0
    }
    if (this.#held >= this.#maxHeld || ofKey >= MAX_HELD_NONCES_PER_KEY) return 'unavailable'
    this.#hold(entry, keyThumbprint, expiresAt)
    return 'fresh'
  }

  #hold(entry: string, keyThumbprint: string, expiresAt: number): void {
    const number = Math.ceil(expiresAt / SLICE_MS)
    const slice = this.#slices.get(number) ?? { nonces: new Set(), perKey: new Map() }
    slice.nonces.add(entry)
    slice.perKey.set(keyThumbprint, (slice.perKey.get(keyThumbprint) ?? 0) + 1)
    this.#slices.set(number, slice)
    this.#held++
  }

  #dropExpired(): void {
    const now = this.#now()
    for (const [number, slice] of this.#slices) {
      if (number * SLICE_MS >= now) continue
      this.#held -= slice.nonces.size
      this.#slices.delete(number)
    }
  }
}
