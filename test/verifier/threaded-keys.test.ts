import { describe, expect, it } from 'vitest'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { inThreads } from '../../src/verifier/threaded-keys.ts'
import { alice } from '../helpers/signers.ts'

const DID = alice.keyId.split('#')[0] ?? ''

describe('a resolver whose keys verify in threads', () => {
  const resolver = createDidResolver()
  const threaded = inThreads(resolver)

  it('marks the keys of a document, and changes nothing else', async () => {
    const plain = await resolver.resolve(DID)
    if (!plain.verified) throw new Error('the sample cannot be resolved')
    const marked = plain.value.verificationMethods.map((method) => ({
      ...method,
      key: { ...method.key, inThreads: true },
    }))

    expect(marked).toHaveLength(1)
    expect(await threaded.resolve(DID)).toEqual({
      verified: true,
      value: { ...plain.value, verificationMethods: marked },
    })
  })

  it('answers with the same keys again, because what the platform made of them is kept by key', async () => {
    expect(await threaded.resolve(DID)).toBe(await threaded.resolve(DID))
  })

  it('answers as the resolver does where that refuses', async () => {
    expect(await threaded.resolve('did:example:1')).toMatchObject({ refusal: { code: 'unsupported' } })
  })
})
