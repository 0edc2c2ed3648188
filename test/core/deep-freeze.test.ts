import { describe, expect, it } from 'vitest'
import { deepFreeze } from '../../src/core/deep-freeze.ts'

describe('deepFreeze', () => {
  it('freezes what a value holds, at every level, and gives back the same value', () => {
    const value = { list: [{ name: 'a' }], big: 1n, none: null, text: 'b' }

    expect(deepFreeze(value)).toBe(value)
    expect([value, value.list, value.list[0]].every(Object.isFrozen)).toBe(true)
  })

  it.each([undefined, null, 'a', 1, 1n])('gives back %s', (value) => {
    expect(deepFreeze(value)).toBe(value)
  })
})
