import { describe, expect, it } from 'vitest'
import { allows, constraintIn, isSubsumed } from '../../helpers/constraints.ts'

const count = (members: object = {}) => ({ kind: 'count', id: 'c1', max: 10, ...members })

describe('count parse', () => {
  it.each([
    ['a maximum for ever', {}],
    ['a maximum of one', { max: 1 }],
    ['a period', { per: 'P1D' }],
    ['the largest maximum', { max: Number.MAX_SAFE_INTEGER }],
  ])('accepts %s', (_, members) => {
    expect(constraintIn(count(members))).toBeDefined()
  })

  it.each([
    ['no id', { id: undefined }],
    ['an empty id', { id: '' }],
    ['an id with a space, which parts keys', { id: 'a b' }],
    ['an id that is too long', { id: 'a'.repeat(129) }],
    ['no maximum', { max: undefined }],
    ['a maximum of nothing', { max: 0 }],
    ['a negative maximum', { max: -1 }],
    ['a fraction', { max: 1.5 }],
    ['a maximum as text', { max: '10' }],
    ['a maximum beyond 2^53', { max: 2 ** 53 }],
    ['a period of null', { per: null }],
    ['an argument, which only a budget has', { on: 'amount' }],
    ['an unknown member', { every: 'P1D' }],
  ])('refuses %s', (_, members) => {
    expect(constraintIn(JSON.parse(JSON.stringify(count(members))))).toBeUndefined()
  })
})

it('count allows every request by itself: what is left is for a store to say', () => {
  expect(allows(count({ max: 1 }), {})).toBe(true)
})

describe('count subsumes', () => {
  it.each([
    ['the same', { per: 'P1D' }, { per: 'PT24H' }],
    ['a lower maximum', {}, { max: 9 }],
    ['a window made of whole ones', { per: 'P1D' }, { per: 'P1W' }],
    ['no window', { per: 'P1D' }, {}],
  ])('%s', (_, parent, child) => {
    expect(isSubsumed(count(parent), count(child))).toBe(true)
  })

  it.each([
    ['a higher maximum', {}, { max: 11 }],
    ['a window where there was none', {}, { max: 1, per: 'P1D' }],
    ['a shorter window', { per: 'P1D' }, { max: 1, per: 'PT1H' }],
    ['a longer window that straddles', { per: 'P2D' }, { max: 1, per: 'P3D' }],
    ['another id', {}, { id: 'c2', max: 1 }],
  ])('not %s', (_, parent, child) => {
    expect(isSubsumed(count(parent), count(child))).toBe(false)
  })
})
