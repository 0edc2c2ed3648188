import { importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { verifySignature } from '#crypto'
import type { DidUrl } from '../../../src/model/did.ts'
import {
  createLocalSigner,
  generateKey,
  type PrivateJwk,
  parsePrivateJwk,
} from '../../../src/securing/vc-jose/local-signer.ts'
import { ALICE, alice, BOB, bob } from '../../helpers/signers.ts'

const DATA = new TextEncoder().encode('a request')

describe('createLocalSigner', () => {
  it.each([
    { jwk: ALICE, algorithm: 'EdDSA', type: 'Ed25519' },
    { jwk: BOB, algorithm: 'ES256', type: 'P-256' },
  ])('makes an $algorithm signer of a $type key', async ({ jwk, algorithm, type }) => {
    const signer = await createLocalSigner(jwk)
    const signature = await signer.sign(DATA)

    expect(signer).toMatchObject({ algorithm, publicKey: { type } })
    expect(signature).toHaveLength(64)
    expect(await verifySignature(signer.publicKey, DATA, signature)).toBe(true)
  })

  it('names the key by its did:key', () => {
    const name = 'z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw'

    expect(alice.keyId).toBe(`did:key:${name}#${name}`)
    expect(bob.keyId).toMatch(/^did:key:(zDn\w+)#\1$/)
  })

  it('takes another name for the key', async () => {
    const keyId: DidUrl = 'did:web:id.example#key-1'

    expect((await createLocalSigner(ALICE, keyId)).keyId).toBe(keyId)
  })

  it.each(['Ed25519', 'P-256'] as const)(
    'signs with a pair of keys that leave no platform (%s)',
    async (type) => {
      const parameters = type === 'Ed25519' ? { name: type } : { name: 'ECDSA', namedCurve: type }
      const pair = await crypto.subtle.generateKey(parameters, false, ['sign', 'verify'])
      const signer = await createLocalSigner(pair as CryptoKeyPair)

      expect(await verifySignature(signer.publicKey, DATA, await signer.sign(DATA))).toBe(true)
    },
  )

  it.each([
    ['two public keys', 'ECDSA', 'P-256', ['publicKey', 'publicKey']],
    ['two private keys', 'ECDSA', 'P-256', ['privateKey', 'privateKey']],
    ['keys of another curve', 'ECDSA', 'P-384', ['privateKey', 'publicKey']],
    ['keys for something else', 'ECDH', 'P-256', ['privateKey', 'publicKey']],
  ] as const)('refuses a pair of %s', async (_, name, namedCurve, [first, second]) => {
    const usages = name === 'ECDH' ? (['deriveBits'] as const) : (['sign', 'verify'] as const)
    const pair = await crypto.subtle.generateKey({ name, namedCurve }, false, [...usages])
    const halves = { privateKey: pair[first], publicKey: pair[second] }

    await expect(createLocalSigner(halves)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
  })

  it('refuses a private part that belongs to another public part', async () => {
    const other = await generateKey('Ed25519')

    await expect(createLocalSigner({ ...ALICE, d: other.d })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_KEY',
    })
  })

  it('refuses a pair of keys of two pairs', async () => {
    const make = () => crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
    const [one, other] = (await Promise.all([make(), make()])) as [CryptoKeyPair, CryptoKeyPair]
    const mixed = { privateKey: one.privateKey, publicKey: other.publicKey }

    expect((await createLocalSigner(one)).algorithm).toBe('EdDSA')
    await expect(createLocalSigner(mixed)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
  })

  it('refuses a private key in the place of the public one, though it could be read', async () => {
    const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
    const { privateKey } = pair

    expect((await createLocalSigner(pair)).algorithm).toBe('EdDSA')
    await expect(createLocalSigner({ privateKey, publicKey: privateKey })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_KEY',
      message: expect.stringContaining('publicKey must be a public key'),
    })
  })

  it('refuses a public key that cannot be read', async () => {
    const { privateKey, publicKey } = (await crypto.subtle.generateKey('Ed25519', true, [
      'sign',
      'verify',
    ])) as CryptoKeyPair
    const raw = await crypto.subtle.exportKey('raw', publicKey)
    const sealed = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify'])

    await expect(createLocalSigner({ privateKey, publicKey: sealed })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_KEY',
    })
  })

  it('refuses a scalar that no P-256 key has', async () => {
    await expect(createLocalSigner({ ...BOB, d: 'A'.repeat(43) })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_KEY',
    })
  })
})

describe('parsePrivateJwk', () => {
  it('keeps the key and nothing else', () => {
    const jwk = { ...ALICE, kid: 'k1', use: 'sig', alg: 'EdDSA', key_ops: ['sign'], ext: true }

    expect(parsePrivateJwk(jwk)).toStrictEqual(ALICE)
    expect(parsePrivateJwk(BOB)).toStrictEqual(BOB)
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', JSON.stringify(ALICE)],
    ['an array', [ALICE]],
    ['a public key', { ...ALICE, d: undefined }],
    ['a shared secret', { kty: 'oct', k: ALICE.d }],
    ['another curve', { ...ALICE, crv: 'X25519' }],
    ['secp256k1', { ...BOB, crv: 'secp256k1' }],
    ['RSA', { kty: 'RSA', n: 'AQAB', e: 'AQAB', d: 'AQAB' }],
    ['a point that is not on the curve', { ...BOB, y: BOB.x }],
    ['a missing coordinate', { ...BOB, y: undefined }],
    ['a short d', { ...ALICE, d: ALICE.d.slice(0, 42) }],
    ['a padded d', { ...ALICE, d: `${ALICE.d}=` }],
    ['a d that is a number', { ...ALICE, d: 1 }],
    ['a key for encryption', { ...BOB, use: 'enc' }],
    ['a key that only verifies', { ...ALICE, key_ops: ['verify'] }],
    ['operations that are no list', { ...ALICE, key_ops: 'sign' }],
    ['the algorithm of another type', { ...ALICE, alg: 'ES256' }],
  ])('refuses %s', (_, value) => {
    expect(() => parsePrivateJwk(value)).toThrow(expect.objectContaining({ code: 'ERR_PROCURA_INVALID_KEY' }))
  })

  it('never says the key', () => {
    for (const value of [
      { ...ALICE, x: ALICE.d.slice(1) },
      { ...ALICE, crv: ALICE.d },
      { ...ALICE, d: `${ALICE.d}${ALICE.d}` },
    ]) {
      const message = messageOf(() => parsePrivateJwk(value))

      expect(message).toMatch(/^the signing key cannot be used/)
      expect(message).not.toContain(ALICE.d.slice(0, 8))
    }
  })
})

describe('generateKey', () => {
  it.each(['Ed25519', 'P-256'] as const)(
    'makes a %s key that jose imports, a new one each time',
    async (type) => {
      const [first, second] = [await generateKey(type), await generateKey(type)]

      expect(first.crv).toBe(type)
      expect(first.d).not.toBe(second.d)
      expect(await importJWK({ ...first }, type === 'Ed25519' ? 'EdDSA' : 'ES256')).toBeInstanceOf(CryptoKey)
    },
  )
})

function messageOf(act: () => PrivateJwk): string {
  try {
    act()
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
  return 'did not throw'
}
