import type { Json } from '../../core/json.ts'
import { isToken } from '../text.ts'
import type { ConstraintKind, CountConstraint } from './constraint.ts'
import { isLongerWindow, parsePeriod } from './period.ts'

/**
 * At most so many requests, in each window of a period or at all (docs/spec/03-grants.md "Counted limits"). By itself a
 * request always meets it; whether any is left, only a store knows.
 */
export const COUNT: ConstraintKind<CountConstraint> = {
  parse(members) {
    const id = members.text('id', isToken)
    const max = members.parsed('max', parseMaximum, 1)
    const per = members.has('per') ? { per: members.parsed('per', parsePeriod, 1) } : {}
    return { kind: 'count', id, max, ...per }
  },

  allows() {
    return true
  },

  allowsUntil() {
    return Number.POSITIVE_INFINITY
  },

  concernsSame(a, b) {
    return a.id === b.id
  },

  subsumes(parent, child) {
    return parent.id === child.id && child.max <= parent.max && isLongerWindow(parent.per, child.per)
  },
}

function parseMaximum(json: Json): number | undefined {
  return typeof json === 'number' && Number.isSafeInteger(json) && json > 0 ? json : undefined
}
