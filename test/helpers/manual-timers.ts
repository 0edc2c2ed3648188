import type { SetTimer } from '../../src/core/timer.ts'

interface Waiting {
  readonly at: number
  readonly run: () => void
}

/** Timers that run when a test says that time has passed. */
export class ManualTimers {
  readonly #waiting = new Set<Waiting>()
  readonly #time: { now: number }

  /** @param time Whose `now`, in milliseconds, is set as time passes. */
  constructor(time: { now: number }) {
    this.#time = time
  }

  /** How many have been set and have neither run nor been taken back. */
  get waiting(): number {
    return this.#waiting.size
  }

  readonly set: SetTimer = (run, delayMs) => {
    const timer = { at: this.#time.now + delayMs, run }
    this.#waiting.add(timer)
    return () => void this.#waiting.delete(timer)
  }

  /** Lets time pass, in order, and whatever follows from it. */
  async advance(ms: number): Promise<void> {
    const end = this.#time.now + ms
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#waiting.delete(next)
      this.#time.now = Math.max(this.#time.now, next.at)
      next.run()
      await settled()
    }
    this.#time.now = end
  }

  #next(end: number): Waiting | undefined {
    const due = [...this.#waiting].filter(({ at }) => at <= end)
    return due.toSorted((a, b) => a.at - b.at)[0]
  }
}

/** Whatever is under way without waiting for the outside world has ended. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
