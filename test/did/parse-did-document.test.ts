import { describe, expect, it } from 'vitest'
import { encodePublicJwk } from '../../src/core/crypto/public-jwk.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { type DidDocument, findVerificationMethod } from '../../src/did/did-document.ts'
import { thumbprintOf } from '../../src/did/jwk.ts'
import { encodeMultikey } from '../../src/did/multikey.ts'
import { MAX_DID_DOCUMENT_ENTRIES, parseDidDocument } from '../../src/did/parse-did-document.ts'
import type { Did } from '../../src/model/did.ts'
import { outcomeOf } from '../helpers/signers.ts'
import { ED25519, P256 } from './keys.ts'

const DID: Did = 'did:web:id.example'
const NOW = Date.UTC(2026, 10, 22)
const jwkMethod: JsonObject = {
  id: `${DID}#jwk`,
  type: 'JsonWebKey',
  controller: DID,
  publicKeyJwk: { ...encodePublicJwk(P256) },
}
const multikeyMethod: JsonObject = {
  id: `${DID}#multikey`,
  type: 'Multikey',
  controller: DID,
  publicKeyMultibase: encodeMultikey(ED25519),
}
const document: JsonObject = {
  '@context': ['https://www.w3.org/ns/did/v1'],
  id: DID,
  verificationMethod: [jwkMethod, multikeyMethod],
  assertionMethod: [`${DID}#jwk`, '#multikey'],
  authentication: ['#multikey'],
  service: [{ id: '#status', type: 'ProcuraStatus', serviceEndpoint: 'https://id.example/status/' }],
}

const parse = (changes: JsonObject = {}) => parseDidDocument({ ...document, ...changes }, DID, NOW)
const withMethod = (changes: JsonObject) => parse({ verificationMethod: [{ ...multikeyMethod, ...changes }] })
const usableIds = (parsed: DidDocument | undefined) => parsed?.verificationMethods.map(({ id }) => id)

