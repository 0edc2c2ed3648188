import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { allows, constraintIn, isSubsumed } from '../../helpers/constraints.ts'

const EUR = { currency: 'EUR', currencyOn: 'amount.currency' }
const budget = (members: object = {}) => ({
  kind: 'budget',
  id: 'b1',
  on: 'amount.value',
  max: '200.00',
  ...EUR,
  ...members,
})
const paying = (value: unknown, currency: unknown = 'EUR') => ({
  arguments: { amount: { value, currency } } as JsonObject,
})

describe('budget parse', () => {
  it.each([
    ['a budget for ever', {}],
    ['a budget per day', { per: 'P1D' }],
    ['a budget of no currency', { currency: undefined, currencyOn: undefined }],
    ['the largest decimal', { max: `${'9'.repeat(18)}.${'9'.repeat(18)}` }],
  ])('accepts %s', (_, members) => {
    expect(constraintIn(JSON.parse(JSON.stringify(budget(members))))).toBeDefined()
  })

  it.each([
    ['no id', { id: undefined }],
    ['no argument', { on: undefined }],
    ['no maximum', { max: undefined }],
    ['a maximum as a number', { max: 200 }],
    ['a negative maximum', { max: '-1' }],
    ['a currency without the place where it stands', { currencyOn: undefined }],
    ['the place of a currency without one', { currency: undefined }],
    ['a period of no fixed length', { per: 'P1M' }],
    ['an unknown member', { min: '1' }],
  ])('refuses %s', (_, members) => {
    expect(constraintIn(JSON.parse(JSON.stringify(budget(members))))).toBeUndefined()
  })
})

describe('budget allows', () => {
  it.each(['0', '199.99', '200', '200.000000000000000000', 0, 200])('%j of 200', (value) => {
    expect(allows(budget(), paying(value))).toBe(true)
  })

  it.each([
    ['more than there ever is', '200.000000000000000001'],
    ['a negative amount', -5],
    ['a negative text', '-5'],
    ['a fraction as a number', 1.5],
    ['a number beyond 2^53', 2 ** 53],
    ['null', null],
    ['a list', ['5']],
    ['nothing', undefined],
  ])('not %s', (_, value) => {
    expect(allows(budget(), paying(value))).toBe(false)
  })

  it.each([
    ['another currency', 'USD'],
    ['no currency', undefined],
    ['a currency in lower case', 'eur'],
  ])('not %s', (_, currency) => {
    const { arguments: args } = paying('5', currency)
    const said = currency === undefined ? { amount: { value: '5' } } : args

    expect(allows(budget(), { arguments: said })).toBe(false)
  })

  it('nothing without arguments', () => {
    expect(allows(budget(), {})).toBe(false)
  })
})

describe('budget subsumes', () => {
  it.each([
    ['the same', {}, { max: '200' }],
    ['a lower maximum', {}, { max: '5' }],
    ['a window made of whole ones', { per: 'P1D' }, { per: 'P1W' }],
    ['a currency where there was none', { currency: undefined, currencyOn: undefined }, {}],
  ])('%s', (_, parent, child) => {
    const [outer, inner] = [parent, child].map((one) => JSON.parse(JSON.stringify(budget(one))))

    expect(isSubsumed(outer, inner)).toBe(true)
  })

  it.each([
    ['a higher maximum', {}, { max: '200.01' }],
    ['a shorter window', { per: 'P1D' }, { per: 'PT1H', max: '1' }],
    ['another argument', {}, { on: 'fee', max: '1' }],
    ['another currency', {}, { currency: 'JPY', max: '1' }],
    ['a currency read elsewhere', {}, { currencyOn: 'c', max: '1' }],
    ['a currency that is left out', {}, { currency: undefined, currencyOn: undefined, max: '1' }],
    ['another id', {}, { id: 'b2', max: '1' }],
  ])('not %s', (_, parent, child) => {
    const [outer, inner] = [parent, child].map((one) => JSON.parse(JSON.stringify(budget(one))))

    expect(isSubsumed(outer, inner)).toBe(false)
  })
})
