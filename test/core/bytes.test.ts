import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  concatBytes,
  decodeUtf8,
  detachText,
  encodeUtf8,
  equalBytes,
  readUint256,
  writeUint256,
} from '../../src/core/bytes.ts'

describe('decodeUtf8', () => {
  it.each([
    ['an overlong NUL', [0xc0, 0x80]],
    ['an overlong slash', [0xe0, 0x80, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a cut sequence', [0xe2, 0x82]],
    ['a lone continuation byte', [0x80]],
    ['0xff', [0xff]],
  ])('refuses %s', (_name, bytes) => {
    expect(decodeUtf8(Uint8Array.from(bytes))).toBeUndefined()
  })

  it('still decodes after a refusal', () => {
    decodeUtf8(Uint8Array.of(0xe2, 0x82))

    expect(decodeUtf8(Uint8Array.of(0x61))).toBe('a')
  })

  it('keeps a byte order mark, so that other bytes never give the same text', () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa')
  })

  it('reads back any well-formed text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text)
      }),
    )
  })
})

describe('equalBytes', () => {
  it.each([
    { a: [], b: [], equal: true },
    { a: [1, 2], b: [1, 2], equal: true },
    { a: [1, 2], b: [1, 3], equal: false },
    { a: [0, 2], b: [1, 2], equal: false },
    { a: [1], b: [1, 0], equal: false },
    { a: [1, 0], b: [1], equal: false },
  ])('says $equal of $a and $b', ({ a, b, equal }) => {
    expect(equalBytes(Uint8Array.from(a), Uint8Array.from(b))).toBe(equal)
  })
})

describe('concatBytes', () => {
  it('joins in order and copies', () => {
    const first = Uint8Array.of(1, 2)
    const whole = concatBytes(first, new Uint8Array(), Uint8Array.of(3))
    first[0] = 9

    expect(whole).toEqual(Uint8Array.of(1, 2, 3))
  })
})

describe('detachText', () => {
  it('gives the same text', () => {
    const long = `${'x'.repeat(1000)}did:key:z6Mk-é😀`

    expect(detachText(long.slice(1000))).toBe('did:key:z6Mk-é😀')
  })
})

describe('readUint256 and writeUint256', () => {
  it('are big-endian and keep to their 32 bytes', () => {
    const bytes = new Uint8Array(34).fill(0xff)
    writeUint256(bytes, 1, 0x0102n)

    expect([...bytes.subarray(0, 3), ...bytes.subarray(30)]).toEqual([0xff, 0, 0, 0, 1, 2, 0xff])
    expect(readUint256(bytes, 1)).toBe(0x0102n)
    expect(readUint256(new Uint8Array(32).fill(0xff), 0)).toBe(2n ** 256n - 1n)
  })
})
