/** Hands on the newest of what is offered, one at a time: what waits is replaced by what is offered after it. */
export class NewestOnly<T extends string | object> {
  readonly #take: (value: T) => Promise<void>
  #waiting: T | undefined
  #isBusy = false

  /** @param take Never rejects; the next one is handed on when it has ended. */
  constructor(take: (value: T) => Promise<void>) {
    this.#take = take
  }

  offer(value: T): void {
    this.#waiting = value
    if (!this.#isBusy) void this.#handOn()
  }

  async #handOn(): Promise<void> {
    this.#isBusy = true
    for (let value = this.#waiting; value !== undefined; value = this.#waiting) {
      this.#waiting = undefined
      await this.#take(value)
    }
    this.#isBusy = false
  }
}
