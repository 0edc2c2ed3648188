import { Worker } from 'node:worker_threads'
import { ProcuraError } from '../../../errors.ts'
import { errorOf, type Fault } from '../sql/fault.ts'
import type { Answer, Answered, Call } from '../sql/messages.ts'
import { OPENING, type ServiceMessage, type ThreadOptions } from './messages.ts'

/** The worker lies beside this module and has its extension: TypeScript in the sources, JavaScript when built. */
const WORKER = new URL(`./store-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
}

export interface ThreadEvents {
  /** Tenants whose lists a commit changed. */
  onChanged(tenants: readonly string[]): void
  /** The thread died; every call has been rejected and every later one will be. */
  onFailure(error: ProcuraError): void
}

/**
 * A worker thread that answers calls. Calls of one turn of the event loop travel together, whatever made them: signatures that
 * the thread pool has finished come one by one, each with microtasks of its own.
 */
export class StoreThread {
  readonly #worker: Worker
  readonly #events: ThreadEvents
  readonly #pending = new Map<number, Pending>()
  readonly #exit: Promise<void>
  #outgoing: Call[] = []
  #lastId = OPENING
  #ended: ProcuraError | undefined

  private constructor(options: ThreadOptions, events: ThreadEvents) {
    this.#events = events
    this.#worker = new Worker(WORKER, { workerData: options })
    this.#worker.on('message', (answered: Answered) => this.#receive(answered))
    this.#worker.on('error', (cause) => this.#fail(storageError('the store thread failed', cause)))
    this.#worker.on('messageerror', (cause) => this.#fail(storageError('the store thread failed', cause)))
    this.#exit = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail(storageError('the store thread ended'))
        resolve()
      })
    })
  }

  /** Resolves once the file is open. Rejects with what the thread says is wrong with it. */
  static async open(options: ThreadOptions, events: ThreadEvents): Promise<StoreThread> {
    const thread = new StoreThread(options, events)
    try {
      await thread.#answerTo(OPENING)
      return thread
    } catch (error) {
      thread.#ended ??= storageError('the store was never open')
      throw error
    }
  }

  /** Why it answers no more, once that is so. */
  get ended(): ProcuraError | undefined {
    return this.#ended
  }

  /** Settles when the thread has answered; for a write, when it is on the disk. */
  call(name: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const id = ++this.#lastId
    if (this.#outgoing.length === 0) setImmediate(() => this.#send())
    this.#outgoing.push({ id, name, args })
    return this.#answerTo(id)
  }

  /** Lets the thread finish what it has accepted. */
  async close(): Promise<void> {
    this.#send()
    this.#ended ??= storageError('the store is closed')
    this.#worker.postMessage({ kind: 'close' } satisfies ServiceMessage)
    await this.#exit
  }

  /** Ends the thread at once; every call rejects with `error`, and nobody is told of a failure. */
  abort(error: ProcuraError): void {
    this.#ended ??= error
    this.#fail(error)
    void this.#worker.terminate()
  }

  #answerTo(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }))
  }

  #send(): void {
    const calls = this.#outgoing
    this.#outgoing = []
    if (calls.length === 0 || this.#post(calls) === undefined) return
    for (const call of calls) {
      const fault = this.#post([call])
      if (fault !== undefined) this.#settle({ id: call.id, fault })
    }
  }

  /** @returns Why the calls cannot travel: an argument that is no plain data. */
  #post(calls: readonly Call[]): Fault | undefined {
    try {
      this.#worker.postMessage({ kind: 'calls', calls } satisfies ServiceMessage)
      return undefined
    } catch {
      return { code: 'ERR_PROCURA_INVALID_ARGUMENT', message: 'the store takes plain data only' }
    }
  }

  #receive({ answers, changed }: Answered): void {
    for (const answer of answers) this.#settle(answer)
    if (changed.length > 0) this.#events.onChanged(changed)
  }

  #settle(answer: Answer): void {
    const pending = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if ('fault' in answer) pending?.reject(errorOf(answer.fault))
    else pending?.resolve(answer.value)
  }

  /** After `close` the end is expected, and before it was open whoever opens it is told: neither is a failure. */
  #fail(error: ProcuraError): void {
    const isFailure = this.#ended === undefined && !this.#pending.has(OPENING)
    this.#ended ??= error
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
    if (isFailure) this.#events.onFailure(error)
  }
}

function storageError(message: string, cause?: unknown): ProcuraError {
  return new ProcuraError('ERR_PROCURA_STORAGE', message, cause === undefined ? {} : { cause })
}
