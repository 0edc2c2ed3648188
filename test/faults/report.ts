import { type Counts, INVARIANT_NAMES } from './counts.ts'
import type { Need, Scenario } from './scenario.ts'

/** How a scenario ended. */
export type Result = { readonly scenario: Scenario } & (
  | { readonly missing: readonly Need[] }
  | {
      readonly counts: Counts
      readonly rounds: number
      readonly seconds: number
      /** With the files of what went wrong. */
      readonly folder?: string
    }
)

/** Whether it ran and nothing was broken. */
export function isGood(result: Result): boolean {
  return !('missing' in result) && result.counts.violations() === 0
}

const NAME_WIDTH = 24

/** For people: what was done, each invariant's number, and what was broken. */
export function formatResult(result: Result): string {
  const name = result.scenario.name.padEnd(NAME_WIDTH)
  if ('missing' in result) return `${name}not run: needs ${result.missing.join(' and ')}`
  const { counts, rounds, seconds, folder } = result
  const numbers = Object.entries(counts.numbers()).map(([what, n]) => `${what} ${n.toLocaleString('en')}`)
  const lines = [
    `${name}${counts.violations() === 0 ? 'ok' : 'BROKEN'}  rounds ${rounds}, ${Math.round(seconds)} s`,
    `  ${numbers.join(', ')}`,
    `  violations: ${INVARIANT_NAMES.map((key) => `${key} ${counts.violations(key)}`).join(', ')}`,
    ...counts.texts().map((text) => `  ! ${text}`),
    ...(folder === undefined ? [] : [`  kept: ${folder}`]),
  ]
  return lines.join('\n')
}

/** For programs: one object, on one line. */
export function formatJson(result: Result, seed: string): string {
  const { name } = result.scenario
  if ('missing' in result) return JSON.stringify({ name, seed, missing: result.missing })
  const { counts, rounds, seconds, folder } = result
  const violations = Object.fromEntries(INVARIANT_NAMES.map((key) => [key, counts.violations(key)]))
  const rest = { counts: counts.numbers(), violations, texts: counts.texts(), folder }
  return JSON.stringify({ name, seed, rounds, seconds: Math.round(seconds), ...rest })
}

export function formatTotal(results: readonly Result[], seed: string): string {
  const broken = results.filter((result) => !('missing' in result) && !isGood(result)).length
  const missing = results.filter((result) => 'missing' in result).length
  const seconds = results.reduce((sum, result) => sum + ('missing' in result ? 0 : result.seconds), 0)
  const ran = results.length - missing
  return `${ran} scenarios in ${Math.round(seconds)} s: ${ran - broken} ok, ${broken} broken, ${missing} not run; again: npm run faults -- --seed ${seed}`
}
