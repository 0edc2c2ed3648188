import type { Evidence } from './evidence.ts'
import { RULES, type RuleName } from './rules.ts'

/** How one rule fared. */
export interface RuleOutcome {
  /** Of docs/spec/07-verifying.md. */
  readonly step: number
  readonly rule: RuleName
  readonly outcome: 'passed' | 'refused' | 'not_reached'
}

/** Every rule, in the order of checking. */
export interface Explanation {
  readonly rules: readonly RuleOutcome[]
}

/** Says how each rule fared, from what was decided: nothing is judged again. */
export function explain({ broken }: Evidence): Explanation {
  const end = broken === undefined ? RULES.length : RULES.findIndex(({ rule }) => rule === broken)
  return {
    rules: RULES.map(({ step, rule }, position) => ({ step, rule, outcome: outcomeAt(position, end) })),
  }
}

function outcomeAt(position: number, end: number): RuleOutcome['outcome'] {
  if (position === end) return 'refused'
  return position < end ? 'passed' : 'not_reached'
}
