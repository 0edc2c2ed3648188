import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256 } from '../../src/core/crypto/default.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function expected(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

describe('SHA-256 off Node', () => {
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('gives the digests that NIST publishes', (message, digest) => {
    expect(hex(sha256(Buffer.from(message)))).toBe(digest)
  })

  it('pads every length of three blocks as it has to be', () => {
    const messages = Array.from({ length: 192 }, (_, length) => new Uint8Array(length).fill(0xa5))

    expect(messages.map((message) => hex(sha256(message)))).toEqual(messages.map(expected))
  })

  it('is that of the platform for any bytes, also where they lie within others', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(7), (bytes, offset) => {
        const view = new Uint8Array([...new Uint8Array(offset), ...bytes, 1]).subarray(offset, -1)

        expect(hex(sha256(view))).toBe(expected(bytes))
      }),
    )
  })
})
