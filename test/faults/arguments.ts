import { parseArgs } from 'node:util'
import type { Scenario } from './scenario.ts'

/** What the command line asks for. */
export interface Wanted {
  readonly scenarios: readonly Scenario[]
  /** Absent: as many as each scenario does by default. */
  readonly rounds?: number
  readonly seed: string
  readonly json: boolean
}

export const HELP = `npm run faults -- [SCENARIO …] [--rounds NUMBER] [--seed TEXT] [--json] [--list]

Kills, starves and cuts off real processes, starts them again, and says whether what was promised still holds.

SCENARIO      those to run; without one, every one there is, which takes about 25 minutes
--rounds      how many rounds each scenario does, in place of its own number
--seed        the same seed chooses the same moments and places
--json        one object for each scenario and nothing else (npm run -s faults …)
--list        names the scenarios, and what each needs
--help        this text

Exits with 1 when a promise was broken, or a scenario could not run for want of a program. The files of a broken round are kept.
docs/operations.md explains what this shows and what it does not.
`

const OPTIONS = {
  rounds: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

/** @throws {Error} for what means nothing. */
export function readArguments(
  words: readonly string[],
  known: readonly Scenario[],
): Wanted | 'help' | 'list' {
  const { values, positionals } = parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true })
  if (values.help === true) return 'help'
  if (values.list === true) return 'list'
  const foreign = positionals.find((word) => !known.some(({ name }) => name === word))
  if (foreign !== undefined)
    throw new Error(`there is no scenario "${foreign}"; --list names those there are`)
  return {
    scenarios: known.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
    seed: values.seed ?? String(Date.now()),
    json: values.json === true,
    ...(values.rounds !== undefined && { rounds: parseRounds(values.rounds) }),
  }
}

function parseRounds(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new Error('--rounds is a whole number of at least 1')
}
