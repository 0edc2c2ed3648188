import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { decodeMultibaseBase58, encodeMultibaseBase58 } from '../../src/core/multibase.ts'
import { CRYPTOSUITES } from '../../src/model/chain.ts'
import { hashJcs } from '../../src/securing/data-integrity/hash-data.ts'
import { didOf, NOW, sign, signerOf, verifyOutcome, withProof } from '../securing/data-integrity/fixtures.ts'

/*
 * What vc-di-eddsa 1.0 and vc-di-ecdsa 1.0 demand, statement by statement. Each title says what the statement asks
 * for, in our words; the sections are the same in both.
 */

const DOCUMENT: JsonObject = {
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiableCredential'],
  credentialSubject: { name: 'Some Body' },
}

const proofOf = (document: JsonObject) => document.proof as JsonObject

describe.each(CRYPTOSUITES)('the suite %s', (suite) => {
  it('§2.2.1: the proof value is 64 bytes in base58btc, and no other base', async () => {
    const document = await sign(DOCUMENT, suite)
    const bytes = decodeMultibaseBase58(String(proofOf(document).proofValue)) ?? new Uint8Array()
    const value = (proofValue: string) => verifyOutcome(withProof(document, { proofValue }))

    expect(bytes).toHaveLength(64)
    expect(await value(encodeMultibaseBase58(bytes))).toBe('accepted')
    expect(await value(`u${Buffer.from(bytes).toString('base64url')}`)).toBe('malformed proof.proofValue')
    expect(await value(encodeMultibaseBase58(bytes.slice(0, 63)))).toBe('malformed proof.proofValue')
  })

  it('§3.2.3, §3.3.3: a proof of another suite is not verified by this one', async () => {
    const document = await sign(DOCUMENT, suite)
    for (const cryptosuite of [
      ...CRYPTOSUITES.filter((other) => other !== suite),
      'ecdsa-sd-2023',
      'bbs-2023',
    ])
      expect(await verifyOutcome(withProof(document, { cryptosuite })), cryptosuite).not.toBe('accepted')
    expect(await verifyOutcome(withProof(document, { type: 'Ed25519Signature2020' }))).toBe(
      'unsupported proof.type',
    )
  })

  it('§3.2.5, §3.3.5: a creation date that is none is an error', async () => {
    const document = await sign(DOCUMENT, suite, { created: NOW })

    expect(await verifyOutcome(document)).toBe('accepted')
    expect(await verifyOutcome(withProof(document, { created: 'yesterday' }))).toBe('malformed proof.created')
    await expect(sign(DOCUMENT, suite, { created: Number.NaN })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it('§3.2.7, §3.3.7: the key is that of the verification method', async () => {
    const document = await sign(DOCUMENT, suite)
    const others = signerOf(suite.startsWith('eddsa') ? 'ecdsa-jcs-2019' : 'eddsa-jcs-2022')

    expect(await verifyOutcome(withProof(document, { verificationMethod: others.keyId }))).toBe(
      'signature_invalid alg',
    )
    expect(await verifyOutcome(withProof(document, { verificationMethod: `${didOf(others)}#x` }))).toBe(
      'key_not_authorized assertionMethod',
    )
  })
})

describe.each(['eddsa-jcs-2022', 'ecdsa-jcs-2019'] as const)('the suite %s', (suite) => {
  it('§3.3.1: the proof has the context of the document, where that has one', async () => {
    expect(proofOf(await sign(DOCUMENT, suite))['@context']).toEqual(DOCUMENT['@context'])
    expect(proofOf(await sign({ a: 1 }, suite))).not.toHaveProperty('@context')
  })

  it('§3.3.2: a context in the proof with which that of the document does not begin is not verified', async () => {
    const document = await sign(DOCUMENT, suite)
    const context = ['https://www.w3.org/2018/credentials/v1']

    expect(await verifyOutcome({ ...document, '@context': context })).toBe('malformed proof.@context')
    expect(await verifyOutcome(withProof(document, { '@context': context }))).toBe('malformed proof.@context')
  })

  it('§3.3.2, stricter: nor is a document with contexts after those of the proof, which nobody signed', async () => {
    const document = await sign(DOCUMENT, suite)
    const longer = [...(DOCUMENT['@context'] as readonly Json[]), 'https://a.example/c']

    expect(await verifyOutcome({ ...document, '@context': longer })).toBe('malformed proof.@context')
  })

  it('§3.3.4: what is signed is the hash of the options, then that of the document', async () => {
    const { proof, ...document } = await sign(DOCUMENT, suite)
    const { proofValue: _, ...options } = proof as JsonObject
    const hash = hashJcs({ options, document })

    expect(hash).toHaveLength(64)
    expect(hashJcs({ options: {}, document }).slice(32)).toEqual(hash.slice(32))
    expect(hashJcs({ options, document: {} }).slice(0, 32)).toEqual(hash.slice(0, 32))
  })
})

describe('vc-di-ecdsa §2.1', () => {
  it('keys of P-384 are not supported, and refused as such', async () => {
    const did = 'did:key:z82LkuBieyGShVBhvtE2zoiD6Kma4tJGFtkAhxR5pfkp5QPw4LutoYWhvQCnGjdVn14kujQ'
    const document = withProof(await sign(DOCUMENT, 'ecdsa-jcs-2019'), {
      verificationMethod: `${did}#${did.slice('did:key:'.length)}`,
    })

    expect(await verifyOutcome(document)).toBe('unsupported verificationMethod')
  })
})
