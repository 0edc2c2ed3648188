import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import type { ServedInstances } from '../../src/server/vc-api/serve-instances.ts'
import { BASE_CONTEXT, genericCredential } from '../helpers/generic-documents.ts'
import { type InstanceClient, instanceClient, serveForTests } from '../helpers/vc-api.ts'

/*
 * What the W3C test suite of the data model asks of an issuer, with the same requests, over a socket. Sections are
 * those of VCDM 2.0. The suite adds the issuer's id to what it sends.
 */

const EXAMPLES = 'https://www.w3.org/ns/credentials/examples/v2'
const NOT_A_URL = 'https ://not-a-url'
const defining = (...terms: string[]) => [
  BASE_CONTEXT,
  Object.fromEntries(terms.map((term) => [term, `https://example.org/#${term}`])),
]
const typed = (name: string, value: Json, ...terms: string[]) => ({
  '@context': defining(...terms),
  [name]: value,
})

let served: ServedInstances
let instance: InstanceClient

beforeAll(async () => {
  served = await serveForTests()
  instance = await instanceClient(served.origin, 'eddsa-rdfc-2022')
})

afterAll(() => served.close())

async function issue(members: Readonly<Record<string, Json | undefined>>) {
  return instance.issue(genericCredential({ issuer: instance.did, ...members }))
}

type Members = Readonly<Record<string, Json | undefined>>

const ISSUED: readonly (readonly [string, Members])[] = [
  ['§4.3: several contexts by URL', { '@context': [BASE_CONTEXT, EXAMPLES] }],
  ['§4.3: a context that is an object', typed('type', ['VerifiableCredential', 'Example'], 'Example')],
  ['§4.4: an id of any scheme', { id: 'did:example:credential' }],
  ['§4.4: a subject with an id', { credentialSubject: { id: 'did:example:subject' } }],
  ['§4.5: a type that is a URL', { type: ['VerifiableCredential', 'https://example.org/#Example'] }],
  ['§4.5: types in any order', { type: ['https://example.org/#Example', 'VerifiableCredential'] }],
  ['§4.6: a name', { name: 'A name' }],
  ['§4.6: a name in a language', { name: { '@value': 'A name', '@language': 'en' } }],
  ['§11.1: a name with a direction', { name: { '@value': 'اسم', '@language': 'ar', '@direction': 'rtl' } }],
  [
    '§4.6: a description in several languages',
    {
      description: [
        { '@value': 'Dog', '@language': 'en' },
        { '@value': 'Chien', '@language': 'fr' },
      ],
    },
  ],
  ['§4.7: an issuer that is an object', { issuer: { id: 'did:example:issuer' } }],
  [
    '§4.6: an issuer with a name',
    { issuer: { id: 'did:example:issuer', name: { '@value': 'x', '@language': 'en' } } },
  ],
  ['§4.8: several subjects', { credentialSubject: [{ id: 'did:example:a' }, { id: 'did:example:b' }] }],
  ['§4.9: a start with milliseconds', { validFrom: '2023-02-26T00:37:06.123Z' }],
  ['§4.9: a start in another time zone', { validFrom: '2023-02-26T00:37:06-07:00' }],
  ['§4.9: an end in the future', { validUntil: '2099-02-26T00:37:06Z' }],
  ['§4.9: a start before its end', { validFrom: '2020-01-01T00:00:00Z', validUntil: '2099-01-01T00:00:00Z' }],
  [
    '§4.10: a status of another type',
    typed('credentialStatus', { id: 'did:example:s', type: 'Status' }, 'Status'),
  ],
  ['§4.10: a status without an id', typed('credentialStatus', { type: 'Status' }, 'Status')],
  ['§4.11: a schema', { credentialSchema: { id: 'https://example.org/s', type: 'JsonSchema' } }],
  [
    '§4.11: several schemas',
    {
      credentialSchema: [
        { id: 'https://example.org/s', type: 'JsonSchema' },
        { id: 'https://example.org/t', type: 'JsonSchema' },
      ],
    },
  ],
  [
    '§5.4: a refresh service',
    { refreshService: { type: 'https://example.org/#Refresh', id: 'did:example:r' } },
  ],
  [
    '§5.5: several terms of use',
    typed('termsOfUse', [{ type: 'Terms' }, { type: 'Terms', id: 'urn:a:1' }], 'Terms'),
  ],
  ['§5.6: several pieces of evidence', typed('evidence', [{ type: 'Seen' }, { type: 'Seen' }], 'Seen')],
  [
    '§5.3: the digest of the base context of the Recommendation',
    related({ digestSRI: 'sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU' }),
  ],
  [
    '§5.3: the digest of the base context of July 2024',
    related({
      digestMultibase: 'uJKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k',
      mediaType: 'application/ld+json',
    }),
  ],
]

