import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as portable from '../../src/core/base64url/default.ts'
import * as node from '../../src/core/base64url/node.ts'
import { encodeUtf8 } from '../../src/core/bytes.ts'

describe.each([
  { name: 'node', codec: node },
  { name: 'default', codec: portable },
])('base64url ($name)', ({ codec }) => {
  it.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy'],
    ['ûÿ¾', 'w7vDv8K-'],
    ['~?ä_', 'fj_DpF8'],
  ])('writes %j as %j and reads it back', (text, encoded) => {
    expect(codec.encodeBase64url(encodeUtf8(text))).toBe(encoded)
    expect(codec.decodeBase64url(encoded)).toEqual(encodeUtf8(text))
  })

  it.each([
    ['padding', 'Zg=='],
    ['a space inside', 'Zm 9v'],
    ['a line feed at the end', 'Zm9v\n'],
    ['the standard alphabet', 'w7vDv8K+'],
    ['the standard alphabet', 'fj/DpF8'],
    ['trailing bits that are not zero', 'Zh'],
    ['trailing bits that are not zero', 'Zm9'],
    ['a length of 1 modulo 4', 'Zm9vA'],
    ['one character', 'Z'],
    ['a character beyond ASCII', 'Zm9é'],
    ['a character whose low byte is of the alphabet', `Zm9${String.fromCharCode(0x100 + 0x76)}`],
    ['NUL', 'Zm9\0'],
  ])('refuses %s [SM-11]', (_name, text) => {
    expect(codec.decodeBase64url(text)).toBeUndefined()
  })

  it('reads a text, and no bytes that are none', () => {
    expect(codec.decodeBase64urlText('w6ngtKA')).toBe('éഠ')
    expect(codec.decodeBase64urlText('w7vDv8K+')).toBeUndefined()
    expect(codec.decodeBase64urlText('_w')).toBeUndefined()
  })

  it('reads back what it wrote, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(codec.decodeBase64url(codec.encodeBase64url(bytes))).toEqual(bytes)
      }),
    )
  })

  it('accepts only the one text that it would write [SM-11]', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AQgw-_+/= b'), maxLength: 9 }), (text) => {
        const bytes = codec.decodeBase64url(text)
        expect(bytes === undefined || codec.encodeBase64url(bytes) === text).toBe(true)
      }),
    )
  })

  it('encodes the bytes of a view, not those of the buffer under it', () => {
    const view = encodeUtf8('xxfooyy').subarray(2, 5)

    expect(codec.encodeBase64url(view)).toBe('Zm9v')
  })

  it('gives bytes that own their buffer', () => {
    const bytes = codec.decodeBase64url('Zm9v')

    expect(bytes?.constructor).toBe(Uint8Array)
    expect(bytes?.buffer.byteLength).toBe(3)
  })
})

it('both codecs accept the same texts', () => {
  const unit = fc.constantFrom(...'AQRgwx-_+/= b\n.', 'é', 'Ŷ', 'Á', '\ud83d')
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 9 }), (text) => {
      expect(node.decodeBase64url(text)).toEqual(portable.decodeBase64url(text))
      expect(node.decodeBase64urlText(text)).toBe(portable.decodeBase64urlText(text))
    }),
  )
})
