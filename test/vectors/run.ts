import { parseArgs } from 'node:util'
import type { VectorFile } from './format.ts'
import { readVectors } from './read-vectors.ts'
import { runCommand } from './run-command.ts'

/* npm run vectors [-- [--theme NAME] PROGRAM…]: asks Procura, or a program in any language, every vector (README.md). */

const OURS = [process.execPath, `${import.meta.dirname}/implementation.ts`]
const all = readVectors()
const USAGE = `usage: npm run vectors [-- [--theme NAME] [PROGRAM ARGUMENT…]]

Asks a program every published vector, by the command protocol of test/vectors/README.md, and names each that is
answered otherwise. Without a program it asks Procura itself. With --theme it asks one file:
${all.map(({ theme }) => theme).join(', ')}

Exit code: 0 when all are answered as expected, 1 when one is not, 2 for a wrong command line.
`

/** What is wanted, or what is wrong with the command line. */
function readWords(words: readonly string[]): { theme?: string; help?: boolean; command: string[] } | string {
  const begin = words.findIndex((word, i) => !word.startsWith('--') && words[i - 1] !== '--theme')
  const separator = words.indexOf('--')
  const end = [begin, separator].filter((i) => i >= 0).sort((a, b) => a - b)[0] ?? words.length
  try {
    const options = { theme: { type: 'string' }, help: { type: 'boolean' } } as const
    const { values } = parseArgs({ args: words.slice(0, end), options })
    const command = words.slice(end === separator ? end + 1 : end)
    const isKnown = values.theme === undefined || all.some(({ theme }) => theme === values.theme)
    return isKnown ? { ...values, command } : `there is no theme ${values.theme}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function ask(files: readonly VectorFile[], command: readonly string[]): Promise<number> {
  const cases = files.flatMap((file) => file.cases)
  const steps = cases.reduce((sum, vector) => sum + vector.steps.length, 0)
  const whom = command === OURS ? 'Procura, as it is built here' : command.join(' ')
  process.stdout.write(`asking ${whom}: ${cases.length} vectors with ${steps} steps\n`)
  const report = await runCommand(files, command)
  if (typeof report === 'string') return fail(report)
  for (const difference of report.differences) process.stdout.write(`${difference}\n`)
  process.stdout.write(
    `${report.asked} of ${cases.length} vectors asked, ${report.otherwise} answered otherwise\n`,
  )
  return report.otherwise === 0 ? 0 : 1
}

function fail(message: string): number {
  process.stderr.write(`${message}\n`)
  return 2
}

const wanted = readWords(process.argv.slice(2))
if (typeof wanted === 'string') process.exitCode = fail(`${wanted}\n\n${USAGE}`)
else if (wanted.help === true) process.stdout.write(USAGE)
else {
  const files = all.filter(({ theme }) => wanted.theme === undefined || theme === wanted.theme)
  process.exitCode = await ask(files, wanted.command.length === 0 ? OURS : wanted.command)
}
