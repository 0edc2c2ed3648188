import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/core/bytes.ts'
import { encodeMultibaseBase58 } from '../../src/core/multibase.ts'
import { compressP256Point } from '../../src/core/p256-point.ts'
import { decodeMultikey, encodeMultikey } from '../../src/did/multikey.ts'
import { acceptedValue, outcomeOf } from '../helpers/signers.ts'
import { ED25519, P256 } from './keys.ts'

const multikey = (prefix: readonly number[], raw: Uint8Array) =>
  encodeMultibaseBase58(concatBytes(Uint8Array.from(prefix), raw))
const compressed = compressP256Point(P256.raw)

describe('multikey', () => {
  it.each([
    { key: ED25519, prefix: 'z6Mk' },
    { key: P256, prefix: 'zDn' },
  ])('writes $key.type with $prefix and reads it back', ({ key, prefix }) => {
    const text = encodeMultikey(key)

    expect(text.startsWith(prefix)).toBe(true)
    expect(acceptedValue(decodeMultikey(text))).toEqual(key)
  })

  it.each([
    ['nothing', ''],
    ['another multibase', encodeMultikey(ED25519).replace('z', 'u')],
    ['a multicodec alone', multikey([0xed, 0x01], new Uint8Array())],
    ['31 bytes of Ed25519', multikey([0xed, 0x01], ED25519.raw.subarray(1))],
    ['33 bytes of Ed25519', multikey([0xed, 0x01], compressed)],
    ['an Ed25519 point of small order', multikey([0xed, 0x01], new Uint8Array(32))],
    ['an uncompressed P-256 point', multikey([0x80, 0x24], P256.raw)],
    ['x and y of a P-256 point', multikey([0x80, 0x24], P256.raw.subarray(1))],
    ['a P-256 x without a point', multikey([0x80, 0x24], new Uint8Array(33).with(0, 2).with(32, 1))],
    ['zero for P-256', multikey([0x80, 0x24], new Uint8Array(33))],
    ['a longer text than any key has', `z${'6'.repeat(600)}`],
  ])('refuses %s as malformed', (_name, text) => {
    expect(outcomeOf(decodeMultikey(text))).toBe('malformed multikey')
  })

  it.each([
    ['X25519', [0xec, 0x01]],
    ['secp256k1', [0xe7, 0x01]],
    ['P-384', [0x81, 0x24]],
    ['the private key of Ed25519', [0x80, 0x26]],
    ['a longer spelling of the code of Ed25519', [0xed, 0x81, 0x00]],
  ])('does not support %s', (_name, prefix) => {
    expect(outcomeOf(decodeMultikey(multikey(prefix, ED25519.raw)))).toBe('unsupported multikey')
  })
})
