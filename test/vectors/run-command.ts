import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import {
  differencesOf,
  questionOf,
  type VectorAnswer,
  type VectorCase,
  type VectorFile,
  type VectorQuestion,
} from './format.ts'

/** Time for one answer, in milliseconds: the dearest takes some ten. */
const ANSWER_LIMIT_MS = 10_000

const START_FAILURES: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such program'],
  ['EACCES', 'it is not a program that may be run'],
])

/** What came of asking a program about vectors. */
export interface CommandReport {
  readonly asked: number
  /** How many vectors were answered otherwise, or not at all. */
  readonly otherwise: number
  /** `id: difference`, at least one for each of them: a vector can differ in several steps. */
  readonly differences: readonly string[]
}

/** A program behind the command protocol (README.md): one question at a time. */
class Implementation {
  readonly #process: ChildProcess
  readonly #answers: AsyncIterator<string>

  private constructor([command = '', ...args]: readonly string[]) {
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    // A program that has ended is noticed by its answer that does not come.
    this.#process.stdin?.on('error', () => undefined)
    const output = this.#process.stdout
    if (output === null) throw new Error('the program has no standard output')
    this.#answers = createInterface({ input: output })[Symbol.asyncIterator]()
  }

  /** @returns A sentence when the program cannot be started. */
  static async start(command: readonly string[]): Promise<Implementation | string> {
    const implementation = new Implementation(command)
    try {
      await once(implementation.#process, 'spawn')
      return implementation
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      return `${command[0]} cannot be started: ${START_FAILURES.get(code) ?? error}`
    }
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
      if (done === true) throw new Error('ended before it answered')
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
 * @returns A sentence when the program cannot be started.
 */
export async function runCommand(
  files: readonly VectorFile[],
  command: readonly string[],
): Promise<CommandReport | string> {
  const implementation = await Implementation.start(command)
  if (typeof implementation === 'string') return implementation
  const report = { asked: 0, otherwise: 0, differences: [] as string[] }
  try {
    for (const [file, vector] of files.flatMap((file) =>
      file.cases.map((vector) => [file, vector] as const),
    )) {
      report.asked++
      const found = await differencesIn(file, vector, implementation)
      if (found.lines.length > 0) report.otherwise++
      report.differences.push(...found.lines.map((line) => `${vector.id}: ${line}`))
      if (found.hasEnded) break
    }
    return report
  } finally {
    implementation.end()
  }
}

async function differencesIn(file: VectorFile, vector: VectorCase, implementation: Implementation) {
  try {
    return {
      lines: differencesOf(vector, await implementation.ask(questionOf(file, vector))),
      hasEnded: false,
    }
  } catch (error) {
    return { lines: [error instanceof Error ? error.message : String(error)], hasEnded: true }
  }
}
