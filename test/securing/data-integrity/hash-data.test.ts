import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { hashData } from '../../../src/securing/data-integrity/hash-data.ts'
import { alice, outcomeOf } from '../../helpers/signers.ts'

const SUITE = 'eddsa-rdfc-2022'
const OPTIONS: JsonObject = {
  type: 'DataIntegrityProof',
  cryptosuite: SUITE,
  verificationMethod: alice.keyId,
  proofPurpose: 'authentication',
}
const DOCUMENT: JsonObject = {
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiableCredential'],
  name: 'a name',
}

async function hashed(options: JsonObject, document: JsonObject = DOCUMENT): Promise<string> {
  return outcomeOf(await hashData(SUITE, { options, document }))
}

describe('what is signed over RDF', () => {
  it('has all members of the proof, or is not signed', async () => {
    expect(await hashed(OPTIONS)).toBe('accepted')
    expect(await hashed({ ...OPTIONS, undefinedTerm: 'x' })).toBe('malformed document')
  })

  it('has all members of the document, or is not signed', async () => {
    expect(await hashed(OPTIONS, { ...DOCUMENT, undefinedTerm: 'x' })).toBe('malformed document')
  })

  it('says nothing without a context', async () => {
    const { '@context': _, ...document } = DOCUMENT

    expect(await hashed(OPTIONS, document)).toBe('malformed document')
  })
})
