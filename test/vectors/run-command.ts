import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import {
  differencesOf,
  questionOf,
  type VectorAnswer,
  type VectorFile,
  type VectorQuestion,
} from './format.ts'

/** Time for one answer, in milliseconds: the dearest takes some ten. */
const ANSWER_LIMIT_MS = 10_000

/** What came of asking a program about vectors. */
export interface CommandReport {
  readonly asked: number
  /** `id: difference`, one for each vector that was answered otherwise. */
  readonly differences: readonly string[]
}

/** A program behind the command protocol (README.md): one question at a time. */
class Implementation {
  readonly #process: ChildProcess
  readonly #answers: AsyncIterator<string>
  #failure: string | undefined

  constructor([command = '', ...args]: readonly string[]) {
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#process.on('error', ({ message }) => {
      this.#failure = message
    })
    // A program that has ended is noticed by its answer that does not come.
    this.#process.stdin?.on('error', () => undefined)
    const output = this.#process.stdout
    if (output === null) throw new Error('the program has no standard output')
    this.#answers = createInterface({ input: output })[Symbol.asyncIterator]()
  }

  async ask(question: VectorQuestion): Promise<VectorAnswer> {
    this.#process.stdin?.write(`${JSON.stringify(question)}\n`)
    let timer: ReturnType<typeof setTimeout> | undefined
    const limit = new Promise<never>((_, reject) => {
      const silent = () => reject(new Error(`kept silent for ${ANSWER_LIMIT_MS / 1000} s`))
      timer = setTimeout(silent, ANSWER_LIMIT_MS)
    })
    try {
      const { value, done } = await Promise.race([this.#answers.next(), limit])
      if (done === true) throw new Error(this.#failure ?? 'ended before it answered')
      return JSON.parse(value)
    } finally {
      clearTimeout(timer)
    }
  }

  end(): void {
    this.#process.stdin?.end()
    this.#process.kill()
  }
}

/**
 * Asks a program about every vector. Goes on after a wrong answer; one that does not come, or that is no JSON, ends it.
 *
 * @param command Program and arguments.
 */
export async function runCommand(
  files: readonly VectorFile[],
  command: readonly string[],
): Promise<CommandReport> {
  const implementation = new Implementation(command)
  const differences: string[] = []
  let asked = 0
  try {
    for (const file of files) {
      for (const vector of file.cases) {
        asked++
        try {
          const found = differencesOf(vector, await implementation.ask(questionOf(file, vector)))
          differences.push(...found.map((difference) => `${vector.id}: ${difference}`))
        } catch (error) {
          differences.push(`${vector.id}: ${error instanceof Error ? error.message : error}`)
          return { asked, differences }
        }
      }
    }
    return { asked, differences }
  } finally {
    implementation.end()
  }
}
