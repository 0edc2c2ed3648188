import { PARSER_TARGETS } from './parser-targets.ts'
import { Chance } from './random.ts'
import type { Target } from './target.ts'
import { VERIFIER_TARGETS } from './verifier-targets.ts'

export const TARGETS: readonly Target[] = [...PARSER_TARGETS, ...VERIFIER_TARGETS]

/** What came of the cases of one target. */
export interface Tally {
  readonly target: string
  readonly cases: number
  /** How often each outcome. */
  readonly outcomes: Readonly<Record<string, number>>
  /** The first case that broke an invariant, with its input. */
  readonly failure?: { readonly number: number; readonly why: string; readonly input: string }
}

/** Tries cases of one target. Case `number` of a seed is the same in every run. */
export async function fuzzTarget(target: Target, seed: string, cases: number): Promise<Tally> {
  const attempt = await target.prepare(seed)
  const outcomes: Record<string, number> = {}
  let input = ''
  const keep = (text: string): void => {
    input = text
  }
  for (let number = 0; number < cases; number++) {
    try {
      const outcome = await attempt(new Chance(`${seed} ${target.name} ${number}`), keep)
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return { target: target.name, cases: number + 1, outcomes, failure: { number, why, input } }
    }
  }
  return { target: target.name, cases, outcomes }
}

/** How many of all cases a target gets. */
export function casesOf(target: Target, cases: number, among: readonly Target[]): number {
  const all = among.reduce((sum, { share }) => sum + share, 0)
  return Math.ceil((cases * target.share) / all)
}
