/**
 * A map that forgets the least recently read or written entries once their weight exceeds a limit.
 *
 * Weights are whatever the caller counts: entries, bytes. An entry that alone outweighs the limit is not kept.
 * Every operation is O(1), amortised; so is forgetting, however full the map.
 */
export class LruMap<K, V> {
  readonly #maxWeight: number
  readonly #weightOf: (value: V, key: K) => number
  /** In the order of last use, oldest first. */
  readonly #entries = new Map<K, { readonly value: V; readonly weight: number }>()
  /** Stands before the oldest entry. A new iterator would walk over all the places that evictions have left empty. */
  #oldest = this.#entries.keys()
  /** Entries put in since `#oldest` was made. */
  #puts = 0
  #weight = 0

  /** @param options.weightOf Asked once for each entry when it is set; default 1, so that entries are counted. */
  constructor(options: { readonly maxWeight: number; readonly weightOf?: (value: V, key: K) => number }) {
    this.#maxWeight = options.maxWeight
    this.#weightOf = options.weightOf ?? (() => 1)
  }

  get size(): number {
    return this.#entries.size
  }

  /** The sum of the weights of the entries held; never above the limit. */
  get weight(): number {
    return this.#weight
  }

  /** The value of `key`, which becomes the most recently used. */
  get(key: K): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#put(key, entry)
    return entry.value
  }

  set(key: K, value: V): void {
    this.delete(key)
    const weight = this.#weightOf(value, key)
    if (!(weight <= this.#maxWeight)) return
    this.#put(key, { value, weight })
    this.#weight += weight
    while (this.#weight > this.#maxWeight) this.#evict()
  }

  /**
   * An engine keeps every table that the map has outgrown for as long as an iterator stands in it, and each put fills one
   * place. So the iterator is made anew once as many were put as there are entries: often enough for memory, and
   * seldom enough for the walk.
   */
  #put(key: K, entry: { readonly value: V; readonly weight: number }): void {
    this.#entries.set(key, entry)
    if (this.#puts++ <= this.#entries.size) return
    this.#oldest = this.#entries.keys()
    this.#puts = 0
  }

  #evict(): void {
    const next = this.#oldest.next()
    if (next.done) this.#oldest = this.#entries.keys()
    else this.delete(next.value)
  }

  delete(key: K): boolean {
    const entry = this.#entries.get(key)
    if (entry === undefined) return false
    this.#weight -= entry.weight
    return this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
    this.#oldest = this.#entries.keys()
    this.#weight = 0
  }
}