const REFUSED: readonly (readonly [string, Members])[] = [
  ['§4.3: no context', { '@context': undefined }],
  ['§4.3: another first context', { '@context': [EXAMPLES, BASE_CONTEXT] }],
  ['§4.3: a context that is no URL', { '@context': [BASE_CONTEXT, NOT_A_URL] }],
  ['§4.3: a context that is a number', { '@context': [BASE_CONTEXT, 123192875] }],
  ['§4.3: a context that nobody knows', { '@context': [BASE_CONTEXT, 'https://example.com'] }],
  ['§4.4: no identifier for an id', { id: null }],
  ['§4.4: several ids', { id: ['urn:a:1', 'urn:a:2'] }],
  ['§4.4: an id that is no URL', { id: 'not-a-url' }],
  ['§4.4: a subject with several ids', { credentialSubject: { id: ['did:example:a', 'did:example:b'] } }],
  ['§4.5: no type', { type: undefined }],
  ['§4.5: only another type', { type: ['https://example.org/#Example'] }],
  ['§4.5: a type that no context defines', { type: ['VerifiableCredential', 'UndefinedCredential'] }],
  [
    '§4.5: a type defined as what is no URL',
    {
      '@context': [BASE_CONTEXT, { Example: `${NOT_A_URL}#Example` }],
      type: ['VerifiableCredential', 'Example'],
    },
  ],
  ['§4.6: a name with a further member', { name: { '@value': 'x', '@language': 'en', url: 'no' } }],
  [
    '§4.6: an issuer with such a name',
    { issuer: { id: 'did:example:i', name: { '@value': 'x', url: 'no' } } },
  ],
  ['§4.7: an issuer that is no URL', { issuer: 'not-a-url' }],
  ['§4.7: no issuer', { issuer: null }],
  ['§4.7: an issuer without an id', { issuer: { id: null } }],
  ['§4.7: an issuer whose id is no URL', { issuer: { id: 'not-a-url' } }],
  ['§4.8: no subject', { credentialSubject: undefined }],
  ['§4.8: a subject without claims', { credentialSubject: {} }],
  ['§4.8: one of several subjects without claims', { credentialSubject: [{ id: 'did:example:a' }, {}] }],
  ['§4.9: a start that is no date', { validFrom: '2023-02-26' }],
  ['§4.9: an end that is no date', { validUntil: 'tomorrow' }],
  ['§4.9: a start after its end', { validFrom: '2099-01-01T00:00:00Z', validUntil: '2020-01-01T00:00:00Z' }],
  ['§4.10: a status without a type', { credentialStatus: { id: 'did:example:s' } }],
  ['§4.10: a status whose type is a number', { credentialStatus: { id: 'did:example:s', type: 2 } }],
  [
    '§4.10: a status whose id is no URL',
    typed('credentialStatus', { id: 'no url', type: 'Status' }, 'Status'),
  ],
  ['§4.11: a schema without a type', { credentialSchema: { id: 'https://example.org/s' } }],
  ['§4.11: a schema without an id', { credentialSchema: { type: 'JsonSchema' } }],
  ['§4.11: a schema with a number for an id', { credentialSchema: { id: 4, type: 'JsonSchema' } }],
  [
    '§5.2: a term of the base context, defined again',
    { '@context': [BASE_CONTEXT, { VerifiableCredential: 'https://example.org/#Other' }] },
  ],
  [
    '§5.2: a protected term, defined again',
    {
      '@context': [
        BASE_CONTEXT,
        { '@protected': true, Example: 'https://example.org/#Example' },
        { Example: 'https://example.org/#Other' },
      ],
    },
  ],
  ['§5.3: related resources that are texts', { relatedResource: [BASE_CONTEXT] }],
  ['§5.3: a related resource without an id', { relatedResource: [{ digestSRI: sriOf('x') }] }],
  ['§5.3: a related resource without a digest', { relatedResource: [{ id: BASE_CONTEXT }] }],
  [
    '§5.3: two related resources with one id',
    {
      relatedResource: [
        { id: 'https://example.org/r', digestSRI: sriOf('x') },
        { id: 'https://example.org/r', digestSRI: sriOf('y') },
      ],
    },
  ],
  ['§5.3: the digest of something else (SRI)', related({ digestSRI: sriOf('something else') })],
  [
    '§5.3: the digest of something else (multibase)',
    related({ digestMultibase: multibaseOf('something else') }),
  ],
  ['§5.4: a refresh service without a type', { refreshService: { id: 'did:example:r' } }],
  ['§5.5: terms of use without a type', { termsOfUse: { id: 'did:example:t' } }],
  ['§5.6: evidence without a type', { evidence: { id: 'did:example:e' } }],
  ['§4.3: a term at the top that no context defines', { statusEntry: { type: 'BitstringStatusListEntry' } }],
]

