import fc from 'fast-check'
import { base58btc } from 'multiformats/bases/base58'
import { describe, expect, it } from 'vitest'
import { decodeBase58, encodeBase58 } from '../../src/core/base58.ts'
import { encodeUtf8 } from '../../src/core/bytes.ts'
import { fromHex } from '../helpers/vectors.ts'

const bytesWithLeadingZeros = fc
  .tuple(fc.nat(4), fc.uint8Array({ maxLength: 80 }))
  .map(([zeros, rest]) => Uint8Array.of(...new Uint8Array(zeros), ...rest))

describe('base58', () => {
  it.each([
    ['', ''],
    ['00', '1'],
    ['0000', '11'],
    ['39', 'z'],
    ['3a', '21'],
    ['61', '2g'],
    ['626262', 'a3gV'],
    ['00000000000000000000', '1111111111'],
    ['516b6fcd0f', 'ABnLTmg'],
    ['00eb15231dfceb60925886b67d065299925915aeb172c06647', '1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L'],
  ])('writes %s as %j and reads it back', (hex, text) => {
    expect(encodeBase58(fromHex(hex))).toBe(text)
    expect(decodeBase58(text)).toEqual(fromHex(hex))
  })

  it('writes the example of draft-msporny-base58', () => {
    expect(encodeBase58(encodeUtf8('Hello World!'))).toBe('2NEpo7TZRRrLZSi2U')
  })

  it.each(['0', 'O', 'I', 'l', ' 1', '1 ', '2g\n', 'é', '2\0', '+'])('refuses %j', (text) => {
    expect(decodeBase58(text)).toBeUndefined()
  })

  it('reads back what it wrote, for any bytes', () => {
    fc.assert(
      fc.property(bytesWithLeadingZeros, (bytes) => {
        expect(decodeBase58(encodeBase58(bytes))).toEqual(bytes)
      }),
    )
  })

  it('gives each text its own bytes, so that a key has one name', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'12Az'), maxLength: 30 }), (text) => {
        expect(encodeBase58(decodeBase58(text) ?? new Uint8Array())).toBe(text)
      }),
    )
  })

  it('agrees with multiformats', () => {
    fc.assert(
      fc.property(bytesWithLeadingZeros, (bytes) => {
        expect(`z${encodeBase58(bytes)}`).toBe(base58btc.encode(bytes))
        expect(decodeBase58(base58btc.encode(bytes).slice(1))).toEqual(bytes)
      }),
    )
  })
})
