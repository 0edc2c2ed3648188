import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Asked, Order, Outcome, Setup } from './following-process.ts'

const PROCESS = fileURLToPath(new URL('./following-process.ts', import.meta.url))
const LOADER = new URL('../../helpers/run-from-source.mjs', import.meta.url).href

/** A process of its own that follows status; `undefined` answers when it has ended. */
export class FollowingProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (outcome: Outcome | undefined) => void>()
  readonly #ended: Promise<void>
  #lastId = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (outcome: Outcome) => this.#settle(outcome.id, outcome))
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => {
        for (const id of this.#waiting.keys()) this.#settle(id, undefined)
        resolve()
      })
    })
  }

  static async start(setup: Setup): Promise<FollowingProcess> {
    const child = fork(PROCESS, [], {
      execArgv: ['--import', LOADER],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const started = new FollowingProcess(child)
    child.send(setup)
    const ready = await new Promise<Outcome | undefined>((resolve) => started.#waiting.set(0, resolve))
    if (ready === undefined) throw new Error('the process of the verifier does not start')
    return started
  }

  look(now: number): Promise<Outcome | undefined> {
    return this.#ask({ do: 'sync', now })
  }

  /** It looks, and is killed while it writes down what it found, if there is anything to be written. */
  dieSaving(now: number, afterMs: number): Promise<Outcome | undefined> {
    return this.#ask({ do: 'die-saving', afterMs, now })
  }

  verify(now: number, asked: readonly Asked[]): Promise<Outcome | undefined> {
    return this.#ask({ do: 'verify', asked, now })
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  #ask(order: DistributiveOmit<Order, 'id'>): Promise<Outcome | undefined> {
    const id = ++this.#lastId
    const answer = new Promise<Outcome | undefined>((resolve) => this.#waiting.set(id, resolve))
    if (this.#child.connected) this.#child.send({ ...order, id })
    else this.#settle(id, undefined)
    return answer
  }

  #settle(id: number, outcome: Outcome | undefined): void {
    this.#waiting.get(id)?.(outcome)
    this.#waiting.delete(id)
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
