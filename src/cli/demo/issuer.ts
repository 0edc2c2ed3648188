import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How long the service may take until it is ready, in milliseconds. */
const READY_MS = 20_000
const PAUSE_MS = 25

/** The real issuer service, as `procura serve` starts it, on a data directory that outlives its process. */
export class DemoIssuer {
  readonly #dataDir: string
  readonly #origin: string
  #process: ChildProcess | undefined

  constructor(dataDir: string, origin: string) {
    this.#dataDir = dataDir
    this.#origin = origin
  }

  async start(): Promise<void> {
    const main = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url))
    const args = [main, 'serve', '--data', this.#dataDir]
    this.#process = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    await this.#ready()
  }

  async stop(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    if (running === undefined || running.exitCode !== null) return
    const exited = once(running, 'exit')
    running.kill('SIGTERM')
    await exited
  }

  async #ready(): Promise<void> {
    for (const end = Date.now() + READY_MS; Date.now() < end; ) {
      const ready = await fetch(`${this.#origin}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
      if (ready) return
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    throw new Error(`the issuer did not get ready within ${READY_MS} ms`)
  }
}
