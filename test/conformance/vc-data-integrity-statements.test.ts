import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { CRYPTOSUITES } from '../../src/model/chain.ts'
import type { SignDataIntegrityOptions } from '../../src/securing/data-integrity/sign.ts'
import { verifyDataIntegrity } from '../../src/securing/data-integrity/verify.ts'
import { acceptedValue, alice } from '../helpers/signers.ts'
import { NOW, resolver, sign, verifyOutcome, withProof } from '../securing/data-integrity/fixtures.ts'

/*
 * What Verifiable Credential Data Integrity 1.0 demands, statement by statement. Each title says what the statement
 * asks for, in our words.
 */

const DOCUMENT: JsonObject = {
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiableCredential'],
  credentialSubject: { name: 'Some Body' },
}

const signed = await sign(DOCUMENT, 'eddsa-jcs-2022', { id: 'urn:uuid:1', created: NOW })
const changed = (changes: { readonly [name: string]: unknown }) => verifyOutcome(withProof(signed, changes))
const proofOf = (document: JsonObject) => document.proof as JsonObject

describe('VC-DI §2.1 "Proofs"', () => {
  it('proof: one object, or an unordered set of objects', async () => {
    const set = await sign(signed, 'ecdsa-jcs-2019')
    const proofs = set.proof as readonly Json[]

    expect(await verifyOutcome(signed)).toBe('accepted')
    expect(await verifyOutcome({ ...signed, proof: [proofOf(signed)] })).toBe('accepted')
    expect(await verifyOutcome({ ...set, proof: proofs.toReversed() })).toBe('accepted')
    for (const proof of ['x', 1, true, null, [], ['x'], [[proofOf(signed)]]])
      expect(await verifyOutcome({ ...signed, proof: proof as Json })).toBe('malformed proof')
  })

  it.each([1, '', 'relative', { id: 'urn:uuid:1' }])('id: a URL, so not %j', async (id) => {
    expect(await changed({ id })).toBe('malformed proof.id')
    if (typeof id !== 'string') return
    await expect(sign(DOCUMENT, 'eddsa-jcs-2022', { id })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it.each<[string, unknown]>([
    ['type', undefined],
    ['type', ['DataIntegrityProof']],
    ['proofPurpose', undefined],
    ['proofPurpose', ['assertionMethod']],
    ['verificationMethod', 'no-url'],
    ['verificationMethod', { id: alice.keyId }],
    ['cryptosuite', undefined],
    ['cryptosuite', 2022],
    ['challenge', 1],
    ['nonce', {}],
    ['domain', 1],
    ['domain', ['a', 1]],
    ['previousProof', { id: 'urn:uuid:1' }],
    ['previousProof', ['urn:uuid:1', 1]],
  ])('%s: a string where it must be there, so not %j', async (name, value) => {
    expect(await changed({ [name]: value })).toBe(`malformed proof.${name}`)
  })

  it.each(['created', 'expires'])('%s: a date with time and time zone', async (name) => {
    const at = async (value: string) => (await changed({ [name]: value })).split(' ')[0]

    expect(await at('2026-11-22T10:00:00+01:00')).toBe('signature_invalid')
    for (const value of ['2026-11-22', '2026-11-22T09:00:00', '1790000000', '2026-02-30T09:00:00Z', ''])
      expect(await at(value), value).toBe('malformed')
  })

  it('domain: a string or a set of strings; challenge and nonce: strings', async () => {
    const bound = { domain: 'a.example', challenge: 'c' }
    const document = await sign(DOCUMENT, 'eddsa-jcs-2022', bound)

    expect(await verifyOutcome(document, bound)).toBe('accepted')
    expect(await verifyOutcome(withProof(document, { domain: ['a.example'] }), bound)).toBe(
      'signature_invalid',
    )
    expect(await verifyOutcome(withProof(document, { nonce: 'n' }), bound)).toBe('signature_invalid')
  })

  it('proofValue: multibase of the suite', async () => {
    const { proofValue } = proofOf(signed)

    for (const value of [
      undefined,
      '',
      1,
      String(proofValue).slice(1),
      `f${'00'.repeat(64)}`,
      `z${'0'.repeat(87)}`,
    ])
      expect(await changed({ proofValue: value })).toBe('malformed proof.proofValue')
  })

  it('previousProof: every proof that it names must be there and verify', async () => {
    const chain = await sign(signed, 'ecdsa-jcs-2019', { previousProof: ['urn:uuid:1'] })
    const [first, second] = chain.proof as readonly [JsonObject, JsonObject]
    const spoiled = { ...first, created: '2026-11-22T09:00:01.000Z' }

    expect(await verifyOutcome(chain)).toBe('accepted')
    expect(await verifyOutcome({ ...chain, proof: [spoiled, second] })).toBe('signature_invalid')
    expect(await verifyOutcome({ ...chain, proof: [second] })).toBe('malformed proof.previousProof')
  })
})

describe('VC-DI §2.4 "Contexts and Vocabularies"', () => {
  it.each(['eddsa-rdfc-2022', 'ecdsa-rdfc-2019'] as const)(
    'securing data losslessly: what no context defines is an error, signing and verifying with %s',
    async (suite) => {
      const lossy = { ...DOCUMENT, undefinedTerm: 'x' }
      const whole = await sign(DOCUMENT, suite)

      expect(await verifyOutcome(whole)).toBe('accepted')
      expect(await verifyOutcome({ ...whole, undefinedTerm: 'x' })).toBe('malformed document')
      await expect(sign(lossy, suite)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
    },
  )

  it('context injection: a proof adds no context to a document', async () => {
    for (const suite of CRYPTOSUITES)
      expect((await sign(DOCUMENT, suite))['@context']).toEqual(DOCUMENT['@context'])
  })
})

describe('VC-DI §4.2 "Add Proof" and §4.3 "Add Proof Set/Chain"', () => {
  it('the proof says type, suite, verification method and purpose, and repeats what it was asked to say', async () => {
    const asked = { domain: 'a.example', challenge: 'c' }
    const options: Partial<SignDataIntegrityOptions> = { ...asked, proofPurpose: 'authentication' }

    expect(proofOf(await sign(DOCUMENT, 'eddsa-rdfc-2022', options))).toMatchObject({
      type: 'DataIntegrityProof',
      cryptosuite: 'eddsa-rdfc-2022',
      verificationMethod: alice.keyId,
      proofPurpose: 'authentication',
      ...asked,
    })
  })

  it('the proofs that were there stay, and the new one is added', async () => {
    const set = await sign(await sign(signed, 'ecdsa-jcs-2019'), 'eddsa-rdfc-2022')

    expect(set.proof).toHaveLength(3)
    expect((set.proof as readonly Json[])[0]).toEqual(signed.proof)
  })

  it.each([[['urn:uuid:2']], [['urn:uuid:1', 'urn:uuid:2']]])(
    'a previous proof that is not there is an error: %j',
    async (previousProof) => {
      await expect(sign(signed, 'ecdsa-jcs-2019', { previousProof })).rejects.toMatchObject({
        code: 'ERR_PROCURA_INVALID_ARGUMENT',
      })
    },
  )
})

describe('VC-DI §4.4 "Verify Proof"', () => {
  const bound = { domain: 'a.example', challenge: 'c' } as const

  it.each(['type', 'verificationMethod', 'proofPurpose'])('step 4: %s must exist', async (name) => {
    expect(await changed({ [name]: undefined })).toBe(`malformed proof.${name}`)
  })

  it('step 5: another purpose than the expected is an error', async () => {
    expect(await verifyOutcome(signed, { proofPurpose: 'authentication' })).toBe(
      'key_not_authorized proof.proofPurpose',
    )
  })

  it.each(CRYPTOSUITES)('steps 6 and 7: another domain or challenge is an error (%s)', async (suite) => {
    const document = await sign(DOCUMENT, suite, bound)

    expect(await verifyOutcome(document, bound)).toBe('accepted')
    expect(await verifyOutcome(document, { ...bound, domain: 'b.example' })).toBe(
      'audience_mismatch proof.domain',
    )
    expect(await verifyOutcome(document, { ...bound, challenge: 'd' })).toBe(
      'holder_proof_invalid proof.challenge',
    )
  })

  it('step 6: the domain of the proof counts as a set', async () => {
    const document = await sign(DOCUMENT, 'eddsa-jcs-2022', bound)

    expect(await verifyOutcome(withProof(document, { domain: ['a.example', 'b.example'] }), bound)).toBe(
      'audience_mismatch proof.domain',
    )
  })

  it('the result is the document without its proof', async () => {
    const options = { proofPurpose: 'assertionMethod', resolver, now: NOW } as const

    expect(acceptedValue(await verifyDataIntegrity(signed, options)).document).toEqual(DOCUMENT)
  })
})

describe('VC-DI §4.5 "Verify Proof Sets and Chains"', () => {
  it.each(CRYPTOSUITES)(
    'what a proof covers is the document with the previous proofs (%s)',
    async (suite) => {
      const chain = await sign(signed, suite, { previousProof: ['urn:uuid:1'] })
      const [first, second] = chain.proof as readonly [JsonObject, JsonObject]
      const { previousProof: _, ...alone } = second

      expect(await verifyOutcome(chain)).toBe('accepted')
      expect(await verifyOutcome({ ...chain, proof: [first, alone] })).toBe('signature_invalid')
    },
  )

  it('one proof that does not verify makes the whole not verified', async () => {
    const set = await sign(signed, 'ecdsa-rdfc-2019')
    const [first, second] = set.proof as readonly [JsonObject, JsonObject]

    expect(
      await verifyOutcome({ ...set, proof: [first, { ...second, proofValue: first.proofValue ?? '' }] }),
    ).toBe('signature_invalid')
  })
})

describe('VC-DI §4.6 "Context Validation"', () => {
  it.each<[string, JsonObject]>([
    ['an unknown context', { '@context': ['https://www.w3.org/ns/credentials/v2', 'https://a.example/c'] }],
    ['one within the document', { credentialSubject: { '@context': 'https://a.example/c', name: 'x' } }],
  ])('%s is an error', async (_, changes) => {
    const document = await sign(DOCUMENT, 'eddsa-rdfc-2022')

    expect(await verifyOutcome(document)).toBe('accepted')
    expect(await verifyOutcome({ ...document, ...changes })).toBe('unsupported @context')
  })
})
