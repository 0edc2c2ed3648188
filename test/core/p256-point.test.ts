import { createECDH, ECDH } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { compressP256Point, decompressP256Point, isP256Point } from '../../src/core/p256-point.ts'
import { fromHex } from '../helpers/vectors.ts'

const X_OF_G = '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'
const Y_OF_G = '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'
const P = 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff'
/** p + 5: the x of a point of the curve (5), not reduced. */
const UNREDUCED = 'ffffffff00000001000000000000000000000001000000000000000000000004'

describe('P-256 points', () => {
  it('expands and compresses the base point', () => {
    const whole = fromHex(`04${X_OF_G}${Y_OF_G}`)

    expect(decompressP256Point(fromHex(`03${X_OF_G}`))).toEqual(whole)
    expect(compressP256Point(whole)).toEqual(fromHex(`03${X_OF_G}`))
    expect(isP256Point(whole)).toBe(true)
  })

  it('agrees with OpenSSL on random points', () => {
    for (let i = 0; i < 40; i++) {
      const whole = new Uint8Array(createECDH('prime256v1').generateKeys())
      const compressed = new Uint8Array(
        Buffer.from(ECDH.convertKey(whole, 'prime256v1', undefined, 'hex', 'compressed') as string, 'hex'),
      )

      expect(compressP256Point(whole)).toEqual(compressed)
      expect(decompressP256Point(compressed)).toEqual(whole)
      expect(isP256Point(whole)).toBe(true)
    }
  })

  it.each([
    ['the other prefix of an uncompressed point', `04${X_OF_G}`],
    ['prefix 0', `00${X_OF_G}`],
    ['32 bytes', X_OF_G],
    ['34 bytes', `02${X_OF_G}00`],
    ['nothing', ''],
    ['an x without a point', `02${'00'.repeat(31)}01`],
    ['x = p', `02${P}`],
    ['an x that is not reduced', `02${UNREDUCED}`],
  ])('expands nothing from %s', (_name, hex) => {
    expect(decompressP256Point(fromHex(hex))).toBeUndefined()
  })

  it('expands the reduced form of the x that it refused', () => {
    expect(decompressP256Point(fromHex(`02${'00'.repeat(31)}05`))).toBeDefined()
  })

  it.each([
    ['x = p', `04${P}${Y_OF_G}`],
    ['y = p', `04${X_OF_G}${P}`],
    ['x and y swapped', `04${Y_OF_G}${X_OF_G}`],
    ['prefix 5', `05${X_OF_G}${Y_OF_G}`],
    ['a missing byte', `04${X_OF_G}${Y_OF_G.slice(2)}`],
  ])('calls %s no point', (_name, hex) => {
    expect(isP256Point(fromHex(hex))).toBe(false)
  })

  it('reads a view, not the buffer under it', () => {
    const view = fromHex(`ffff03${X_OF_G}ff`).subarray(2, 35)

    expect(decompressP256Point(view)).toEqual(fromHex(`04${X_OF_G}${Y_OF_G}`))
  })
})
