import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'

/** How long a child may take to answer, in milliseconds. */
const ANSWER_MS = 20_000

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

/** A program of the demo in a process of its own, which is told what to do by messages. */
export class Child {
  readonly #process: ChildProcess
  readonly #pending = new Map<number, (answer: Answer) => void>()
  #calls = 0

  /** @param name File beside this one, without extension. @param args What it is started with. */
  constructor(name: string, args: readonly string[]) {
    const file = new URL(`./${name}${extname(import.meta.url)}`, import.meta.url)
    this.#process = fork(file, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#process.on('message', (answer: Answer) => this.#pending.get(answer.id)?.(answer))
    this.#process.on('exit', () => this.#failAll())
  }

  /** Asks the child to do something and waits for what came of it. */
  call<T>(command: string, value: object = {}): Promise<T> {
    const id = ++this.#calls
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#pending.get(id)?.({ id, error: 'no answer in time' }), ANSWER_MS)
      this.#pending.set(id, (answer) => {
        clearTimeout(timer)
        this.#pending.delete(id)
        if (answer.error === undefined) resolve(answer.value as T)
        else reject(new Error(`${command} failed: ${answer.error}`))
      })
      this.#process.send({ id, command, value })
    })
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    await exited
  }

  #failAll(): void {
    for (const [id, settle] of this.#pending) settle({ id, error: 'the process ended' })
  }
}

/** The child's side: answers each command with what its function returns. */
export function answerCommands(commands: Readonly<Record<string, (value: never) => unknown>>): void {
  process.on('message', async ({ id, command, value }: { id: number; command: string; value: never }) => {
    try {
      process.send?.({ id, value: await commands[command]?.(value) })
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? error.message : String(error) })
    }
  })
}
