import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeBase64url } from '../../src/core/base64url.ts'
import { encodeUtf8 } from '../../src/core/bytes.ts'
import { isJsonObject, type Json, parseStrictJson } from '../../src/core/json.ts'
import { encodeDidJwk, resolveDidJwk } from '../../src/did/did-jwk.ts'
import { encodeDidKey, resolveDidKey } from '../../src/did/did-key.ts'
import { parseDidDocument } from '../../src/did/parse-did-document.ts'
import { DID_DOCUMENT_MEDIA_TYPES, resolveDidToResult } from '../../src/did/resolve-did-to-result.ts'
import type { Did } from '../../src/model/did.ts'
import { acceptedValue } from '../helpers/signers.ts'
import { ED25519, P256 } from './keys.ts'

const X25519 = 'did:key:z6LShLeXRTzevtwcfehaGEzCMyL3bNsAeKCwcqwJxyCo63yE'
const jwkOf = (text: string): Did => `did:jwk:${encodeBase64url(encodeUtf8(text))}`

const errorOf = async (...asked: Parameters<typeof resolveDidToResult>) =>
  (await resolveDidToResult(...asked)).didResolutionMetadata.error
const strict = (value: unknown): Json => parseStrictJson(JSON.stringify(value)) ?? null

describe('resolveDidToResult', () => {
  it.each([
    [encodeDidKey(ED25519), resolveDidKey],
    [encodeDidKey(P256), resolveDidKey],
    [encodeDidJwk(ED25519), resolveDidJwk],
    [encodeDidJwk(P256), resolveDidJwk],
  ] as const)('serves the document of %s, in which our own parser finds the same', async (did, resolve) => {
    const { didDocument, didResolutionMetadata } = await resolveDidToResult(did)

    expect(didResolutionMetadata).toEqual({ contentType: 'application/did' })
    expect(parseDidDocument(strict(didDocument), did, 0)).toEqual(acceptedValue(resolve(did)))
  })

  it('names the contexts in which the document has its meaning', async () => {
    const key = await resolveDidToResult(encodeDidKey(ED25519))
    const jwk = await resolveDidToResult(encodeDidJwk(ED25519))

    expect([key, jwk].map(({ didDocument }) => didDocument?.['@context'])).toEqual([
      ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
      ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/jwk/v1'],
    ])
  })

  it('lists a key that cannot sign for agreement on keys only', async () => {
    const { didDocument } = await resolveDidToResult(X25519)
    const id = `${X25519}#${X25519.slice(8)}`

    expect(didDocument).toEqual({
      '@context': expect.anything(),
      id: X25519,
      verificationMethod: [{ id, type: 'Multikey', controller: X25519, publicKeyMultibase: X25519.slice(8) }],
      keyAgreement: [id],
    })
  })

  it.each(DID_DOCUMENT_MEDIA_TYPES)('serves a document as %s', async (accept) => {
    const { didResolutionMetadata, didDocument } = await resolveDidToResult(encodeDidKey(P256), { accept })

    expect(didResolutionMetadata).toEqual({ contentType: accept })
    expect(isJsonObject(didDocument ?? undefined)).toBe(true)
  })

  it('does not serve another representation', async () => {
    expect(await resolveDidToResult(encodeDidKey(P256), { accept: 'application/did+cbor' })).toEqual({
      didResolutionMetadata: { error: 'representationNotSupported' },
      didDocument: null,
      didDocumentMetadata: {},
    })
  })

  it.each([
    ['', 'invalidDid'],
    ['did:key', 'invalidDid'],
    ['did:key:zzz!', 'invalidDid'],
    [`${X25519}#x`, 'invalidDid'],
    ['did:key:1.1:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK', 'invalidDid'],
    [encodeDidKey({ ...ED25519, raw: ED25519.raw.slice(1) }), 'invalidPublicKeyLength'],
    [jwkOf('{'), 'invalidDid'],
    [jwkOf('{"kty":"EC","crv":"P-384","x":"","y":""}'), 'unsupportedPublicKeyType'],
    ['did:web:id.example', 'methodNotSupported'],
    ['did:constructor:x', 'methodNotSupported'],
    ['did:__proto__:x', 'invalidDid'],
  ])('answers %j with %s', async (did, error) => {
    expect(await errorOf(did)).toBe(error)
  })

  it('answers any text with a document or an error, and never rejects', async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `did:key:z${text}`),
    )
    await fc.assert(
      fc.asyncProperty(texts, async (did) => {
        const { didDocument, didResolutionMetadata } = await resolveDidToResult(did)

        expect(didDocument === null).toBe(didResolutionMetadata.error !== undefined)
      }),
    )
  })

  it('asks the caller for the documents of other methods', async () => {
    const web = (did: Did) => (did === 'did:web:id.example' ? { id: did } : undefined)

    expect((await resolveDidToResult('did:web:id.example', { methods: { web } })).didDocument).toEqual({
      id: 'did:web:id.example',
    })
    expect(await errorOf('did:web:evil.example', { methods: { web } })).toBe('notFound')
  })

  it('answers with an error when the method fails', async () => {
    expect(await errorOf('did:web:id.example', { methods: { web: () => Promise.reject(new Error()) } })).toBe(
      'internalError',
    )
  })
})