describe('parseDidDocument', () => {
  it('reads methods, relationships and services', () => {
    expect(parse()).toEqual({
      id: DID,
      verificationMethods: [
        { id: `${DID}#jwk`, controller: DID, key: P256, thumbprint: thumbprintOf(P256) },
        { id: `${DID}#multikey`, controller: DID, key: ED25519, thumbprint: thumbprintOf(ED25519) },
      ],
      assertionMethod: [`${DID}#jwk`, `${DID}#multikey`],
      authentication: [`${DID}#multikey`],
      capabilityInvocation: [],
      capabilityDelegation: [],
      services: document.service,
    })
  })

  it('reads a document of nothing but an id', () => {
    expect(parseDidDocument({ id: DID }, DID, NOW)?.verificationMethods).toEqual([])
  })

  it.each([
    ['JsonWebKey2020', { ...jwkMethod, type: 'JsonWebKey2020' }],
    ['Ed25519VerificationKey2020', { ...multikeyMethod, type: 'Ed25519VerificationKey2020' }],
    ['a relative id', { ...multikeyMethod, id: '#multikey' }],
  ])('reads a method with %s', (_name, method) => {
    expect(usableIds(parse({ verificationMethod: [method] }))).toHaveLength(1)
  })

  it('reads a method that a relationship embeds, for that relationship alone', () => {
    const parsed = parse({
      verificationMethod: [],
      assertionMethod: [{ ...multikeyMethod, id: '#embedded' }],
      authentication: [],
    })

    expect(usableIds(parsed)).toEqual([`${DID}#embedded`])
    expect([parsed?.assertionMethod, parsed?.authentication]).toEqual([[`${DID}#embedded`], []])
  })

  it.each<[string, JsonObject]>([
    ['of an unknown type', { type: 'X25519KeyAgreementKey2020' }],
    ['of an unknown key type', { publicKeyMultibase: 'z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc' }],
    ['past its expiry', { expires: '2026-11-22T00:00:00Z' }],
    ['that was revoked', { revoked: '2026-11-21T23:59:59Z' }],
    ['that ends later and was revoked', { expires: '2027-01-01T00:00:00Z', revoked: '2026-01-01T00:00:00Z' }],
  ])('names a method %s without a key', (_name, changes) => {
    const parsed = withMethod(changes)

    expect(parsed?.assertionMethod).toContain(`${DID}#multikey`)
    expect(
      parsed === undefined
        ? ''
        : outcomeOf(findVerificationMethod(parsed, `${DID}#multikey`, 'assertionMethod')),
    ).toBe('unsupported verificationMethod')
  })

  it('names a JWK that is not for signatures without a key', () => {
    const encryption = { ...jwkMethod, publicKeyJwk: { ...encodePublicJwk(P256), use: 'enc' } }

    expect(usableIds(parse({ verificationMethod: [encryption] }))).toEqual([])
  })

  it('reads a method that ends in the future', () => {
    expect(usableIds(withMethod({ expires: '2026-11-22T00:00:01Z' }))).toEqual([`${DID}#multikey`])
  })

  it('keeps the method of another controller, for findVerificationMethod to refuse [DR-08]', () => {
    const parsed = withMethod({ controller: 'did:web:other.example' })

    expect(
      parsed === undefined
        ? ''
        : outcomeOf(findVerificationMethod(parsed, `${DID}#multikey`, 'assertionMethod')),
    ).toBe('key_not_authorized controller')
  })

  it.each<[string, Json]>([
    ['null', null],
    ['a list', [document]],
    ['text', 'did:web:id.example'],
    ['no id', { verificationMethod: [] }],
    ['the id of another DID', { ...document, id: 'did:web:other.example' }],
    ['an id that is almost the DID', { ...document, id: `${DID}#` }],
  ])('refuses %s for a document', (_name, value) => {
    expect(parseDidDocument(value, DID, NOW)).toBeUndefined()
  })

  it.each<[string, JsonObject]>([
    ['methods that are no list', { verificationMethod: multikeyMethod }],
    ['a method that is text', { verificationMethod: ['#multikey'] }],
    [
      'two methods of one id',
      { verificationMethod: [jwkMethod, { ...multikeyMethod, id: jwkMethod.id ?? null }] },
    ],
    [
      'two methods of one id, one relative',
      { verificationMethod: [multikeyMethod, { ...multikeyMethod, id: '#multikey' }] },
    ],
    ['an embedded method with the id of a listed one', { assertionMethod: [multikeyMethod] }],
    ['a relationship that is no list', { authentication: '#multikey' }],
    ['a relationship that is no list', { assertionMethod: '#multikey' }],
    ['a relationship that is no list', { capabilityInvocation: {} }],
    ['a relationship that is no list', { capabilityDelegation: 1 }],
    ['a reference that is no DID URL', { assertionMethod: ['key-1'] }],
    ['a reference that is a number', { assertionMethod: [1] }],
    ['an embedded method without an id', { assertionMethod: [{ ...multikeyMethod, id: null }] }],
    ['a service that is text', { service: ['https://id.example/'] }],
    ['services that are no list', { service: {} }],
    [
      'more methods than any DID needs',
      {
        verificationMethod: Array.from({ length: MAX_DID_DOCUMENT_ENTRIES + 1 }, (_, i) => ({
          ...multikeyMethod,
          id: `#${i}`,
        })),
      },
    ],
  ])('refuses a document with %s', (_name, changes) => {
    expect(parse(changes)).toBeUndefined()
  })

  it.each<[string, JsonObject]>([
    ['no id', { id: null }],
    ['an id that is no DID URL', { id: 'multikey' }],
    ['an id that is the DID', { id: DID }],
    ['no controller', { controller: null }],
    ['a controller that is no DID', { controller: 'https://id.example' }],
    ['a controller that is a list', { controller: [DID] }],
    ['no key', { publicKeyMultibase: null }],
    ['a key that is no key', { publicKeyMultibase: 'z6Mk' }],
    ['a JWK that is text', { type: 'JsonWebKey', publicKeyJwk: 'x' }],
    ['a private JWK', { type: 'JsonWebKey', publicKeyJwk: { ...encodePublicJwk(P256), d: 'x' } }],
    ['a private key beside the public one', { privateKeyMultibase: 'z3u2' }],
    ['a secret key beside the public one', { secretKeyJwk: {} }],
    ['an expiry that is no date', { expires: 'tomorrow' }],
    ['a revocation that is no text', { revoked: 1 }],
    ['a revocation that is null', { revoked: null }],
  ])('refuses a document that has a method with %s', (_name, changes) => {
    expect(withMethod(changes)).toBeUndefined()
  })

  it('takes as many methods as the limit', () => {
    const verificationMethod = Array.from({ length: MAX_DID_DOCUMENT_ENTRIES }, (_, i) => ({
      ...multikeyMethod,
      id: `#${i}`,
    }))

    expect(usableIds(parse({ verificationMethod }))).toHaveLength(MAX_DID_DOCUMENT_ENTRIES)
  })
})
