import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

const END = '-- ended with'

/** A shell that is given one line after the other, as somebody types them. What it left running is ended with it. */
export class Shell {
  readonly #process: ChildProcess
  #output = ''

  /** @param environment Beside that of this process. */
  constructor(environment: Readonly<Record<string, string>>) {
    const env = { ...process.env, ...environment }
    this.#process = spawn('bash', [], { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
      })
    }
  }

  /** Runs one line. Answers what was printed since the last one. Rejects when the line fails. */
  async run(line: string): Promise<string> {
    this.#output = ''
    this.#process.stdin?.write(`${line}\nprintf '\\n${END} %s\\n' $?\n`)
    for (;;) {
      const [printed = '', code] = this.#output.split(`\n${END} `)
      if (code?.includes('\n') === true) {
        if (code.trim().startsWith('0')) return printed
        throw new Error(`${line}: ${printed}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async end(): Promise<void> {
    const { pid, exitCode } = this.#process
    if (pid === undefined || exitCode !== null) return
    const closed = once(this.#process, 'close')
    process.kill(-pid, 'SIGKILL')
    await closed
  }
}
