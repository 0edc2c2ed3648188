import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { parseSecuredDocument } from '../../../src/securing/data-integrity/secured-document.ts'
import { acceptedValue, alice, outcomeOf } from '../../helpers/signers.ts'

/** Longest text of a proof. */
const MAX_TEXT_CHARS = 2048

const PROOF: JsonObject = {
  type: 'DataIntegrityProof',
  cryptosuite: 'eddsa-jcs-2022',
  verificationMethod: alice.keyId,
  proofPurpose: 'assertionMethod',
  proofValue: `z${'1'.repeat(64)}`,
}
const DOCUMENT: JsonObject = { '@context': ['https://www.w3.org/ns/credentials/v2'], name: 'sample' }

const outcome = (changes: object, document: JsonObject = DOCUMENT) =>
  outcomeOf(parseSecuredDocument({ ...document, proof: { ...PROOF, ...changes } as JsonObject }))

describe('a proof', () => {
  it('is read without what it does not state', () => {
    const { proofs } = acceptedValue(parseSecuredDocument({ ...DOCUMENT, proof: PROOF }))
    const read = {
      cryptosuite: 'eddsa-jcs-2022',
      verificationMethod: alice.keyId,
      proofPurpose: 'assertionMethod',
      signature: new Uint8Array(64),
      previousProofs: [],
      domains: [],
    }

    expect(proofs.map(({ proof }) => proof)).toStrictEqual([read])
  })

  it('is read with all that it states', () => {
    const stated = {
      id: 'urn:example:1',
      created: '2026-11-22T09:00:00Z',
      expires: '2026-11-22T10:00:00Z',
      domain: ['a.example', 'b.example'],
      challenge: 'c',
      nonce: 'n',
    }
    const { proofs } = acceptedValue(parseSecuredDocument({ ...DOCUMENT, proof: { ...PROOF, ...stated } }))

    expect(proofs[0].proof).toMatchObject({
      id: 'urn:example:1',
      created: Date.UTC(2026, 10, 22, 9),
      expires: Date.UTC(2026, 10, 22, 10),
      domains: ['a.example', 'b.example'],
      challenge: 'c',
    })
  })

  it.each<[what: string, changes: object, outcome: string]>([
    ['a nonce that is empty', { nonce: '' }, 'malformed proof.nonce'],
    ['a nonce that is no text', { nonce: 7 }, 'malformed proof.nonce'],
    ['an empty challenge', { challenge: '' }, 'malformed proof.challenge'],
    ['an empty domain', { domain: '' }, 'malformed proof.domain'],
    ['a domain that is no text', { domain: 7 }, 'malformed proof.domain'],
    ['an empty domain beside another', { domain: ['a.example', ''] }, 'malformed proof.domain'],
    ['a domain that is no text beside another', { domain: ['a.example', 7] }, 'malformed proof.domain'],
    ['a domain that is a list', { domain: ['a.example', ['b.example']] }, 'malformed proof.domain'],
    ['an id that is no URL', { id: 'one' }, 'malformed proof.id'],
    ['a value that is no text', { proofValue: 7 }, 'malformed proof.proofValue'],
    ['a method that is no text', { verificationMethod: [alice.keyId] }, 'malformed proof.verificationMethod'],
    ['another type', { type: 'Ed25519Signature2020' }, 'unsupported proof.type'],
    ['another context', { '@context': 'https://example.com' }, 'malformed proof.@context'],
  ])('is refused with %s', (_, changes, expected) => {
    expect(outcome({})).toBe('accepted')
    expect(outcome(changes)).toBe(expected)
  })

  it('repeats no context that the document does not have', () => {
    expect(outcome({ '@context': DOCUMENT['@context'] })).toBe('accepted')
    expect(outcome({ '@context': null }, { name: 'sample' })).toBe('malformed proof.@context')
  })

  it('has texts of bounded length', () => {
    expect(outcome({ nonce: 'x'.repeat(MAX_TEXT_CHARS) })).toBe('accepted')
    expect(outcome({ nonce: 'x'.repeat(MAX_TEXT_CHARS + 1) })).toBe('malformed proof.nonce')
    expect(outcome({ id: `urn:x:${'x'.repeat(MAX_TEXT_CHARS)}` })).toBe('malformed proof.id')
  })

  it.each<[string, unknown]>([
    ['none', undefined],
    ['an empty list', []],
    ['null', null],
    ['a text beside one', [PROOF, 'proof']],
  ])('has to be there, and nothing else: %s', (_, proof) => {
    expect(outcomeOf(parseSecuredDocument({ ...DOCUMENT, proof } as JsonObject))).toMatch(/^malformed proof/)
  })
})
