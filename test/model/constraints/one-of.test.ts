import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { allows, constraintIn, isSubsumed } from '../../helpers/constraints.ts'

const oneOf = (values: unknown, on = 'payee') => ({ kind: 'one_of', on, values })
const paying = (payee: unknown) => ({ arguments: { payee } as JsonObject })

describe('one_of', () => {
  it.each([
    ['strings', ['acct-1', 'acct-2']],
    ['numbers and booleans', [1, 0, -1, true, false]],
    ['64 values', Array.from({ length: 64 }, (_, i) => i)],
  ])('accepts %s', (_, values) => {
    expect(constraintIn(oneOf(values))).toBeDefined()
  })

  it.each([
    ['no value', []],
    ['null among the values', [null]],
    ['an object', [{}]],
    ['a list', [['a']]],
    ['a fraction', [0.1]],
    ['a number beyond 2^53', [2 ** 53]],
    ['an empty string', ['']],
    ['a control character', ['a\n']],
    ['65 values', Array.from({ length: 65 }, (_, i) => i)],
    ['a string in place of the list', 'acct-1'],
  ])('refuses %s', (_, values) => {
    expect(constraintIn(oneOf(values))).toBeUndefined()
  })

  it('allows exactly its values', () => {
    expect(allows(oneOf(['acct-1', 7, true]), paying('acct-1'))).toBe(true)
    expect(allows(oneOf(['acct-1', 7, true]), paying(7))).toBe(true)
    expect(allows(oneOf(['acct-1', 7, true]), paying(true))).toBe(true)
  })

  it.each([
    ['another value', 'acct-2'],
    ['a longer value', 'acct-1x'],
    ['other case', 'ACCT-1'],
    ['the number as a string', '7'],
    ['a truthy number', 1],
    ['a list of the value', ['acct-1']],
    ['an object', {}],
    ['null', null],
    ['nothing', undefined],
  ])('does not allow %s', (_, payee) => {
    expect(allows(oneOf(['acct-1', 7, true]), paying(payee))).toBe(false)
  })

  it('subsumes a part of its values on the same argument', () => {
    expect(isSubsumed(oneOf(['a', 'b']), oneOf(['b']))).toBe(true)
    expect(isSubsumed(oneOf(['a', 'b']), oneOf(['b', 'c']))).toBe(false)
    expect(isSubsumed(oneOf(['1']), oneOf([1]))).toBe(false)
    expect(isSubsumed(oneOf(['a']), oneOf(['a'], 'payer'))).toBe(false)
  })
})
