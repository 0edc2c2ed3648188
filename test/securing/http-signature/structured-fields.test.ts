import fc from 'fast-check'
import { parseDictionary, serializeDictionary, serializeInnerList, Token } from 'structured-headers'
import { describe, expect, it } from 'vitest'
import { decodeBase64 } from '../../../src/core/base64.ts'
import {
  formatByteSequence,
  parseByteSequences,
  parseSignatureInputs,
  stringValue,
} from '../../../src/securing/http-signature/structured-fields.ts'

const ascii = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
})
const keys = fc.stringMatching(/^[a-z*][a-z0-9_.*-]{0,10}$/)
const bareItems = fc.oneof(
  ascii,
  fc.boolean(),
  fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }),
  fc.integer({ min: -9_999_999, max: 9_999_999 }).map((n) => n / 8),
  fc.stringMatching(/^[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]{0,10}$/).map((text) => new Token(text)),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.slice().buffer),
)
const parameters = fc.array(fc.tuple(keys, bareItems), { maxLength: 4 }).map((entries) => new Map(entries))
const innerLists = fc.tuple(fc.array(fc.tuple(ascii, parameters), { maxLength: 4 }), parameters)
const dictionaries = fc
  .array(fc.tuple(keys, innerLists), { minLength: 1, maxLength: 4 })
  .map((entries) => new Map(entries))

describe('parseSignatureInputs', () => {
  it('reads whatever a serializer writes', () => {
    fc.assert(
      fc.property(dictionaries, (dictionary) => {
        const read = parseSignatureInputs(serializeDictionary(dictionary as never))

        expect([...(read ?? [])].map(([key, { text }]) => [key, text])).toEqual(
          [...dictionary].map(([key, list]) => [key, serializeInnerList(list as never)]),
        )
        expect([...(read ?? [])].map(([, input]) => [...input.parameters.keys()])).toEqual(
          [...dictionary].map(([, [, params]]) => [...params.keys()]),
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('reads nothing that a full parser refuses, and the same members', () => {
    const field = 'a=("@method" "x";sf);n=1;t="a\\"b";d=1.5;y=:AAE=:;z, b=();k=tok/en;u=?0'
    let read = 0
    fc.assert(
      fc.property(edits(field), (text) => {
        const ours = parseSignatureInputs(text)
        if (ours === undefined) return
        read++
        expect([...ours.keys()]).toEqual([...parseDictionary(text).keys()])
      }),
      { numRuns: 5000 },
    )
    expect(parseSignatureInputs(field)?.size).toBe(2)
    expect(read).toBeGreaterThan(100)
  })

  it.each(['a=(),b=()', 'a=() ,\t b=()', 'a=(),  b=()'])(
    'allows white space about the comma of %j',
    (field) => {
      expect([...(parseSignatureInputs(field)?.keys() ?? [])]).toEqual(['a', 'b'])
    },
  )

  it.each([
    ['', 'nothing'],
    ['a', 'a member without a value'],
    ['a=1', 'an item'],
    ['a=("x"', 'an open list'],
    ['a=("x" )', 'a space before the end'],
    ['a=( "x")', 'a space after the start'],
    ['a=("x""y")', 'no space between'],
    ['a=(x)', 'a token'],
    ['a=("\\x")', 'an unknown escape'],
    ['a=("é")', 'a character beyond ASCII'],
    ['a=("x);t="y"', 'an open string'],
    ['a=();', 'a parameter without a name'],
    ['a=();T="x"', 'a name in capitals'],
    ['a=();t=', 'a parameter without a value'],
    ['a=(),', 'a comma at the end'],
    [',a=()', 'a comma at the start'],
    ['a=(),,b=()', 'two commas'],
    ['a=() b=()', 'no comma'],
    [' a=()', 'white space at the start'],
    ['a=() ', 'white space at the end'],
    ['a=(), a=()', 'a label twice'],
    ['a=();t=1;t=1', 'a parameter twice'],
    ['a=("x";t;t)', 'a parameter of a component twice'],
  ])('refuses %j: %s', (field) => {
    expect(parseSignatureInputs('a=("x")')).toBeDefined()
    expect(parseSignatureInputs(field)).toBeUndefined()
  })
})

describe('parseByteSequences', () => {
  it('reads whatever a serializer writes', () => {
    const values = fc.array(fc.tuple(keys, fc.uint8Array({ maxLength: 70 })), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(values, (entries) => {
        const dictionary = new Map(entries)
        const items = [...dictionary].map(([key, bytes]) => [key, [bytes.slice().buffer, new Map()]] as const)
        const read = parseByteSequences(serializeDictionary(new Map(items) as never))

        expect(new Map([...(read ?? [])].map(([key, text]) => [key, decodeBase64(text)]))).toEqual(dictionary)
      }),
    )
  })

  it.each([
    '',
    'a',
    'a=AAAA',
    'a=:AA AA:',
    'a=:AA==',
    'a=:A===:',
    'a=:AAAA:;x',
    'a=(:AAAA:)',
    'a=:AAAA:, a=:AAAA:',
    'a=:AA-_:',
  ])('refuses %j', (field) => {
    expect(parseByteSequences('a=:AAAA:')?.get('a')).toBe('AAAA')
    expect(parseByteSequences(field)).toBeUndefined()
  })
})

describe('base64', () => {
  it('has one text for each byte string', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const item = formatByteSequence(bytes)

        expect(item).toBe(`:${Buffer.from(bytes).toString('base64')}:`)
        expect(decodeBase64(item.slice(1, -1))).toEqual(bytes)
      }),
    )
  })

  it.each(['A', 'AA', 'AAA', 'AAAAA', 'AB==', 'AA=A', '=', '====', 'AA-_', 'AA=', 'AA\n=', 'é==='])(
    'refuses %j',
    (text) => {
      expect(decodeBase64('AA==')).toEqual(Uint8Array.of(0))
      expect(decodeBase64(text)).toBeUndefined()
    },
  )
})

describe('stringValue', () => {
  it.each([
    ['"abc"', 'abc'],
    ['""', ''],
    ['"a\\"b"', undefined],
    ['abc', undefined],
    ['abc"', undefined],
    [undefined, undefined],
  ])('reads %j as %j', (item, value) => {
    expect(stringValue(item)).toBe(value)
  })
})

/** A text with a few places changed, left out or doubled. */
function edits(text: string): fc.Arbitrary<string> {
  const characters = fc.constantFrom(...'abt";=()?:, \t\\1.-A@%é')
  const edit = fc.tuple(fc.nat(text.length - 1), fc.option(characters, { nil: '' }), fc.boolean())
  return fc
    .array(edit, { minLength: 1, maxLength: 3 })
    .map((changes) =>
      changes.reduce((now, [at, put, keep]) => now.slice(0, at) + put + now.slice(keep ? at : at + 1), text),
    )
}
