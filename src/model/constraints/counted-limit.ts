import type { BudgetConstraint, Constraint, CountConstraint } from './constraint.ts'

/** A constraint that is kept by counting what was used, not by looking at one request. */
export type CountedLimit = CountConstraint | BudgetConstraint

export function isCountedLimit(constraint: Constraint): constraint is CountedLimit {
  return constraint.kind === 'count' || constraint.kind === 'budget'
}

/** Whether a limit is never given anew: it ends with the credential that states it, which is not renewed (spec 03). */
export function isLifelong(constraint: Constraint): boolean {
  return isCountedLimit(constraint) && constraint.per === undefined
}
