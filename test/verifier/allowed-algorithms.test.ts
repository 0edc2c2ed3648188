import { describe, expect, it } from 'vitest'
import type { DidDocument } from '../../src/did/did-document.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { accept } from '../../src/refusal.ts'
import { allowAlgorithms } from '../../src/verifier/allowed-algorithms.ts'
import { alice, bob } from '../helpers/signers.ts'

const resolver = createDidResolver()
const didOf = (keyId: string) => keyId.split('#')[0] ?? ''
const [edwards, nist] = await Promise.all(
  [alice, bob].map(async ({ keyId }) => {
    const found = await resolver.resolve(didOf(keyId))
    if (!found.verified) throw new Error('the sample cannot be resolved')
    return found.value
  }),
)

/** What is left of a document when only these algorithms are allowed. */
function leftOf(document: DidDocument, ...algorithms: ('EdDSA' | 'ES256')[]) {
  return allowAlgorithms({ resolve: () => accept(document) }, new Set(algorithms)).resolve(document.id)
}

describe('a resolver that knows only keys of some algorithms', () => {
  const both = {
    ...(edwards as DidDocument),
    verificationMethods: [edwards, nist].flatMap((one) => one?.verificationMethods ?? []),
  }

  it('leaves a document as it is whose keys are all of them', () => {
    expect(leftOf(both, 'EdDSA', 'ES256')).toHaveProperty('value', both)
    expect((leftOf(both, 'EdDSA', 'ES256') as { value: unknown }).value).toBe(both)
  })

  it('leaves the keys of a document that are of them', () => {
    const [first, second] = both.verificationMethods

    expect(leftOf(both, 'EdDSA')).toEqual(accept({ ...both, verificationMethods: [first] }))
    expect(leftOf(both, 'ES256')).toEqual(accept({ ...both, verificationMethods: [second] }))
  })

  it('refuses a document that has none of them', () => {
    expect(leftOf(edwards as DidDocument, 'EdDSA')).toMatchObject({ verified: true })
    expect(leftOf(edwards as DidDocument, 'ES256')).toEqual({
      verified: false,
      refusal: { code: 'unsupported', dimension: 'algorithm' },
    })
  })

  it('answers as the resolver does where that refuses', async () => {
    const allowing = allowAlgorithms(resolver, new Set(['EdDSA']))

    expect(await allowing.resolve('did:example:1')).toEqual(await resolver.resolve('did:example:1'))
    expect(await allowing.resolve('did:example:1')).toMatchObject({ refusal: { code: 'unsupported' } })
  })
})
