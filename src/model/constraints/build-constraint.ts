import type { JsonObject } from '../../core/json.ts'
import type {
  BudgetConstraint,
  CidrBlock,
  Constraint,
  CountConstraint,
  Decimal,
  RangeConstraint,
  TimeConstraint,
} from './constraint.ts'
import type { CurrencyMembers } from './currency.ts'
import { DECIMAL_SCALE } from './decimal.ts'
import { formatPeriod } from './period.ts'

/** The JSON form of a constraint; what the kind's `parse` reads back to an equal one. */
export function buildConstraint(constraint: Constraint): JsonObject {
  switch (constraint.kind) {
    case 'range':
      return buildRange(constraint)
    case 'one_of':
      return { kind: 'one_of', on: constraint.on.join('.'), values: constraint.values }
    case 'time':
      return buildTime(constraint)
    case 'cidr':
      return { kind: 'cidr', values: constraint.values.map(formatBlock) }
    case 'count':
      return { kind: 'count', id: constraint.id, max: constraint.max, ...buildPeriod(constraint) }
    case 'budget':
      return buildBudget(constraint)
  }
}

function buildRange(range: RangeConstraint): JsonObject {
  const { on, min, max } = range
  return {
    kind: 'range',
    on: on.join('.'),
    ...(min !== undefined && { min: formatDecimal(min) }),
    ...(max !== undefined && { max: formatDecimal(max) }),
    ...buildCurrency(range),
  }
}

function buildBudget(budget: BudgetConstraint): JsonObject {
  const { id, on, max } = budget
  const amount = { on: on.join('.'), ...buildCurrency(budget), max: formatDecimal(max) }
  return { kind: 'budget', id, ...amount, ...buildPeriod(budget) }
}

function buildCurrency({ currency, currencyOn }: CurrencyMembers): JsonObject {
  return {
    ...(currency !== undefined && { currency }),
    ...(currencyOn !== undefined && { currencyOn: currencyOn.join('.') }),
  }
}

function buildPeriod({ per }: CountConstraint | BudgetConstraint): JsonObject {
  return per === undefined ? {} : { per: formatPeriod(per) }
}

function buildTime({ days, from, to, zone }: TimeConstraint): JsonObject {
  return { kind: 'time', days, from: formatClockTime(from), to: formatClockTime(to), zone }
}

/** The shortest text of a decimal: `50.00` was read, `50` is written. */
function formatDecimal(value: Decimal): string {
  const digits = value.toString().padStart(DECIMAL_SCALE + 1, '0')
  const fraction = digits.slice(-DECIMAL_SCALE).replace(/0+$/, '')
  const whole = digits.slice(0, -DECIMAL_SCALE)
  return fraction === '' ? whole : `${whole}.${fraction}`
}

function formatClockTime(minutes: number): string {
  const two = (value: number) => value.toString().padStart(2, '0')
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

function formatBlock({ family, base, prefixLength }: CidrBlock): string {
  return `${family === 4 ? formatIpv4(base) : formatIpv6(base)}/${prefixLength}`
}

function formatIpv4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.')
}

/** RFC 5952 §4, but for the dotted form: lower case, and the first longest run of zero groups as `::`. */
function formatIpv6(bits: bigint): string {
  const shifts = [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n]
  const groups = shifts.map((shift) => ((bits >> shift) & 0xffffn).toString(16))
  const { start, length } = longestZeros(groups)
  if (length < 2) return groups.join(':')
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`
}

function longestZeros(groups: readonly string[]): { readonly start: number; readonly length: number } {
  let longest = { start: 0, length: 0 }
  let length = 0
  for (const [i, group] of groups.entries()) {
    length = group === '0' ? length + 1 : 0
    if (length > longest.length) longest = { start: i - length + 1, length }
  }
  return longest
}
