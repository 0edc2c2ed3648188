import { isToken } from '../text.ts'
import { isSamePath, parseArgumentPath, readArgument } from './argument-path.ts'
import type { BudgetConstraint, ConstraintKind } from './constraint.ts'
import { coversCurrency, isInCurrency, parseCurrency } from './currency.ts'
import { parseDecimal, readDecimal } from './decimal.ts'
import { isLongerWindow, parsePeriod } from './period.ts'

/**
 * Amounts add up to at most so much, in each window of a period or at all (docs/spec/03-grants.md "Counted limits"). A
 * request whose own amount is above the maximum never meets it; whether enough is left, only a store knows.
 */
export const BUDGET: ConstraintKind<BudgetConstraint> = {
  parse(members) {
    const id = members.text('id', isToken)
    const on = members.parsed('on', parseArgumentPath, [])
    const max = members.parsed('max', parseDecimal, 0n)
    const per = members.has('per') ? { per: members.parsed('per', parsePeriod, 1) } : {}
    return { kind: 'budget', id, on, max, ...parseCurrency(members), ...per }
  },

  allows(budget, request) {
    const amount = readDecimal(readArgument(request.arguments, budget.on))
    return amount !== undefined && amount <= budget.max && isInCurrency(budget, request.arguments)
  },

  allowsUntil() {
    return Number.POSITIVE_INFINITY
  },

  concernsSame(a, b) {
    return a.id === b.id
  },

  subsumes(parent, child) {
    if (parent.id !== child.id || !isSamePath(parent.on, child.on) || child.max > parent.max) return false
    return coversCurrency(parent, child) && isLongerWindow(parent.per, child.per)
  },
}
