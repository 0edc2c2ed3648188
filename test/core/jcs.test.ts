import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeUtf8 } from '../../src/core/bytes.ts'
import { encodeJcs } from '../../src/core/jcs.ts'
import { parseStrictJson } from '../../src/core/json.ts'

const jcs = (value: unknown) => decodeUtf8(encodeJcs(value))
const refusal = expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })

describe('encodeJcs', () => {
  it.each([
    ['sorted members', { b: 1, a: 2 }, '{"a":2,"b":1}'],
    ['members sorted by UTF-16 code units', { '\ufb33': 1, '😀': 2, é: 3 }, '{"é":3,"😀":2,"\ufb33":1}'],
    ['integer-like names sorted as text', { 10: 1, 9: 2 }, '{"10":1,"9":2}'],
    [
      'numbers as ECMAScript does',
      [333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0],
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    ],
    ['short escapes', '\b\t\n\f\r"\\\u000f/€', '"\\b\\t\\n\\f\\r\\"\\\\\\u000f/€"'],
    ['empty containers', { a: [], b: {} }, '{"a":[],"b":{}}'],
    ['no member that is undefined', { a: undefined, b: 1 }, '{"b":1}'],
    ['an own __proto__', JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
    ['literals', [null, true, false], '[null,true,false]'],
    ['a string alone', 'a', '"a"'],
  ])('writes %s', (_name, value, text) => {
    expect(jcs(value)).toBe(text)
  })

  it.each([
    ['undefined', undefined],
    ['undefined in an array', [undefined]],
    ['a hole in an array', new Array(1)],
    ['NaN', { a: Number.NaN }],
    ['infinity', [Number.NEGATIVE_INFINITY]],
    ['a function', { a: () => 1 }],
    ['a symbol', [Symbol('a')]],
    ['a bigint', { a: 1n }],
    ['a Date', { a: new Date(0) }],
    ['a Map', new Map()],
    ['bytes', new Uint8Array(1)],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a name', { '\ud800': 1 }],
  ])('throws for %s, which has no JSON form', (_name, value) => {
    expect(() => encodeJcs(value)).toThrow(refusal)
  })

  it('throws for a cycle', () => {
    const cycle: unknown[] = []
    cycle.push({ cycle })

    expect(() => encodeJcs(cycle)).toThrow(refusal)
  })

  it('agrees with canonicalize on any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(jcs(value)).toBe(canonicalize(value))
      }),
    )
  })

  it('does not depend on the order of members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse())

        expect(jcs(reversed)).toBe(jcs(object))
      }),
    )
  })

  it('is a fixed point: what it writes, read and written again, stays', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = jcs(value) ?? ''
        const read = parseStrictJson(text)

        expect(read === undefined ? text : jcs(read)).toBe(text)
      }),
    )
  })
})
