/**
 * Puts together bytes that arrive in parts, up to a limit. Parts are copied, so that a sender of many tiny ones makes
 * us hold little more than the bytes: at most twice as many, three times while it grows.
 */
export class ByteCollector {
  readonly #maxBytes: number
  #buffer = new Uint8Array(0)
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Appends a part; false, and nothing is appended, when that would be more than the limit. */
  add(part: Uint8Array): boolean {
    const length = this.#length + part.length
    if (length > this.#maxBytes) return false
    if (length > this.#buffer.length) this.#grow(length)
    this.#buffer.set(part, this.#length)
    this.#length = length
    return true
  }

  /** All that was added, in order. Later additions may or may not show in it. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#length === this.#buffer.length ? this.#buffer : this.#buffer.slice(0, this.#length)
  }

  #grow(length: number): void {
    const grown = new Uint8Array(Math.min(this.#maxBytes, Math.max(length, this.#buffer.length * 2)))
    grown.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = grown
  }
}