function related(digest: JsonObject): Members {
  return { relatedResource: { id: BASE_CONTEXT, ...digest } }
}

function sriOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function multibaseOf(text: string): string {
  return `u${createHash('sha256').update(text).digest('base64url')}`
}

describe('an issuer instance', () => {
  it.each(ISSUED)('issues %s', async (_, members) => {
    const { status, json } = await issue(members)

    expect([status, json.verifiableCredential?.['@context']?.[0]]).toEqual([201, BASE_CONTEXT])
  })

  it.each(REFUSED)('refuses %s', async (_, members) => {
    const { status, json } = await issue(members)

    expect(status).toBe(400)
    expect(json.problemDetails[0].type).toBe('https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR')
  })
})

describe('§1.3: a conforming document', () => {
  it('has the required properties and a proof, and verifies', async () => {
    const { json } = await issue({})

    expect(json.verifiableCredential).toMatchObject({
      '@context': [BASE_CONTEXT],
      type: ['VerifiableCredential'],
      issuer: instance.did,
      credentialSubject: { id: 'did:example:subject' },
      proof: { type: 'DataIntegrityProof', cryptosuite: 'eddsa-rdfc-2022' },
    })
    expect((await instance.verify(json.verifiableCredential)).status).toBe(200)
  })

  it('is told from one that does not conform', async () => {
    const document = { type: ['NonconformingDocument'] }

    expect((await instance.verify(document)).status).toBe(400)
    expect((await instance.verifyPresentation(document)).status).toBe(400)
  })
})

describe('§4.9: at verification', () => {
  it.each([
    ['begins later', { validFrom: '2099-01-01T00:00:00Z' }],
    ['has ended', { validUntil: '2020-01-01T00:00:00Z' }],
  ])('refuses a credential that %s', async (_, members) => {
    const { json } = await issue(members)
    const answer = await instance.verify(json.verifiableCredential)

    expect(answer.status).toBe(400)
    expect(answer.json.problemDetails[0].type).toBe('https://www.w3.org/TR/vc-data-model#RANGE_ERROR')
  })
})
