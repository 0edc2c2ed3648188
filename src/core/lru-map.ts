/** An entry between the one that was used before it and the one that was used after it. */
interface Entry<K, V> {
  readonly key: K
  readonly value: V
  readonly weight: number
  older: Entry<K, V> | undefined
  newer: Entry<K, V> | undefined
}

/**
 * A map that forgets the least recently read or written entries once their weight exceeds a limit.
 *
 * Weights are whatever the caller counts: entries, bytes. An entry that alone outweighs the limit is not kept.
 * Every operation is O(1). A read looks up once and moves no entry of the map itself, whose place in memory is the dear
 * part: the order of use is a list beside it.
 */
export class LruMap<K, V> {
  readonly #maxWeight: number
  readonly #weightOf: (value: V, key: K) => number
  readonly #onDelete: ((value: V) => void) | undefined
  readonly #entries = new Map<K, Entry<K, V>>()
  #oldest: Entry<K, V> | undefined
  #newest: Entry<K, V> | undefined
  #weight = 0

  /**
   * @param options.weightOf Asked once for each entry when it is set; default 1, so that entries are counted.
   * @param options.onDelete Told of each value that is forgotten, replaced or deleted by its key.
   */
  constructor(options: {
    readonly maxWeight: number
    readonly weightOf?: (value: V, key: K) => number
    readonly onDelete?: (value: V) => void
  }) {
    this.#maxWeight = options.maxWeight
    this.#weightOf = options.weightOf ?? (() => 1)
    this.#onDelete = options.onDelete
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
    if (entry !== this.#newest) {
      this.#unlink(entry)
      this.#append(entry)
    }
    return entry.value
  }

  set(key: K, value: V): void {
    this.delete(key)
    const weight = this.#weightOf(value, key)
    if (!(weight <= this.#maxWeight)) return
    const entry = { key, value, weight, older: undefined, newer: undefined }
    this.#entries.set(key, entry)
    this.#append(entry)
    this.#weight += weight
    while (this.#weight > this.#maxWeight && this.#oldest !== undefined) this.delete(this.#oldest.key)
  }

  delete(key: K): boolean {
    const entry = this.#entries.get(key)
    if (entry === undefined) return false
    this.#unlink(entry)
    this.#weight -= entry.weight
    this.#entries.delete(key)
    this.#onDelete?.(entry.value)
    return true
  }

  clear(): void {
    this.#entries.clear()
    this.#oldest = undefined
    this.#newest = undefined
    this.#weight = 0
  }

  #append(entry: Entry<K, V>): void {
    entry.older = this.#newest
    entry.newer = undefined
    if (this.#newest === undefined) this.#oldest = entry
    else this.#newest.newer = entry
    this.#newest = entry
  }

  #unlink({ older, newer }: Entry<K, V>): void {
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
  }
}
