import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { decodeMultibaseBase58 } from '../../../src/core/multibase.ts'
import { MAX_PROOFS } from '../../../src/securing/data-integrity/secured-document.ts'
import { alice, bob, mallory } from '../../helpers/signers.ts'
import { CRYPTOSUITES, ownerBy, sign, signerOf } from './fixtures.ts'

const INVALID = { code: 'ERR_PROCURA_INVALID_ARGUMENT' }

describe('signDataIntegrity', () => {
  it.each(CRYPTOSUITES)('adds one proof and changes nothing else (%s)', async (suite) => {
    const document = ownerBy(signerOf(suite))

    const { proof, ...rest } = await sign(document, suite, { created: 0, expires: 1 })

    const { proofValue, ...options } = proof as JsonObject
    expect(rest).toEqual(document)
    expect(options).toEqual({
      type: 'DataIntegrityProof',
      cryptosuite: suite,
      created: '1970-01-01T00:00:00.000Z',
      expires: '1970-01-01T00:00:00.001Z',
      verificationMethod: signerOf(suite).keyId,
      proofPurpose: 'assertionMethod',
      ...(suite.includes('jcs') && { '@context': document['@context'] }),
    })
    expect(decodeMultibaseBase58(String(proofValue))).toHaveLength(64)
  })

  it('binds a presentation to whom it is for', async () => {
    const bound = { proofPurpose: 'authentication', domain: 'mail.example', challenge: 'c1' } as const

    const { proof } = await sign({ type: 'VerifiablePresentation' }, 'eddsa-jcs-2022', bound)

    expect(proof).toMatchObject(bound)
    expect(proof).not.toHaveProperty('@context')
  })

  it('makes a set of a document that has a proof, and leaves that proof as it is', async () => {
    const first = await sign(ownerBy(alice))

    const second = await sign(first, 'ecdsa-jcs-2019')
    const third = await sign(second, 'ecdsa-jcs-2019', { id: 'urn:3' })

    expect(second.proof).toEqual([first.proof, expect.objectContaining({ cryptosuite: 'ecdsa-jcs-2019' })])
    expect(third.proof).toEqual([...(second.proof as JsonObject[]), expect.objectContaining({ id: 'urn:3' })])
  })

  it('refuses to make more proofs than a reader takes', async () => {
    let document = ownerBy(alice)
    for (let i = 0; i < MAX_PROOFS; i++) document = await sign(document)

    await expect(sign(document)).rejects.toMatchObject(INVALID)
  })

  it('refuses a previous proof that is not there', async () => {
    const first = await sign(ownerBy(alice), 'eddsa-jcs-2022', { id: 'urn:1' })

    const chain = await sign(first, 'ecdsa-jcs-2019', { previousProof: ['urn:1'] })

    expect(chain.proof).toEqual([first.proof, expect.objectContaining({ previousProof: ['urn:1'] })])
    await expect(sign(first, 'ecdsa-jcs-2019', { previousProof: ['urn:2'] })).rejects.toMatchObject({
      ...INVALID,
      message: expect.stringContaining('a previous proof is not in the document'),
    })
  })

  it('signs what a reader will have: members that are not written are not covered', async () => {
    const document = { ...ownerBy(alice), name: undefined } as unknown as JsonObject

    expect(await sign(document)).toEqual(await sign(ownerBy(alice)))
  })

  it('keeps nothing that is no proof', async () => {
    const document = ownerBy(alice)
    const signed = await sign(document)

    expect(await sign({ ...document, proof: ['x', null] })).toEqual(signed)
    expect(await sign({ ...document, proof: 'x' })).toEqual(signed)
  })

  it('refuses an id that no reader would take', async () => {
    expect(await sign(ownerBy(alice), 'eddsa-jcs-2022', { id: 'urn:1' })).toMatchObject({
      proof: { id: 'urn:1' },
    })
    await expect(sign(ownerBy(alice), 'eddsa-jcs-2022', { id: 'one' })).rejects.toMatchObject(INVALID)
  })

  it('refuses a document of which RDF would leave something out', async () => {
    const document = { ...ownerBy(alice), undefinedTerm: 'x' }

    expect(await sign(document, 'eddsa-jcs-2022')).toMatchObject(document)
    await expect(sign(document, 'eddsa-rdfc-2022')).rejects.toMatchObject({
      ...INVALID,
      message: expect.stringContaining('RDF leaves something out'),
    })
  })

  it.each([
    ['an integer beyond 2^53', { a: 2 ** 53 }],
    ['half a surrogate pair', { a: '\ud800' }],
  ])('refuses to sign %s, which no strict reader would take', async (_, document) => {
    await expect(sign(document)).rejects.toMatchObject(INVALID)
  })

  it('refuses a suite that is not of the key, and names the one that is', async () => {
    await expect(sign(ownerBy(alice), 'ecdsa-jcs-2019', { signer: alice })).rejects.toMatchObject({
      ...INVALID,
      message: expect.stringContaining('use eddsa-jcs-2022'),
    })
    await expect(sign(ownerBy(bob), 'eddsa-jcs-2022', { signer: bob })).rejects.toMatchObject(INVALID)
  })

  it('releases no proof when the signature is by another key', async () => {
    const faulty = { ...alice, sign: (bytes: Uint8Array) => mallory.sign(bytes) }

    await expect(sign(ownerBy(alice), 'eddsa-jcs-2022', { signer: faulty })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_KEY',
    })
  })
})
