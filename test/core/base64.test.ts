import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64, encodeBase64 } from '../../src/core/base64.ts'

describe('base64', () => {
  it('is what the platform writes, and reads it back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const text = encodeBase64(bytes)

        expect(text).toBe(Buffer.from(bytes).toString('base64'))
        expect(decodeBase64(text)).toEqual(bytes)
      }),
    )
  })

  it.each(['QQ', 'QQ=', 'QR==', '-_==', 'QQ==\n', 'QQ==QQ=='])(
    'has no second text for the same bytes: %j',
    (text) => {
      expect(decodeBase64(text)).toBeUndefined()
      expect(decodeBase64('QQ==')).toEqual(Uint8Array.of(0x41))
    },
  )
})
