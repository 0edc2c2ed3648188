import type { MemberReader } from '../member-reader.ts'
import { isSamePath, parseArgumentPath, readArgument } from './argument-path.ts'
import type { ConstraintKind, Decimal, RangeConstraint } from './constraint.ts'
import { parseDecimal, readDecimal } from './decimal.ts'

/** ISO 4217 alphabetic code. */
const CURRENCY = /^[A-Z]{3}$/

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

  allows({ on, min, max, currency, currencyOn }, request) {
    const amount = readDecimal(readArgument(request.arguments, on))
    if (amount === undefined) return false
    if ((min !== undefined && amount < min) || (max !== undefined && amount > max)) return false
    return currencyOn === undefined || readArgument(request.arguments, currencyOn) === currency
  },

  concernsSame(a, b) {
    return isSamePath(a.on, b.on)
  },

  subsumes(parent, child) {
    if (!isSamePath(parent.on, child.on)) return false
    if (parent.min !== undefined && !(child.min !== undefined && child.min >= parent.min)) return false
    if (parent.max !== undefined && !(child.max !== undefined && child.max <= parent.max)) return false
    return parent.currency === undefined || isSameCurrency(parent, child)
  },
}

function parseBound(members: MemberReader, name: 'min' | 'max'): Decimal | undefined {
  return members.has(name) ? members.parsed(name, parseDecimal, 0n) : undefined
}

/** A currency without the place where the request states it could not be compared, so both come or none. */
function parseCurrency(members: MemberReader): Pick<RangeConstraint, 'currency' | 'currencyOn'> {
  if (!members.has('currency') && !members.has('currencyOn')) return {}
  const currency = members.text('currency', (text) => CURRENCY.test(text))
  return { currency, currencyOn: members.parsed('currencyOn', parseArgumentPath, []) }
}

function isSameCurrency(a: RangeConstraint, b: RangeConstraint): boolean {
  return a.currency === b.currency && isSamePath(a.currencyOn, b.currencyOn)
}
