import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { allows, constraintIn, isSubsumed } from '../../helpers/constraints.ts'

const range = (members: object) => ({ kind: 'range', on: 'amount.value', ...members })
const EUR = { currency: 'EUR', currencyOn: 'amount.currency' }
const paying = (value: unknown, currency = 'EUR') => ({
  arguments: { amount: { value, currency } } as JsonObject,
})

describe('range parse', () => {
  it.each([
    ['a maximum', { max: '50.00' }],
    ['a minimum', { min: '0' }],
    ['both, equal', { min: '5', max: '5.0' }],
    ['a currency', { max: '50', ...EUR }],
    ['the largest decimal', { max: `${'9'.repeat(18)}.${'9'.repeat(18)}` }],
  ])('accepts %s', (_, members) => {
    expect(constraintIn(range(members))).toBeDefined()
  })

  it.each([
    ['no bound', {}],
    ['bounds that cross', { min: '5', max: '4.999' }],
    ['a bound as a number', { max: 50 }],
    ['a sign', { max: '-1' }],
    ['a plus sign', { max: '+1' }],
    ['a leading zero', { max: '01' }],
    ['no whole part', { max: '.5' }],
    ['no fraction after the point', { max: '5.' }],
    ['an exponent', { max: '1e3' }],
    ['white space', { max: ' 1' }],
    ['other digits', { max: '١' }],
    ['19 digits before the point', { max: '1'.repeat(19) }],
    ['19 digits after the point', { max: `0.${'1'.repeat(19)}` }],
    ['a bound of null', { min: null, max: '1' }],
    ['a currency without the place where it stands', { max: '1', currency: 'EUR' }],
    ['the place of a currency without one', { max: '1', currencyOn: 'c' }],
    ['a currency in lower case', { max: '1', ...EUR, currency: 'eur' }],
    ['a path with an empty step', { max: '1', on: 'a..b' }],
    ['an empty path', { max: '1', on: '' }],
    ['a path of nine steps', { max: '1', on: 'a.b.c.d.e.f.g.h.i' }],
    ['a path as a list', { max: '1', on: ['a'] }],
    ['an unknown member', { max: '1', step: '1' }],
  ])('refuses %s', (_, members) => {
    expect(constraintIn(range(members))).toBeUndefined()
  })
})

describe('range allows', () => {
  it.each(['0', '49.99', '50', '50.0', '50.000000000000000000', 0, 50])('%j up to 50', (value) => {
    expect(allows(range({ max: '50.00' }), paying(value))).toBe(true)
  })

  it.each([
    ['more', '50.000000000000000001'],
    ['more, where strings would compare as less', '9.5e1'],
    ['more digits', '100'],
    ['a negative amount', -5],
    ['a negative string', '-5'],
    ['a fraction as a number, which readers round apart', 49.5],
    ['a number beyond 2^53', 2 ** 53],
    ['NaN', Number.NaN],
    ['true', true],
    ['null', null],
    ['a list', ['5']],
    ['an object', { value: '5' }],
    ['an empty string', ''],
    ['nothing', undefined],
  ])('not %s', (_, value) => {
    expect(allows(range({ max: '50.00' }), paying(value))).toBe(false)
  })

  it('includes the minimum', () => {
    expect(allows(range({ min: '5' }), paying('5'))).toBe(true)
    expect(allows(range({ min: '5' }), paying('4.999999999999999999'))).toBe(false)
  })

  it('only in its currency', () => {
    expect(allows(range({ max: '50', ...EUR }), paying('5', 'EUR'))).toBe(true)
    expect(allows(range({ max: '50', ...EUR }), paying('5', 'USD'))).toBe(false)
    expect(allows(range({ max: '50', ...EUR }), { arguments: { amount: { value: '5' } } })).toBe(false)
  })

  it.each([
    ['no arguments', undefined],
    ['no such member', {}],
    ['a list on the way', { amount: [{ value: '5' }] }],
    ['a string on the way', { amount: '5' }],
    ['a member with a dot in its name', { 'amount.value': '5' }],
  ])('nothing with %s', (_, args) => {
    expect(allows(range({ max: '50' }), args === undefined ? {} : { arguments: args })).toBe(false)
  })

  it.each([
    ['length', { amount: '12345' }, 'amount.length'],
    ['an inherited number', { amount: Object.create({ value: 5 }) }, 'amount.value'],
    ['the prototype', {}, '__proto__.value'],
    ['a constructor', { amount: {} }, 'amount.constructor.length'],
  ])('nothing that is not an own member: %s', (_, args, on) => {
    expect(allows(range({ on, max: '50' }), { arguments: args as unknown as JsonObject })).toBe(false)
  })

  it('an own member called __proto__ like any other', () => {
    expect(
      allows(range({ on: '__proto__.x', max: '50' }), { arguments: JSON.parse('{"__proto__":{"x":5}}') }),
    ).toBe(true)
  })
})

describe('range subsumes', () => {
  it.each([
    ['the same', { max: '50' }, { max: '50.0' }],
    ['a lower maximum', { max: '50' }, { max: '9' }],
    ['a higher minimum', { min: '5' }, { min: '10' }],
    ['one more bound', { max: '50' }, { min: '5', max: '50' }],
    ['one more currency', { max: '50' }, { max: '50', ...EUR }],
    ['the same currency', { max: '50', ...EUR }, { max: '50', ...EUR }],
  ])('%s', (_, parent, child) => {
    expect(isSubsumed(range(parent), range(child))).toBe(true)
  })

  it.each([
    ['a higher maximum', { max: '50' }, { max: '50.01' }],
    ['a lower minimum', { min: '5' }, { min: '4' }],
    ['a bound that is left out', { min: '5', max: '50' }, { max: '50' }],
    ['a currency that is left out', { max: '50', ...EUR }, { max: '50' }],
    ['another currency', { max: '50', ...EUR }, { max: '50', ...EUR, currency: 'JPY' }],
    ['a currency read elsewhere', { max: '50', ...EUR }, { max: '50', ...EUR, currencyOn: 'c' }],
    ['another argument', { max: '50' }, { max: '50', on: 'fee' }],
    ['a longer path', { max: '50' }, { max: '50', on: 'amount.value.x' }],
  ])('not %s', (_, parent, child) => {
    expect(isSubsumed(range(parent), range(child))).toBe(false)
  })
})
