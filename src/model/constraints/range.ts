import type { MemberReader } from '../member-reader.ts'
import { isSamePath, parseArgumentPath, readArgument } from './argument-path.ts'
import type { ConstraintKind, Decimal, RangeConstraint } from './constraint.ts'
import { coversCurrency, isInCurrency, parseCurrency } from './currency.ts'
import { parseDecimal, readDecimal } from './decimal.ts'

/**
 * A number of the request lies between two bounds, both inclusive; money also has the right currency
 * (docs/spec/03-grants.md "Values").
 */
export const RANGE: ConstraintKind<RangeConstraint> = {
  parse(members) {
    const on = members.parsed('on', parseArgumentPath, [])
    const min = parseBound(members, 'min')
    const max = parseBound(members, 'max')
    if (min === undefined && max === undefined) members.fail('max')
    if (min !== undefined && max !== undefined && min > max) members.fail('max')
    const bounds = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) }
    return { kind: 'range', on, ...bounds, ...parseCurrency(members) }
  },

  allows(range, request) {
    const { on, min, max } = range
    const amount = readDecimal(readArgument(request.arguments, on))
    if (amount === undefined) return false
    if ((min !== undefined && amount < min) || (max !== undefined && amount > max)) return false
    return isInCurrency(range, request.arguments)
  },

  allowsUntil() {
    return Number.POSITIVE_INFINITY
  },

  concernsSame(a, b) {
    return isSamePath(a.on, b.on)
  },

  subsumes(parent, child) {
    if (!isSamePath(parent.on, child.on)) return false
    if (parent.min !== undefined && !(child.min !== undefined && child.min >= parent.min)) return false
    if (parent.max !== undefined && !(child.max !== undefined && child.max <= parent.max)) return false
    return coversCurrency(parent, child)
  },
}

function parseBound(members: MemberReader, name: 'min' | 'max'): Decimal | undefined {
  return members.has(name) ? members.parsed(name, parseDecimal, 0n) : undefined
}
