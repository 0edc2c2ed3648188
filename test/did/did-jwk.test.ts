import { describe, expect, it } from 'vitest'
import { encodeBase64url } from '../../src/core/base64url.ts'
import { encodeUtf8 } from '../../src/core/bytes.ts'
import { encodePublicJwk } from '../../src/core/crypto/public-jwk.ts'
import { VERIFICATION_RELATIONSHIPS } from '../../src/did/did-document.ts'
import { encodeDidJwk, resolveDidJwk } from '../../src/did/did-jwk.ts'
import { thumbprintOf } from '../../src/did/jwk.ts'
import type { Did } from '../../src/model/did.ts'
import { acceptedValue, outcomeOf } from '../helpers/signers.ts'
import { ED25519, P256 } from './keys.ts'

const okp = encodePublicJwk(ED25519)

function didOf(json: string): Did {
  return `did:jwk:${encodeBase64url(encodeUtf8(json))}`
}

describe('resolveDidJwk', () => {
  it.each([ED25519, P256])('reads the key that encodeDidJwk wrote ($type)', (key) => {
    const did = encodeDidJwk(key)
    const document = acceptedValue(resolveDidJwk(did))

    expect(document.id).toBe(did)
    expect(document.verificationMethods).toEqual([
      { id: `${did}#0`, controller: did, key, thumbprint: thumbprintOf(key) },
    ])
    for (const name of VERIFICATION_RELATIONSHIPS) expect(document[name], name).toEqual([`${did}#0`])
  })

  it('reads the P-256 example of the did:jwk specification', () => {
    const did: Did =
      'did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9'
    const { verificationMethods } = acceptedValue(resolveDidJwk(did))

    expect(verificationMethods.map(({ key }) => encodePublicJwk(key))).toEqual([
      {
        crv: 'P-256',
        kty: 'EC',
        x: 'acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0',
        y: '_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE',
      },
    ])
  })

  it.each([
    ['use', { ...okp, use: 'enc' }],
    ['key_ops', { ...okp, key_ops: ['deriveKey'] }],
    ['alg', { ...okp, alg: 'ECDH-ES' }],
  ])('lists a key that its %s rules out for signatures under no relationship', (_name, jwk) => {
    const document = acceptedValue(resolveDidJwk(didOf(JSON.stringify(jwk))))

    for (const name of VERIFICATION_RELATIONSHIPS) expect(document[name], name).toEqual([])
  })

  it.each([
    ['padding', `${didOf('{}')}=`],
    ['trailing bits that are not zero', `${didOf(`${JSON.stringify(okp)} `).slice(0, -1)}h`],
    ['what is not base64url', 'did:jwk:%7B%7D'],
    ['bytes that are not UTF-8', `did:jwk:${encodeBase64url(Uint8Array.of(0x22, 0xff, 0x22))}`],
    ['what is not JSON', didOf('{"kty"')],
    ['a duplicate member [CP-01]', didOf(`{"kty":"OKP",${JSON.stringify(okp).slice(1)}`)],
    ['a list', didOf(`[${JSON.stringify(okp)}]`)],
    ['null', didOf('null')],
    ['a private key', didOf(JSON.stringify({ ...okp, d: okp.x }))],
  ])('refuses %s as malformed', (_name, did) => {
    expect(outcomeOf(resolveDidJwk(did as Did))).toBe('malformed jwk')
  })

  it.each([
    ['secp256k1', { kty: 'EC', crv: 'secp256k1', x: okp.x, y: okp.x }],
    ['a key type that is an object', { kty: {}, crv: {} }],
  ])('does not support %s', (_name, jwk) => {
    expect(outcomeOf(resolveDidJwk(didOf(JSON.stringify(jwk))))).toBe('unsupported jwk')
  })
})
