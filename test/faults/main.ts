import { HELP, readArguments, type Wanted } from './arguments.ts'
import { formatJson, formatResult, formatTotal, isGood, type Result } from './report.ts'
import { runScenario } from './run-scenario.ts'
import { SCENARIOS } from './scenarios/index.ts'

/** Where nobody looks at a line that is written over, a new one this often, in milliseconds. */
const TELL_EVERY_MS = 30_000

/** Exit code of a program that a signal ended. */
const INTERRUPTED = 130

/** @throws {Error} for arguments that mean nothing. */
export async function main(words: readonly string[]): Promise<void> {
  const wanted = readArguments(words, SCENARIOS)
  if (wanted === 'help') process.stdout.write(HELP)
  else if (wanted === 'list') process.stdout.write(listScenarios())
  else process.exitCode = await runAll(wanted)
}

function listScenarios(): string {
  const lines = SCENARIOS.map(({ name, about, needs, rounds }) => {
    const programs = needs.length === 0 ? '' : ` Needs ${needs.join(' and ')}.`
    return `${name}: ${about} ${rounds} rounds.${programs}\n`
  })
  return lines.join('')
}

/** @returns The exit code. */
async function runAll({ scenarios, seed, rounds, json }: Wanted): Promise<number> {
  const signal = abortedBySignals()
  if (!json) process.stdout.write(`seed ${seed}\n`)
  const results: Result[] = []
  for (const scenario of scenarios) {
    const progress = progressOf(scenario.name)
    const options = { seed, signal, progress, ...(rounds !== undefined && { rounds }) }
    const result = await runScenario(scenario, options)
    if (signal.aborted) process.exit(INTERRUPTED)
    clearProgress()
    results.push(result)
    process.stdout.write(`${json ? formatJson(result, seed) : formatResult(result)}\n`)
  }
  if (!json) process.stdout.write(`${formatTotal(results, seed)}\n`)
  return results.every(isGood) ? 0 : 1
}

/** The first signal ends what is running; the second one this process. */
function abortedBySignals(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => {
      process.once(name, () => process.exit(INTERRUPTED))
      process.stderr.write('\nending what was started …\n')
      controller.abort()
    })
  return controller.signal
}

function progressOf(name: string): (what: string) => void {
  let told = performance.now()
  return (what) => {
    const line = `${name}: ${what}`
    if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K… ${line}`)
    else if (performance.now() - told > TELL_EVERY_MS) {
      told = performance.now()
      process.stderr.write(`… ${line}\n`)
    }
  }
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
}
