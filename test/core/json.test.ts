import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
  MAX_JSON_DEPTH,
  member,
  parseStrictJson,
} from '../../src/core/json.ts'

/** Any JSON value within the depth limit, without whole numbers that are unsafe. */
const strictValue = fc.jsonValue({ maxDepth: 6 }).filter((value) => {
  return !/[:[,]-?(?:\d{16,}|\d[.\d]*e\+)/.test(`[${JSON.stringify(value)}`)
})

/** Tells `undefined` from null, and a negative zero from a positive one. */
function asText(value: Json | undefined): string {
  if (typeof value !== 'object' || value === null)
    return Object.is(value, -0) ? '-0' : `${typeof value} ${value}`
  const parts = Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}:${asText(part)}`)
  return `${Array.isArray(value) ? 'list' : 'object'} ${parts.join(',')};`
}

/** A text with an escape in it is read by our own reader, so this is what that makes of `text`. */
function readByHand(text: string): Json | undefined {
  const read = parseStrictJson(`[${text},"\\u0061"]`)
  return isJsonArray(read) && read.length === 2 ? read[0] : undefined
}

describe('parseStrictJson', () => {
  it.each([
    'null',
    'true',
    'false',
    '0',
    '-0',
    '-1.5e-3',
    '1e2',
    '9007199254740991',
    '-9007199254740991',
    '""',
    String.raw`"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00"`,
    '"\u007f\u2028\u2029😀"',
    '[]',
    '{}',
    ' \t\r\n[ 1 , [ 2 ] , { "a" : null } ] ',
    '{"a":{"a":1},"b":[{"a":1},{"a":1}]}',
    '{"":0," ":0}',
  ])('reads %s as JSON.parse does', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text))
  })

  it.each([
    ['nothing', ''],
    ['white space alone', '  '],
    ['a second value', '1 2'],
    ['a trailing comma in an array', '[1,]'],
    ['a trailing comma in an object', '{"a":1,}'],
    ['a leading comma', '[,1]'],
    ['a missing comma', '[1 2]'],
    ['a missing colon', '{"a" 1}'],
    ['a missing value', '{"a":}'],
    ['a name without quotes', '{a:1}'],
    ['a number for a name', '{1:1}'],
    ['single quotes', "'a'"],
    ['a comment', '[1/**/]'],
    ['a cut array', '[1'],
    ['a cut object', '{"a":1'],
    ['a cut string', '"a'],
    ['a string cut after a backslash', '"a\\'],
    ['a string that ends in an escaped quote', String.raw`"a\"`],
    ['closing brackets that do not match', '[}'],
    ['a cut literal', 'tru'],
    ['a literal in capitals', 'True'],
    ['NaN', 'NaN'],
    ['Infinity', '-Infinity'],
    ['a leading zero', '01'],
    ['a leading plus', '+1'],
    ['a bare minus', '-'],
    ['a bare point', '.5'],
    ['a trailing point', '1.'],
    ['a cut exponent', '1e'],
    ['hexadecimal', '0x10'],
    ['a control character in a string', '"\u0001"'],
    ['a line feed in a string', '"a\nb"'],
    ['a control character after a backslash', '"\\\n"'],
    ['an unknown escape', String.raw`"\x41"`],
    ['a cut unicode escape', String.raw`"\u12"`],
    ['a byte order mark', '\ufeff{}'],
    ['other white space', '\u00a01'],
    ['a vertical tab', '\v1'],
    ['NUL', '1\0'],
  ])('refuses %s, as JSON.parse does', (_name, text) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError)
    expect(parseStrictJson(text)).toBeUndefined()
  })

  it.each([
    ['at the top', '{"a":1,"a":1}'],
    ['below', '{"x":[{"credentialSubject":1,"id":2,"credentialSubject":3}]}'],
    ['by escape', String.raw`{"a":1,"\u0061":2}`],
    ['empty', '{"":1,"":2}'],
    ['__proto__', '{"__proto__":1,"__proto__":2}'],
  ])('refuses a duplicate member %s [CP-01]', (_name, text) => {
    expect(() => JSON.parse(text)).not.toThrow()
    expect(parseStrictJson(text)).toBeUndefined()
  })

  it.each([
    ['2⁵³', '9007199254740992'],
    ['−2⁵³', '-9007199254740992'],
    ['2⁵³ with an exponent', '9007199254740992e0'],
    ['2⁵³ + 1 with a fraction, which a double rounds', '9007199254740993.0'],
    ['10²⁵', '10000000000000000000000000'],
    ['a number beyond a double', '1e400'],
    ['an integer beyond a double', '9'.repeat(400)],
  ])('refuses %s', (_name, text) => {
    expect(parseStrictJson(text)).toBeUndefined()
    expect(parseStrictJson(`{"n":[${text}]}`)).toBeUndefined()
  })

  it.each([
    ['a high surrogate', '"\ud83d"'],
    ['a low surrogate', '"\ude00"'],
    ['surrogates in the wrong order', '"\ude00\ud83d"'],
    ['an escaped high surrogate', String.raw`"\ud83d"`],
    ['an escaped low surrogate', String.raw`"\uDE00x"`],
    ['an escaped surrogate in a name', String.raw`{"\ud83d":1}`],
  ])('refuses %s alone', (_name, text) => {
    expect(parseStrictJson(text)).toBeUndefined()
  })

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'reads %s as a name like any other, at three depths [CP-03]',
    (name) => {
      const text = `{"${name}":{"${name}":[{"${name}":{"polluted":true}}]}}`
      const value = parseStrictJson(text)

      expect(JSON.stringify(value)).toBe(text)
      expect(Object.getOwnPropertyNames(value)).toEqual([name])
      expect('polluted' in {}).toBe(false)
      expect(parseStrictJson('{}')).toEqual({})
    },
  )

  it.each([
    { open: '[', close: ']' },
    { open: '{"a":', close: '}' },
  ])('reads $open to the deepest level allowed and no deeper', ({ open, close }) => {
    const nested = (depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`

    expect(parseStrictJson(nested(MAX_JSON_DEPTH))).toBeDefined()
    expect(parseStrictJson(nested(MAX_JSON_DEPTH + 1))).toBeUndefined()
  })

  it.each([
    ['opening brackets', '['.repeat(100_000)],
    ['nested arrays', '['.repeat(50_000) + ']'.repeat(50_000)],
    ['opening objects', '{"a":'.repeat(20_000)],
    ['a deep claim behind a valid one', `{"ok":true,"deep":${'['.repeat(100_000)}`],
  ])('refuses 100 kB of %s without a RangeError [CP-04]', (_name, text) => {
    expect(parseStrictJson(text)).toBeUndefined()
  })

  it.each([
    ['a string without escapes', `"${'a'.repeat(2_000_000)}"`],
    ['a string of escapes', `"${'\\n'.repeat(1_000_000)}"`],
    ['an array', `[${'0,'.repeat(500_000)}0]`],
    ['white space', `${' '.repeat(2_000_000)}1`],
    ['a fraction', `0.${'1'.repeat(2_000_000)}`],
  ])('reads 2 MB of %s', (_name, text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text))
  })

  it('reads an object of 50,000 members', () => {
    const text = `{${Array.from({ length: 50_000 }, (_, i) => `"m${i}":${i}`).join(',')}}`

    expect(Object.keys(parseStrictJson(text) ?? {})).toHaveLength(50_000)
  })

  it('agrees with JSON.parse on whatever it accepts', () => {
    const soup = fc.string({
      unit: fc.constantFrom(...'[]{}",:\\ u0e1-.', 'a', 'null', '"a"', '\n'),
      maxLength: 14,
    })
    fc.assert(
      fc.property(soup, (text) => {
        const value = parseStrictJson(text)
        if (value !== undefined) expect(value).toEqual(JSON.parse(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('reads what JSON.parse has read as our own reader does, and refuses the same', () => {
    const name = fc.constantFrom(
      'a',
      'b',
      '__proto__',
      '0',
      ':',
      '\\u0061',
      '\\"',
      '\\\\',
      ' ',
      'é',
      '\\ud83d',
    )
    const space = fc.constantFrom('', '', '', ' ', '\n', '\t')
    const scalar = fc.constantFrom('1', '-0', '1e2', '9007199254740993', '1e999', '""', '"a:"', '":"', 'null')
    const { value } = fc.letrec<{ value: string }>((tie) => {
      const items = fc.array(tie('value'), { maxLength: 4 })
      const members = fc.array(fc.tuple(name, space, space, tie('value')), { maxLength: 4 })
      const written = members.map((all) =>
        all.map(([key, a, b, item]) => `${a}"${key}"${b}:${item}`).join(','),
      )
      return {
        value: fc.oneof(
          { depthSize: 'small', withCrossShrink: true },
          fc.oneof(
            scalar,
            name.map((text) => `"${text}"`),
          ),
          items.map((all) => `[${all.join(',')}]`),
          written.map((text) => `{${text}}`),
        ),
      }
    })
    fc.assert(
      fc.property(value, fc.nat(200), fc.boolean(), (text, at, isCut) => {
        const input = isCut ? text.slice(0, at) + text.slice(at + 1) : text
        expect(asText(parseStrictJson(input))).toBe(asText(readByHand(input)))
      }),
      { numRuns: 5000 },
    )
  })

  it('reads any characters as our own reader does', () => {
    const soup = fc.string({
      unit: fc.constantFrom(...'[]{}",:\\ u0e1-.', '"a"', '"b":', ',"a":1'),
      maxLength: 14,
    })
    fc.assert(
      fc.property(soup, (text) => {
        expect(asText(parseStrictJson(text))).toBe(asText(readByHand(text)))
      }),
      { numRuns: 5000 },
    )
  })

  it.each(['\\u0061', '\\"', '\\\\', '\\n', '\\/'])(
    'reads a name that is one escape, %s, as that character',
    (escaped) => {
      const value = parseStrictJson(`{"${escaped}":1}`)

      expect(Object.keys(value ?? {})).toEqual([JSON.parse(`"${escaped}"`)])
    },
  )

  it('accepts everything that JSON.stringify writes within its limits', () => {
    fc.assert(
      fc.property(strictValue, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        expect(JSON.stringify(parseStrictJson(JSON.stringify(value, null, indent)))).toBe(
          JSON.stringify(value),
        )
      }),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => parseStrictJson(text)).not.toThrow()
      }),
    )
  })
})

describe('member', () => {
  it('reads own members only', () => {
    const object: JsonObject = { a: 1 }

    expect([member(object, 'a'), member(object, 'toString'), member(object, '__proto__')]).toEqual([
      1,
      undefined,
      undefined,
    ])
  })
})

describe('isJsonObject and isJsonArray', () => {
  it.each([
    { value: {}, object: true, array: false },
    { value: [], object: false, array: true },
    { value: null, object: false, array: false },
    { value: 'a', object: false, array: false },
    { value: undefined, object: false, array: false },
  ])('tell what $value is', ({ value, object, array }) => {
    expect([isJsonObject(value), isJsonArray(value)]).toEqual([object, array])
  })
})
