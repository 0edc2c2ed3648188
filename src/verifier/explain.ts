import { describeRefusal } from '../describe-refusal.ts'
import type { Evidence } from './evidence.ts'
import { type Facts, factsOf } from './explain-facts.ts'
import { RULES, type RuleName } from './rules.ts'

/** How one rule fared. */
export interface RuleOutcome {
  /** Of docs/spec/07-verifying.md. A rule that was broken when it was applied once more stands under step 10 or 11. */
  readonly step: number
  readonly rule: RuleName
  readonly outcome: 'passed' | 'refused' | 'not_reached'
  /** What was compared, by name: limits of the policy, and what was counted or measured. Empty when not reached. */
  readonly facts: Facts
}

/** Every rule, in the order of checking. It names nobody, whoever was verified: it can be shown and logged. */
export interface Explanation {
  readonly verified: boolean
  readonly rules: readonly RuleOutcome[]
  /** The same for people: a sentence, then a line for each rule. */
  text(): string
}

/** Says how each rule fared, from what was decided: nothing is judged again. */
export function explain(evidence: Evidence): Explanation {
  const rules = outcomesOf(evidence)
  return {
    verified: evidence.broken === undefined,
    rules,
    text: () => [sentenceOf(evidence), ...rules.map(lineOf)].join('\n'),
  }
}

function outcomesOf(evidence: Evidence): readonly RuleOutcome[] {
  const { broken, after } = evidence
  if (broken !== undefined && after !== undefined) return outcomesAfter(after, broken, evidence)
  const end = broken === undefined ? RULES.length : RULES.findIndex(({ rule }) => rule === broken)
  return RULES.map((rule, position) => outcomeOf(rule, outcomeAt(position, end), evidence))
}

/** A rule that was kept at first, and broken once something had been waited for: it stands where it was applied once more. */
function outcomesAfter(after: RuleName, broken: RuleName, evidence: Evidence): readonly RuleOutcome[] {
  const passed = RULES.findIndex(({ rule }) => rule === after) + 1
  const step = RULES[passed]?.step ?? RULES.at(-1)?.step ?? 0
  return [
    ...RULES.slice(0, passed).map((rule) => outcomeOf(rule, 'passed', evidence)),
    outcomeOf({ rule: broken, step }, 'refused', evidence),
    ...RULES.slice(passed).map((rule) => outcomeOf(rule, 'not_reached', evidence)),
  ]
}

function outcomeAt(position: number, end: number): RuleOutcome['outcome'] {
  if (position === end) return 'refused'
  return position < end ? 'passed' : 'not_reached'
}

function outcomeOf(
  { rule, step }: Pick<RuleOutcome, 'rule' | 'step'>,
  outcome: RuleOutcome['outcome'],
  evidence: Evidence,
): RuleOutcome {
  return { step, rule, outcome, facts: outcome === 'not_reached' ? {} : factsOf(rule, outcome, evidence) }
}

function sentenceOf({ refusal }: Evidence): string {
  return refusal === undefined ? 'verified' : `refused, ${refusal.code}: ${describeRefusal(refusal)}`
}

const RULE_WIDTH = Math.max(...RULES.map(({ rule }) => rule.length))

function lineOf({ step, rule, outcome, facts }: RuleOutcome): string {
  const compared = Object.entries(facts).map(([name, value]) => `${name} ${visible(String(value))}`)
  const words = outcome === 'refused' ? 'REFUSED' : outcome.replace('_', ' ')
  const line = `${String(step).padStart(2)}  ${rule.padEnd(RULE_WIDTH)}  ${words.padEnd(11)}  ${compared.join(', ')}`
  return line.trimEnd()
}

/** The name of an action may come from a request: it must not draw another line. */
function visible(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?')
}
