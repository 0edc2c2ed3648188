import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/core/bytes.ts'
import { encodeMultibaseBase58 } from '../../src/core/multibase.ts'
import { compressP256Point } from '../../src/core/p256-point.ts'
import { readKeyMaterial } from '../../src/did/did-key-material.ts'
import { ED25519, P256 } from './keys.ts'

const multikey = (prefix: readonly number[], raw: Uint8Array) =>
  encodeMultibaseBase58(concatBytes(Uint8Array.from(prefix), raw))
const point = compressP256Point(P256.raw)

describe('readKeyMaterial', () => {
  it.each([
    ['Ed25519', 'sign', [0xed, 0x01], ED25519.raw],
    ['X25519', 'agree', [0xec, 0x01], ED25519.raw],
    ['P-256', 'sign', [0x80, 0x24], point],
  ] as const)('reads %s', (name, use, prefix, raw) => {
    expect(readKeyMaterial(multikey(prefix, raw))).toEqual({ name, use })
  })

  it.each([
    ['no multibase', '6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK', 'invalidDid'],
    ['another base', 'uAQID', 'invalidDid'],
    ['nothing but a prefix', 'z', 'invalidDid'],
    ['one byte', 'z2', 'invalidDid'],
    ['a key that is too short', multikey([0xed, 0x01], ED25519.raw.slice(1)), 'invalidPublicKeyLength'],
    ['a key that is too long', multikey([0x80, 0x24], P256.raw), 'invalidPublicKeyLength'],
    ['a code and no key', multikey([0xe7, 0x01], new Uint8Array()), 'invalidPublicKeyLength'],
    ['a point in another form', multikey([0x80, 0x24], point.with(0, 4)), 'invalidPublicKey'],
    ['an Ed25519 key of small order', multikey([0xed, 0x01], new Uint8Array(32)), 'invalidPublicKey'],
    ['no point of P-384', multikey([0x81, 0x24], new Uint8Array(49).with(48, 1)), 'invalidPublicKey'],
    ['no point of P-521', multikey([0x82, 0x24], new Uint8Array(67).with(66, 1)), 'invalidPublicKey'],
    ['no point of secp256k1', multikey([0xe7, 0x01], new Uint8Array(33).with(0, 7)), 'invalidPublicKey'],
    ['a private key', multikey([0x80, 0x26], ED25519.raw), 'invalidPublicKeyType'],
    ['no point of BLS12-381', multikey([0xeb, 0x01], new Uint8Array(96).with(0, 0x80)), 'invalidPublicKey'],
    ['a key of RSA', multikey([0x85, 0x24], new Uint8Array(270)), 'unsupportedPublicKeyType'],
    ['a second spelling of a code', multikey([0xed, 0x81, 0x00], ED25519.raw), 'unsupportedPublicKeyType'],
  ])('says what is wrong with %s', (_name, text, error) => {
    expect(readKeyMaterial(text)).toBe(error)
  })
})
