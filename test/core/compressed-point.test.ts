import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isCompressedPoint } from '../../src/core/compressed-point.ts'

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
