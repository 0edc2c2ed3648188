import { describe, expect, it } from 'vitest'
import { encodeBase64url } from '../../src/core/base64url.ts'
import { encodePublicJwk } from '../../src/core/crypto/public-jwk.ts'
import { isSigningJwk, parsePublicJwk, thumbprintOf } from '../../src/did/jwk.ts'
import { acceptedValue, outcomeOf } from '../helpers/signers.ts'
import { ED25519, P256 } from './keys.ts'

const okp = { ...encodePublicJwk(ED25519) }
const ec = { ...encodePublicJwk(P256) }

describe('parsePublicJwk', () => {
  it.each([ED25519, P256])('reads what encodePublicJwk writes of $type', (key) => {
    expect(acceptedValue(parsePublicJwk({ ...encodePublicJwk(key) }))).toEqual(key)
  })

  it('ignores members that it does not know', () => {
    expect(acceptedValue(parsePublicJwk({ ...okp, kid: 'a', 'x-y': 1 }))).toEqual(ED25519)
  })

  it.each([
    ['a private key', { ...okp, d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' }],
    ['an empty private member', { ...ec, d: '' }],
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }],
    ['no x', { kty: 'OKP', crv: 'Ed25519' }],
    ['no y', { ...ec, y: null }],
    ['x that is not text', { ...okp, x: 1 }],
    ['padding', { ...okp, x: `${okp.x}=` }],
    ['trailing bits', { ...okp, x: `${okp.x.slice(0, -1)}p` }],
    ['the standard alphabet', { ...okp, x: okp.x.replace('_', '/') }],
    ['31 bytes', { ...okp, x: encodeBase64url(ED25519.raw.subarray(1)) }],
    ['a coordinate that lost its leading zeros', { ...ec, x: encodeBase64url(new Uint8Array(31).fill(1)) }],
    ['a point off the curve', { ...ec, y: ec.x }],
    ['a point of small order', { ...okp, x: encodeBase64url(new Uint8Array(32)) }],
  ])('refuses %s as malformed', (_name, jwk) => {
    expect(outcomeOf(parsePublicJwk(jwk))).toBe('malformed jwk')
  })

  it.each([
    ['RSA', { kty: 'RSA', n: 'AAAA', e: 'AQAB' }],
    ['P-384', { ...ec, crv: 'P-384' }],
    ['secp256k1', { ...ec, crv: 'secp256k1' }],
    ['X25519', { ...okp, crv: 'X25519' }],
    ['an Ed25519 key called EC', { ...okp, kty: 'EC' }],
    ['a list for a key type', { ...okp, kty: ['OKP'] }],
    ['an object without a prototype for a key type', { kty: Object.create(null), crv: 'Ed25519' }],
    ['nothing', {}],
  ])('does not support %s', (_name, jwk) => {
    expect(outcomeOf(parsePublicJwk(jwk))).toBe('unsupported jwk')
  })
})

describe('isSigningJwk', () => {
  it.each([
    [{ ...okp }, true],
    [{ ...okp, use: 'sig' }, true],
    [{ ...okp, alg: 'EdDSA' }, true],
    [{ ...okp, alg: 'Ed25519' }, true],
    [{ ...ec, alg: 'ES256' }, true],
    [{ ...okp, key_ops: ['verify'] }, true],
    [{ ...okp, use: 'enc' }, false],
    [{ ...okp, use: '' }, false],
    [{ ...okp, alg: 'ES256' }, false],
    [{ ...ec, alg: 'EdDSA' }, false],
    [{ ...ec, alg: 'ECDH-ES' }, false],
    [{ ...okp, alg: 1 }, false],
    [{ ...okp, key_ops: [] }, false],
    [{ ...okp, key_ops: ['deriveBits'] }, false],
    [{ ...okp, key_ops: 'verify' }, false],
    [{ ...okp, use: 'enc', key_ops: ['verify'] }, false],
  ])('of %j is %s', (jwk, signing) => {
    expect(isSigningJwk(jwk)).toBe(signing)
  })
})

describe('thumbprintOf', () => {
  it('gives the thumbprint of RFC 8037 appendix A.3', () => {
    expect(thumbprintOf(ED25519)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })

  it('gives what jose gives for P-256', async () => {
    const { calculateJwkThumbprint } = await import('jose')

    expect(thumbprintOf(P256)).toBe(await calculateJwkThumbprint({ ...encodePublicJwk(P256) }))
  })
})
