/** Work that must not meet: one piece after the other. */
export class Turns<T> {
  readonly #around: (work: () => Promise<T>) => Promise<T>
  #running: Promise<T> | undefined
  #isShared = false

  /** @param around Does some work, with what belongs before and after any. Never rejects. */
  constructor(around: (work: () => Promise<T>) => Promise<T>) {
    this.#around = around
  }

  get isBusy(): boolean {
    return this.#running !== undefined
  }

  /** Calls while such work is under way share it; other work is waited for. */
  share(work: () => Promise<T>): Promise<T> {
    const running = this.#running
    if (running === undefined) return this.#begin(work, true)
    return this.#isShared ? running : running.then(() => this.share(work))
  }

  /** After what is under way; at once, if that is nothing. */
  async next(work: () => Promise<T>): Promise<T> {
    while (this.#running !== undefined) await this.#running
    return this.#begin(work, false)
  }

  #begin(work: () => Promise<T>, isShared: boolean): Promise<T> {
    this.#isShared = isShared
    this.#running = this.#around(work).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }
}
