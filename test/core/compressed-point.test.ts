import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isCompressedBlsG2Point, isCompressedPoint } from '../../src/core/compressed-point.ts'

const CURVES = ['P-384', 'P-521', 'secp256k1'] as const
const BYTES = { 'P-384': 48, 'P-521': 66, secp256k1: 32 } as const

/** The compressed form of a fresh key, made by Node. */
function freshPoint(curve: (typeof CURVES)[number]): Uint8Array {
  const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: curve }).publicKey.export({
    format: 'jwk',
  })
  const sign = 2 | ((Buffer.from(y, 'base64url').at(-1) ?? 0) & 1)
  return new Uint8Array([sign, ...Buffer.from(x, 'base64url')])
}

describe.each(CURVES)('isCompressedPoint of %s', (curve) => {
  it('knows the keys that Node makes', () => {
    for (let i = 0; i < 20; i++) expect(isCompressedPoint(curve, freshPoint(curve))).toBe(true)
  })

  it('finds no point for about half of all x', () => {
    const first = freshPoint(curve)
    const found = Array.from({ length: 200 }, (_, i) =>
      isCompressedPoint(curve, first.with(first.length - 1, i).with(first.length - 2, i)),
    ).filter(Boolean)

    expect(found.length).toBeGreaterThan(50)
    expect(found.length).toBeLessThan(150)
  })

  it('refuses other forms, and an x that is not reduced', () => {
    const point = freshPoint(curve)

    for (const first of [0, 1, 4, 6, 255]) expect(isCompressedPoint(curve, point.with(0, first))).toBe(false)
    expect(isCompressedPoint(curve, new Uint8Array([2, ...Array(BYTES[curve]).fill(255)]))).toBe(false)
  })
})

describe('isCompressedBlsG2Point', () => {
  const generator = new Uint8Array(
    Buffer.from(
      '93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e' +
        '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8',
      'hex',
    ),
  )

  it('knows the generator, and its negative', () => {
    expect(isCompressedBlsG2Point(generator)).toBe(true)
    expect(isCompressedBlsG2Point(generator.with(0, 0xb3))).toBe(true)
  })

  it('finds no point for about half of all x', () => {
    const found = Array.from({ length: 200 }, (_, i) => isCompressedBlsG2Point(generator.with(95, i)))

    expect(found.filter(Boolean).length).toBeGreaterThan(50)
    expect(found.filter(Boolean).length).toBeLessThan(150)
  })

  it('refuses other forms, infinity, and an x that is not reduced', () => {
    for (const first of [0x13, 0xd3, 0x33])
      expect(isCompressedBlsG2Point(generator.with(0, first))).toBe(false)
    expect(isCompressedBlsG2Point(new Uint8Array(96).with(0, 0xc0))).toBe(false)
    expect(isCompressedBlsG2Point(generator.with(0, 0x9f))).toBe(false)
    expect(isCompressedBlsG2Point(generator.with(48, 0xff))).toBe(false)
  })
})
