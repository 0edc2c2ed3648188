import { type PoolOptions, type PoolWorker, ThreadsPoolWorker, type WorkerRequest } from 'vitest/node'

type Listener = Parameters<PoolWorker['on']>[1]

/**
 * The thread that runs the tests, kept from mutant to mutant with all modules that it has loaded: loading them anew takes
 * many times as long as the tests that notice a mutant.
 */
class KeptThread extends ThreadsPoolWorker {
  hasEnded = false
  #listeners: { readonly event: string; readonly listener: Listener }[] = []
  #config: unknown

  override async start(): Promise<void> {
    if (this.#config !== undefined) return
    await super.start()
    super.on('exit', () => {
      this.hasEnded = true
    })
  }

  override on(event: string, listener: Listener): void {
    this.#listeners.push({ event, listener })
    super.on(event, listener)
  }

  /** Starts once and never stops; each run brings its own configuration, where the names of the tests to run are. */
  override send(message: WorkerRequest): void {
    if (message.type === 'run') {
      super.send({ ...message, context: { ...message.context, config: this.#config } } as WorkerRequest)
    } else if (message.type === 'start' && this.#config !== undefined) {
      this.#config = message.context.config
      this.#answer('started')
    } else if (message.type === 'stop') {
      this.#answer('stopped')
    } else {
      if (message.type === 'start') this.#config = message.context.config
      super.send(message)
    }
  }

  override async stop(): Promise<void> {
    for (const { event, listener } of this.#listeners) super.off(event, listener)
    this.#listeners = []
  }

  #answer(type: 'started' | 'stopped'): void {
    const answer = { type, __vitest_worker_response__: true }
    const listeners = this.#listeners.filter(({ event }) => event === 'message')
    queueMicrotask(() => {
      for (const { listener } of listeners) listener(answer)
    })
  }
}

let kept: KeptThread | undefined

/** For the `pool` of vitest. What a module computes while it loads is mutated before it loads, in a thread of its own. */
export const keptThread = {
  name: 'threads-kept',
  createPoolWorker(options: PoolOptions): PoolWorker {
    const { mutantActivation } = options.project.getProvidedContext() as { mutantActivation?: string }
    if (mutantActivation === 'static') return new ThreadsPoolWorker(options)
    if (kept === undefined || kept.hasEnded) kept = new KeptThread(options)
    return kept
  },
}
