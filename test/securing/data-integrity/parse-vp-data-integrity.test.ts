import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { parseVpDataIntegrity } from '../../../src/securing/data-integrity/parse-vp-data-integrity.ts'
import { acceptedValue, alice, outcomeOf } from '../../helpers/signers.ts'
import { didOf, sign } from './fixtures.ts'

/** Twice the 8 links of 16 KiB that the longest chain has. */
const MAX_CHARS = 2 * 8 * 16 * 1024

const CREDENTIAL: JsonObject = { id: 'urn:1', proof: {} }
const PRESENTATION: JsonObject = {
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiablePresentation'],
  holder: didOf(alice),
  verifiableCredential: [CREDENTIAL],
}

const presented = await sign(PRESENTATION, 'eddsa-jcs-2022', { proofPurpose: 'authentication' })
const text = JSON.stringify(presented)
const outcome = (changes: object) =>
  outcomeOf(parseVpDataIntegrity(JSON.stringify({ ...presented, ...changes })))

describe('a presentation with a Data Integrity proof', () => {
  it('is taken apart into its credentials, its holder and its proof', () => {
    const { texts, holder, proven } = acceptedValue(parseVpDataIntegrity(text))

    expect(texts).toEqual(['{"id":"urn:1","proof":{}}'])
    expect(holder).toBe(didOf(alice))
    expect(proven.proof.verificationMethod).toBe(alice.keyId)
    expect(proven.document).toEqual(PRESENTATION)
  })

  it('has one proof', () => {
    const second = { ...(presented.proof as JsonObject), id: 'urn:2' }

    expect(outcome({ proof: [presented.proof] })).toBe('accepted')
    expect(outcome({ proof: [presented.proof, second] })).toBe('malformed proof')
    expect(outcome({ proof: [] })).toBe('malformed proof')
    expect(outcome({ proof: undefined })).toBe('malformed proof')
  })

  it.each<[string, object, string]>([
    ['another type', { type: ['VerifiableCredential'] }, 'malformed type'],
    ['a holder that is no DID', { holder: 'https://alice.example' }, 'malformed holder'],
    ['an id that is no URL', { id: 'one' }, 'malformed id'],
    ['no credential', { verifiableCredential: [] }, 'malformed verifiableCredential'],
    ['another member', { name: 'x' }, 'malformed'],
  ])('is refused with %s', (_, changes, expected) => {
    expect(outcome({ id: 'urn:1' })).toBe('accepted')
    expect(outcome(changes)).toBe(expected)
  })

  it('is no list and no token', () => {
    expect(outcomeOf(parseVpDataIntegrity(`[${text}]`))).toBe('malformed presentation')
    expect(outcomeOf(parseVpDataIntegrity('a.b.c'))).toBe('malformed presentation')
  })

  it('has room for twice the longest chain, and is not read beyond', () => {
    expect(outcomeOf(parseVpDataIntegrity(text.padEnd(MAX_CHARS)))).toBe('accepted')
    expect(outcomeOf(parseVpDataIntegrity(text.padEnd(MAX_CHARS + 1)))).toBe('limit_exceeded presentation')
  })
})
