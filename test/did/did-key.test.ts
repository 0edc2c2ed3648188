import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { encodeBase58 } from '../../src/core/base58.ts'
import { encodePublicJwk } from '../../src/core/crypto/public-jwk.ts'
import { VERIFICATION_RELATIONSHIPS } from '../../src/did/did-document.ts'
import { didKeyMethodId, encodeDidKey, resolveDidKey } from '../../src/did/did-key.ts'
import { parsePublicJwk, thumbprintOf } from '../../src/did/jwk.ts'
import type { Did } from '../../src/model/did.ts'
import { acceptedValue, outcomeOf } from '../helpers/signers.ts'
import { readJsonVectors, readVectors } from '../helpers/vectors.ts'
import { ED25519, P256 } from './keys.ts'

interface VectorDocument {
  readonly id: Did
  readonly verificationMethod: readonly { publicKeyJwk?: object; publicKeyBase58?: string }[]
}

describe('resolveDidKey', () => {
  it.each([ED25519, P256])('reads the key that encodeDidKey wrote ($type)', (key) => {
    const did = encodeDidKey(key)
    const document = acceptedValue(resolveDidKey(did))
    const id = `${did}#${did.slice('did:key:'.length)}`

    expect(document.id).toBe(did)
    expect(document.verificationMethods).toEqual([
      { id, controller: did, key, thumbprint: thumbprintOf(key) },
    ])
    expect(didKeyMethodId(did)).toBe(id)
    for (const name of VERIFICATION_RELATIONSHIPS) expect(document[name], name).toEqual([id])
  })

  it('writes and reads random keys of both types', () => {
    for (let i = 0; i < 30; i++) {
      const { publicKey } =
        i % 2 === 0 ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const jwk = publicKey.export({ format: 'jwk' })
      const key = acceptedValue(
        parsePublicJwk({ kty: jwk.kty ?? '', crv: jwk.crv ?? '', x: jwk.x ?? '', y: jwk.y ?? null }),
      )
      const method = acceptedValue(resolveDidKey(encodeDidKey(key))).verificationMethods[0]

      expect(method?.key).toEqual(key)
    }
  })

  it.each<[string, Did]>([
    ['no multibase', 'did:key:6Mkf5rGMoatrSj1f4CyvuHBeXJELe9RPdzo2PKGNCKVtZxP'],
    ['a version', 'did:key:1.1:z6Mkf5rGMoatrSj1f4CyvuHBeXJELe9RPdzo2PKGNCKVtZxP'],
    ['a character of no base58', 'did:key:z6Mkf5rGMoatrSj1f4CyvuHBeXJELe9RPdzo2PKGNCKVtZx0'],
    ['percent-encoding', 'did:key:%7A6Mkf5rGMoatrSj1f4CyvuHBeXJELe9RPdzo2PKGNCKVtZxP'],
  ])('refuses %s', (_name, did) => {
    expect(outcomeOf(resolveDidKey(did))).toBe('malformed multikey')
  })

  it('reads the keys that the vectors of credo-ts list', (ctx) => {
    const ed25519 = readJsonVectors<VectorDocument>(ctx, 'did-key/credo-didKeyEd25519.json')
    const p256 = readJsonVectors<VectorDocument>(ctx, 'did-key/credo-didKeyP256.json')
    const keyOf = ({ id }: VectorDocument) =>
      acceptedValue(resolveDidKey(id)).verificationMethods.map(({ key }) => key)

    expect(keyOf(ed25519).map(({ raw }) => encodeBase58(raw))).toEqual(
      ed25519.verificationMethod.map(({ publicKeyBase58 }) => publicKeyBase58),
    )
    expect(keyOf(p256).map(encodePublicJwk)).toEqual(
      p256.verificationMethod.map(({ publicKeyJwk }) => publicKeyJwk),
    )
  })

  it('reads the keys that the vectors of spruceid list', (ctx) => {
    const documents = Object.values(
      readJsonVectors<Record<string, VectorDocument>>(ctx, 'did-key/spruceid-did-key-statics.json'),
    )
    expect(documents.length).toBeGreaterThan(3)
    for (const { id, verificationMethod } of documents) {
      const keys = acceptedValue(resolveDidKey(id)).verificationMethods.map(({ key }) => encodePublicJwk(key))

      expect(keys).toEqual(verificationMethod.map(({ publicKeyJwk }) => publicKeyJwk))
    }
  })

  it('tells the key types of the DIDs in the did:key specification', (ctx) => {
    const dids = readVectors(ctx, 'did-key/w3c-ccg-did-key-spec-dids.txt').trim().split('\n') as Did[]
    const outcomes = dids.map((did) => `${did.slice(8, 12)} ${outcomeOf(resolveDidKey(did))}`)

    expect(outcomes).toEqual([
      'z6Mk accepted',
      'z6Mk accepted',
      'z82L unsupported multikey',
      'zDna accepted',
      'zQ3s unsupported multikey',
      'zQ3s unsupported multikey',
      'zQ3s unsupported multikey',
      'zUC7 unsupported multikey',
    ])
  })
})
