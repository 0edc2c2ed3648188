import { Worker } from 'node:worker_threads'
import { ProcuraError } from '../../errors.ts'
import type { Answer, Request } from '../shared-stores.ts'
import type { FileAnswer, FileRequest, FromThread, ThreadOptions, ToThread } from './thread-messages.ts'

/** Lies beside this module and has its extension: TypeScript in the sources, JavaScript when built. */
const THREAD = new URL(`./thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

interface Pending {
  resolve(answer: FileAnswer): void
  reject(error: ProcuraError): void
}

/** The thread that the file belongs to, seen from outside: the event loop never waits for a disk. */
export class StoreThread {
  readonly #worker: Worker
  readonly #pending = new Map<number, Pending>()
  readonly #ended: Promise<void>
  #outgoing: [id: number, request: FileRequest][] = []
  #lastId = 0
  #failure: ProcuraError | undefined

  private constructor(options: ThreadOptions, onOpen: (failure?: ProcuraError) => void) {
    this.#worker = new Worker(THREAD, { workerData: options })
    this.#worker.on('message', (message: FromThread) => {
      if (message.kind === 'open') onOpen()
      else if (message.kind === 'closed') onOpen(storageError(message.reason))
      else this.#settle(message)
    })
    this.#worker.on('error', (cause) => this.#fail(storageError('the thread of the store failed', cause)))
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail(storageError('the store is closed'))
        onOpen(this.#failure)
        resolve()
      })
    })
  }

  /** @throws {ProcuraError} `ERR_PROCURA_STORAGE`, saying what is wrong with the file. */
  static async open(options: ThreadOptions): Promise<StoreThread> {
    const { promise, resolve, reject } = withResolvers()
    const thread = new StoreThread(options, (failure) =>
      failure === undefined ? resolve() : reject(failure),
    )
    await promise
    thread.#worker.unref()
    return thread
  }

  /** Settles when it is on the disk. @throws {ProcuraError} `ERR_PROCURA_STORAGE`: nothing was done. */
  ask(request: Request): Promise<Answer>
  ask(request: FileRequest): Promise<FileAnswer>
  ask(request: FileRequest): Promise<FileAnswer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const id = ++this.#lastId
    if (this.#outgoing.length === 0) queueMicrotask(() => this.#send())
    this.#outgoing.push([id, request])
    // Whoever waits for an answer keeps the process alive, an idle store does not.
    this.#worker.ref()
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }))
  }

  /** Lets the thread finish what it was asked. */
  async close(): Promise<void> {
    this.#send()
    this.#failure ??= storageError('the store is closed')
    this.#worker.ref()
    this.#worker.postMessage({ kind: 'close' } satisfies ToThread)
    await this.#ended
  }

  #send(): void {
    const requests = this.#outgoing
    this.#outgoing = []
    if (requests.length > 0) this.#worker.postMessage({ kind: 'requests', requests } satisfies ToThread)
  }

  #settle(message: Exclude<FromThread, { kind: 'open' | 'closed' }>): void {
    if (message.kind === 'answers') {
      for (const [id, answer] of message.answers) this.#take(id)?.resolve(answer)
    } else {
      for (const id of message.ids) this.#take(id)?.reject(storageError(message.reason))
    }
    if (this.#pending.size === 0) this.#worker.unref()
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }

  #fail(error: ProcuraError): void {
    this.#failure ??= error
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve: () => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<void>((whenOpen, whenNot) => {
    resolve = whenOpen
    reject = whenNot
  })
  return { promise, resolve, reject }
}

function storageError(reason: string, cause?: unknown): ProcuraError {
  const message = `the file of the stores: ${reason}`
  return new ProcuraError('ERR_PROCURA_STORAGE', message, cause === undefined ? {} : { cause })
}
