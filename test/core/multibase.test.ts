import { describe, expect, it } from 'vitest'
import {
  decodeMultibaseBase58,
  encodeMultibaseBase58,
  encodeSha256Multihash,
} from '../../src/core/multibase.ts'

describe('multibase base58btc', () => {
  it('writes and reads the prefix z', () => {
    const bytes = Uint8Array.of(0x62, 0x62, 0x62)

    expect(encodeMultibaseBase58(bytes)).toBe('za3gV')
    expect(decodeMultibaseBase58('za3gV')).toEqual(bytes)
  })

  it.each(['', 'z', 'a3gV', 'Za3gV', 'u7QH_', 'm7QH/', 'z2Uzp0', 'z2Uzpp ', ' za3gV'])(
    'refuses %j',
    (text) => {
      expect(decodeMultibaseBase58(text)).toBeUndefined()
    },
  )

  it('reads 512 characters and refuses 513, because the cost grows with the square', () => {
    expect(decodeMultibaseBase58(`z${'2'.repeat(511)}`)?.length).toBeGreaterThan(370)
    expect(decodeMultibaseBase58(`z${'2'.repeat(512)}`)).toBeUndefined()
  })
})

describe('encodeSha256Multihash', () => {
  it('puts code and length before the digest', () => {
    const digest = new Uint8Array(32).fill(7)

    expect(decodeMultibaseBase58(encodeSha256Multihash(digest))).toEqual(Uint8Array.of(0x12, 32, ...digest))
  })
})
