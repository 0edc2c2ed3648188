import type { DIDResolutionResult, ResolverRegistry } from 'did-resolver'
import { describe, expect, it } from 'vitest'
import { encodePublicJwk } from '../../src/core/crypto/public-jwk.ts'
import { wrapDidResolver } from '../../src/did/wrap-did-resolver.ts'
import type { Did } from '../../src/model/did.ts'
import { acceptedValue, outcomeOf } from '../helpers/signers.ts'
import { ED25519 } from './keys.ts'

const DID: Did = 'did:example:alice'
const NOW = Date.UTC(2026, 10, 22)
const method = {
  id: '#1',
  type: 'JsonWebKey2020',
  controller: DID,
  publicKeyJwk: { ...encodePublicJwk(ED25519) },
}

/** A registry whose only method answers with a document, or with all of `answer`. */
function registryOf(didDocument: unknown, answer: object = {}): ResolverRegistry {
  const result = { didResolutionMetadata: {}, didDocumentMetadata: {}, didDocument, ...answer }
  return { example: async () => result as DIDResolutionResult }
}

const resolveWith = (registry: ResolverRegistry, did: Did = DID) => wrapDidResolver(registry, () => NOW)(did)

describe('wrapDidResolver', () => {
  it('reduces the document of a did-resolver method to what the protocol reads', async () => {
    const document = acceptedValue(
      await resolveWith(registryOf({ id: DID, verificationMethod: [method], assertionMethod: ['#1'] })),
    )

    expect(document.verificationMethods.map(({ id, key }) => [id, key])).toEqual([[`${DID}#1`, ED25519]])
    expect([document.assertionMethod, document.authentication]).toEqual([[`${DID}#1`], []])
  })

  it('judges the end of a method by the clock that it was given', async () => {
    const ended = { ...method, expires: '2026-11-22T00:00:00Z' }
    const document = acceptedValue(await resolveWith(registryOf({ id: DID, verificationMethod: [ended] })))

    expect(document.verificationMethods).toEqual([])
  })

  it.each<[string, ResolverRegistry]>([
    ['finds nothing', registryOf(null)],
    ['gives no document', registryOf(undefined)],
    ['answers for another DID', registryOf({ id: 'did:example:mallory' })],
    ['answers with what is no document', registryOf('did:example:alice')],
    ['answers with a cycle', registryOf(cycle())],
    ['answers with what JSON cannot hold', registryOf({ id: DID, service: [{ n: 1n }] })],
    ['answers with nothing at all', { example: async () => undefined as unknown as DIDResolutionResult }],
    [
      'answers that the DID was deactivated',
      registryOf({ id: DID }, { didDocumentMetadata: { deactivated: true } }),
    ],
    ['rejects', { example: () => Promise.reject(new TypeError('boom')) }],
    [
      'throws',
      {
        example: () => {
          throw new TypeError('boom')
        },
      },
    ],
  ])('refuses when the method %s', async (_name, registry) => {
    expect(outcomeOf(await resolveWith(registry))).toBe('did_unresolvable did')
  })

  it.each<Did>(['did:constructor:x', 'did:hasownproperty:x', 'did:other:x', 'did:example:'])(
    'refuses %s, which no method of the registry answers [DR-16]',
    async (did) => {
      expect(outcomeOf(await resolveWith(registryOf({ id: did }), did))).toBe('did_unresolvable did')
    },
  )
})

function cycle(): object {
  const document: Record<string, unknown> = { id: DID }
  document.self = document
  return document
}
