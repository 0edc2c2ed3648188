import { ProcuraError } from '../../../errors.ts'
import { errorOf } from '../sql/fault.ts'
import type { Answered, Call } from '../sql/messages.ts'

/** Calls done in one transaction: enough to spread the cost of a commit, few enough that others get their turn. */
const MAX_BATCH = 64

interface Waiting {
  readonly call: Call
  resolve(value: unknown): void
  reject(error: Error): void
}

export interface LaneOptions {
  /** Does calls in one transaction. Never rejects. */
  readonly answer: (calls: readonly Call[]) => Promise<Answered>
  /** Transactions of this lane at the same time. */
  readonly width: number
  /** Tenants whose lists a commit changed. */
  readonly onChanged: (tenants: readonly string[]) => void
}

/** Gathers calls while the transactions before them go on, then does them together. */
export class Lane {
  readonly #options: LaneOptions
  readonly #waiting: Waiting[] = []
  #lastId = 0
  #running = 0
  #onIdle: (() => void) | undefined

  constructor(options: LaneOptions) {
    this.#options = options
  }

  /** Settles with the answer; for a write, when it is committed. */
  call(name: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ call: { id: ++this.#lastId, name, args }, resolve, reject }) > 1) return
      queueMicrotask(() => this.#start())
    })
  }

  /** Whether nobody waits for it. */
  get isIdle(): boolean {
    return this.#running === 0 && this.#waiting.length === 0
  }

  /** Settles when everything that it was called for is answered. */
  async idle(): Promise<void> {
    while (!this.isIdle) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
  }

  /** Those whose turn has not come are answered with it. */
  refuseWaiting(refusal: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(refusal)
    if (this.#running === 0) this.#onIdle?.()
  }

  #start(): void {
    while (this.#running < this.#options.width && this.#waiting.length > 0) {
      void this.#answer(this.#waiting.splice(0, MAX_BATCH))
    }
  }

  async #answer(batch: readonly Waiting[]): Promise<void> {
    this.#running++
    const { answers, changed } = await this.#options.answer(batch.map(({ call }) => call))
    this.#running--
    const byId = new Map(answers.map((answer) => [answer.id, answer]))
    for (const { call, resolve, reject } of batch) {
      const answer = byId.get(call.id)
      if (answer === undefined) reject(new ProcuraError('ERR_PROCURA_STORAGE', 'the store did not answer'))
      else if ('fault' in answer) reject(errorOf(answer.fault))
      else resolve(answer.value)
    }
    if (changed.length > 0) this.#options.onChanged(changed)
    this.#start()
    if (this.#running === 0) this.#onIdle?.()
  }
}
