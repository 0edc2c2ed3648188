/** Chance that depends on a text alone (FNV-1a to seed it, then sfc32): the same in every run and on every machine. */
export class Chance {
  readonly #state: Uint32Array

  constructor(seed: string) {
    let hash = 0x811c9dc5
    const words = [1, 2, 3, 4].map((salt) => {
      for (const character of `${salt}${seed}`)
        hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
      return hash >>> 0
    })
    this.#state = Uint32Array.from(words)
    for (let i = 0; i < 12; i++) this.#next()
  }

  #next(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#state
    const sum = (a + b + d) >>> 0
    this.#state.set([b ^ (b >>> 9), (c + (c << 3)) >>> 0, ((c << 21) | (c >>> 11)) + sum, d + 1])
    return sum
  }

  /** Below `end`. */
  below(end: number): number {
    return end === 0 ? 0 : this.#next() % end
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** True once in `times` times. */
  once(times: number): boolean {
    return this.below(times) === 0
  }
}
