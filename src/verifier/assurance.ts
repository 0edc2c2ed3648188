import { ProcuraError } from '../errors.ts'
import { isToken } from '../model/text.ts'
import { readActionName } from './action-name.ts'

/**
 * How sure an authority must be of who an owner is, by action. Levels are names that authorities choose (`assurance` of
 * link 0), so a service provider says which ones it knows and how they are ordered.
 */
export interface AssurancePolicy {
  /** Every level that is accepted for anything, lowest first: `['password', 'mfa', 'hardware']`. Compared exactly. */
  readonly levels: readonly string[]
  /** Lowest level that is good enough, by action; `'*'` is the rule for every action not named. */
  readonly minimum: Readonly<Record<string, string>> & { readonly '*': string }
}

/** An {@link AssurancePolicy}, read. */
export interface AssuranceRule {
  readonly levels: readonly string[]
  /** Position in `levels`, by action. */
  readonly minimum: ReadonlyMap<string, number>
}

/** The level that an action needs. */
export function assuranceFor(rule: AssuranceRule, action: string): string {
  return rule.levels[positionFor(rule, action)] ?? ''
}

/** Whether a level is good enough for an action. One that the policy does not know is below every minimum. */
export function isAssured(rule: AssuranceRule, level: string, action: string): boolean {
  return rule.levels.indexOf(level) >= positionFor(rule, action)
}

function positionFor({ minimum }: AssuranceRule, action: string): number {
  return minimum.get(action) ?? minimum.get('*') ?? Number.POSITIVE_INFINITY
}

/** @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, naming the member to mend. */
export function readAssurance(assurance: unknown): AssuranceRule {
  if (typeof assurance !== 'object' || assurance === null) fail('assurance must be { levels, minimum }')
  const { levels, minimum, ...others } = assurance as Partial<AssurancePolicy>
  const [unknown] = Object.keys(others)
  if (unknown !== undefined)
    fail(`assurance.${unknown} is no member of assurance, which is { levels, minimum }`)
  if (!Array.isArray(levels) || !levels.every(isLevel) || new Set(levels).size !== levels.length)
    fail('assurance.levels must list each level once, lowest first, such as ["password", "mfa"]')
  if (typeof minimum !== 'object' || minimum === null || !Object.hasOwn(minimum, '*'))
    fail('assurance.minimum must map actions to levels and have the rule "*" for all others')
  const rules = Object.entries(minimum).map(([action, level]) => [action, levels.indexOf(level)] as const)
  for (const [action] of rules) if (action !== '*') readActionName(action, 'assurance.minimum')
  if (rules.some(([, position]) => position < 0))
    fail('assurance.minimum must use levels that assurance.levels lists')
  return { levels: [...levels], minimum: new Map(rules) }
}

function isLevel(level: unknown): level is string {
  return typeof level === 'string' && isToken(level)
}

function fail(message: string): never {
  throw new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message)
}
