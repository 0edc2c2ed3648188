import { describe, expect, it } from 'vitest'
import { chargeOf } from '../../../src/model/constraints/charge.ts'
import type {
  BudgetConstraint,
  Constraint,
  CountConstraint,
} from '../../../src/model/constraints/constraint.ts'
import { isLifelong } from '../../../src/model/constraints/counted-limit.ts'
import { request } from '../../helpers/grants.ts'

const DAY = 86_400_000
const NOON = Date.UTC(2026, 10, 22, 12)
const COUNT: CountConstraint = { kind: 'count', id: 'c1', max: 10, per: DAY }
const BUDGET: BudgetConstraint = { kind: 'budget', id: 'b1', on: ['amount'], max: 200n * 10n ** 18n }
const at = (now: number, amount = '12.50') => request({ now, arguments: { amount } })

describe('a charge', () => {
  it('of a count is one, of a budget the amount in units of 10^-18', () => {
    expect(chargeOf(COUNT, at(NOON))).toMatchObject({ kind: 'count', amount: 1n, max: 10n })
    expect(chargeOf(BUDGET, at(NOON))).toMatchObject({ amount: 12_500_000_000_000_000_000n, max: BUDGET.max })
  })

  it('is to one key within a window, to another in the next', () => {
    const keys = [NOON, NOON + DAY / 4, NOON + DAY].map((now) => chargeOf(COUNT, at(now))?.key)

    expect(keys[0]).toBe(keys[1])
    expect(keys[0]).not.toBe(keys[2])
    expect(chargeOf(COUNT, at(NOON))?.endsAt).toBe(NOON + DAY / 2)
  })

  it('has no end without a period', () => {
    expect(chargeOf(BUDGET, at(NOON))).not.toHaveProperty('endsAt')
    expect(chargeOf(BUDGET, at(NOON))?.key).toBe(chargeOf(BUDGET, at(NOON + 400 * DAY))?.key)
  })

  it.each<[string, Constraint, Constraint]>([
    ['another id', COUNT, { ...COUNT, id: 'c2' }],
    ['another period', COUNT, { ...COUNT, per: 2 * DAY }],
    ['another kind', { ...COUNT, id: 'x' }, { ...BUDGET, id: 'x', per: DAY }],
    ['another currency', BUDGET, { ...BUDGET, currency: 'EUR', currencyOn: ['currency'] }],
  ])('is to a key of its own with %s', (_, one, other) => {
    expect(chargeOf(one, at(NOON))?.key).not.toBe(chargeOf(other, at(NOON))?.key)
  })

  it('is to the same key whatever the maximum', () => {
    expect(chargeOf({ ...COUNT, max: 1 }, at(NOON))?.key).toBe(chargeOf(COUNT, at(NOON))?.key)
  })

  it('is none of an amount that cannot be read, nor of a limit that is not counted', () => {
    expect(chargeOf(BUDGET, at(NOON, '-1'))).toBeUndefined()
    expect(chargeOf({ kind: 'one_of', on: ['amount'], values: ['12.50'] }, at(NOON))).toBeUndefined()
  })
})

it('a limit is lifelong when it is counted without a period', () => {
  expect(isLifelong(BUDGET)).toBe(true)
  expect(isLifelong(COUNT)).toBe(false)
  expect(isLifelong({ kind: 'one_of', on: ['amount'], values: [1] })).toBe(false)
})
