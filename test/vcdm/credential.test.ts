import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import { readCredential } from '../../src/vcdm/credential.ts'
import { BASE_CONTEXT, genericCredential } from '../helpers/generic-documents.ts'

const EXAMPLES = 'https://www.w3.org/ns/credentials/examples/v2'

/** What is refused of a credential that has this value in that place; `undefined` when it is read. */
function refusedAt(name: string, value: Json | undefined): string | undefined {
  const verdict = readCredential(genericCredential({ [name]: value }))
  return verdict.verified ? undefined : `${verdict.refusal.code} ${verdict.refusal.dimension}`
}

/** The statements of one section: values that it allows, and values that it does not. */
interface Statement {
  /** In our words, with its section. */
  readonly says: string
  readonly name: string
  readonly allowed: readonly (Json | undefined)[]
  readonly refused: readonly (Json | undefined)[]
}

const NOT_A_URL = 'https ://not-a-url'
const TYPED = { type: 'ExampleThing' }
const TYPES_REQUIRED = [
  ['credentialStatus', '§4.10: a status entry states its type'],
  ['refreshService', '§5.4: a refresh service states its type'],
  ['termsOfUse', '§5.5: terms of use state their type'],
  ['evidence', '§5.6: evidence states its type'],
  ['confidenceMethod', '§5.10: a reserved property states the type of its value'],
  ['renderMethod', '§5.10: a reserved property states the type of its value'],
] as const

const STATEMENTS: readonly Statement[] = [
  {
    says: '§4.3: a credential has a list of contexts',
    name: '@context',
    allowed: [[BASE_CONTEXT]],
    refused: [undefined, [], null, 4, 'string', BASE_CONTEXT, { '@vocab': EXAMPLES }],
  },
  {
    says: '§4.3: the first context is the base context',
    name: '@context',
    allowed: [[BASE_CONTEXT, EXAMPLES]],
    refused: [[EXAMPLES], [EXAMPLES, BASE_CONTEXT], [{ a: 'https://a.example/' }, BASE_CONTEXT]],
  },
  {
    says: '§4.3: the others are URLs or objects',
    name: '@context',
    allowed: [
      [BASE_CONTEXT, EXAMPLES],
      [BASE_CONTEXT, { Term: 'https://a.example/#Term' }],
      [BASE_CONTEXT, EXAMPLES, { Term: 'https://a.example/#Term' }],
    ],
    refused: [
      [BASE_CONTEXT, NOT_A_URL],
      [BASE_CONTEXT, 123192875],
      [BASE_CONTEXT, null],
      [BASE_CONTEXT, []],
      [BASE_CONTEXT, true],
      [BASE_CONTEXT, ...Array.from({ length: 16 }, (_, i) => `https://a.example/${i}`)],
    ],
  },
  {
    says: '§4.4: an id is a single URL',
    name: 'id',
    allowed: [undefined, 'urn:uuid:1', 'did:example:a', 'https://a.example/1'],
    refused: [null, 1, '', 'not a url', 'relative', NOT_A_URL, ['urn:a:1', 'urn:a:2'], {}],
  },
  {
    says: '§4.4: the id of a subject is a single URL',
    name: 'credentialSubject',
    allowed: [{ id: 'did:example:subject', a: 1 }, { a: 1 }],
    refused: [{ id: ['did:example:a', 'did:example:b'] }, { id: 'not a url', a: 1 }, { id: null }],
  },
  {
    says: '§4.5: there is a type, of terms or URLs, in any order',
    name: 'type',
    allowed: [
      'VerifiableCredential',
      ['VerifiableCredential', 'ExampleCredential'],
      ['https://a.example/#Type', 'VerifiableCredential', 'ExampleCredential'],
      ['VerifiableCredential', 'https://a.example/#Type'],
    ],
    refused: [
      undefined,
      [],
      4,
      null,
      'ExampleCredential',
      ['ExampleCredential'],
      ['VerifiableCredential', 4],
      ['VerifiableCredential', null],
      ['VerifiableCredential', []],
      ['VerifiableCredential', NOT_A_URL],
    ],
  },
  ...['name', 'description'].map((name) => ({
    says: `§4.6, §11.1: ${name} is a text, or one with language and direction, or several of those`,
    name,
    allowed: [
      undefined,
      'A text',
      { '@value': 'A text' },
      { '@value': 'A text', '@language': 'en' },
      { '@value': 'نص', '@language': 'ar', '@direction': 'rtl' },
      [
        { '@value': 'A text', '@language': 'en' },
        { '@value': 'Un texte', '@language': 'fr' },
      ],
    ],
    refused: [
      4,
      [],
      null,
      {},
      { '@language': 'en' },
      { '@value': 4, '@language': 'en' },
      { '@value': 'A text', '@language': 'not a language' },
      { '@value': 'A text', '@language': 4 },
      { '@value': 'A text', '@direction': 'up' },
      { '@value': 'A text', '@language': 'en', extra: 'no' },
      [{ '@value': 'A text', extra: 'no' }],
    ],
  })),
  {
    says: '§4.7: the issuer is a URL, or an object with one as its id',
    name: 'issuer',
    allowed: ['did:example:issuer', { id: 'https://a.example/issuer', name: 'An issuer' }],
    refused: [
      undefined,
      null,
      true,
      4,
      [],
      'not a url',
      {},
      { id: null },
      { id: 'not a url' },
      { name: 'x' },
    ],
  },
  {
    says: '§4.7, §4.6: name and description of an issuer are texts',
    name: 'issuer',
    allowed: [{ id: 'did:example:a', name: [{ '@value': 'x', '@language': 'en' }], description: 'y' }],
    refused: [
      { id: 'did:example:a', name: { '@value': 'x', extra: 'y' } },
      { id: 'did:example:a', description: 4 },
    ],
  },
  {
    says: '§4.8: there are one or more subjects, each with claims',
    name: 'credentialSubject',
    allowed: [{ a: 1 }, [{ a: 1 }, { b: 2 }]],
    refused: [undefined, null, true, 4, 'did:example:a', {}, [], [{ a: 1 }, {}], ['did:example:a'], [[]]],
  },
  ...['validFrom', 'validUntil'].map((name) => ({
    says: `§4.9: ${name} is a dateTimeStamp: with a time zone`,
    name,
    allowed: [undefined, '2023-07-01T19:23:24Z', '2023-07-01T19:23:24.123Z', '2023-07-01T12:23:24-07:00'],
    refused: [4, null, [], '2023-07-01', '2023-07-01T19:23:24', '2023-13-01T19:23:24Z', 'yesterday'],
  })),
  ...TYPES_REQUIRED.map(([name, says]) => ({
    says: `${says}, its id is a URL, and there may be several`,
    name,
    allowed: [
      undefined,
      TYPED,
      { ...TYPED, id: 'did:example:thing' },
      [TYPED, { type: ['ExampleThing', 'https://a.example/#Other'] }],
    ],
    refused: [
      {},
      [],
      'did:example:thing',
      { id: 'did:example:thing' },
      { type: 2 },
      { type: [] },
      { ...TYPED, id: 'not a url' },
      { ...TYPED, id: ['did:example:a', 'did:example:b'] },
      [TYPED, {}],
      Array.from({ length: 101 }, () => TYPED),
    ],
  })),
  {
    says: '§4.11: a schema has a type, and an id that is a URL',
    name: 'credentialSchema',
    allowed: [
      { id: 'https://a.example/s', type: 'JsonSchema' },
      [
        { id: 'https://a.example/s', type: 'JsonSchema' },
        { id: 'https://a.example/t', type: 'JsonSchema' },
      ],
    ],
    refused: [{ type: 'JsonSchema' }, { id: 'https://a.example/s' }, { id: 4, type: 'JsonSchema' }, [], 'x'],
  },
  {
    says: '§4.12: a proof is an object with a type',
    name: 'proof',
    allowed: [{ type: 'DataIntegrityProof' }, [{ type: 'DataIntegrityProof' }]],
    refused: ['string', null, 10, true, [], {}, { id: 'urn:a:1' }],
  },
]

describe.each(STATEMENTS)('VCDM 2.0 $says', ({ name, allowed, refused }) => {
  it('is read where the statement holds', () => {
    expect(allowed.map((value) => refusedAt(name, value))).toEqual(allowed.map(() => undefined))
  })

  it('is refused, with the name of the property, where it does not', () => {
    const expected = name === '@context' ? 'malformed @context' : `malformed ${name}`

    expect(refused.map((value) => refusedAt(name, value))).toEqual(refused.map(() => expected))
  })
})

describe('VCDM 2.0 §4.9: validity', () => {
  it.each([
    ['earlier than', '2023-01-01T00:00:00Z', '2024-01-01T00:00:00Z', true],
    ['the same as, in another zone,', '2023-01-01T01:00:00+01:00', '2023-01-01T00:00:00Z', true],
    ['later than', '2024-01-01T00:00:00Z', '2023-01-01T00:00:00Z', false],
  ])('begins %s its end: %s, %s', (_, validFrom, validUntil, isRead) => {
    expect(readCredential(genericCredential({ validFrom, validUntil })).verified).toBe(isRead)
  })

  it('may lie in the future or in the past: reading has no clock', () => {
    const future = genericCredential({ validFrom: '2999-01-01T00:00:00Z' })
    const past = genericCredential({ validUntil: '1999-01-01T00:00:00Z' })

    expect([future, past].map((document) => readCredential(document).verified)).toEqual([true, true])
  })
})

describe('readCredential', () => {
  it('says what a verifier needs to go on', () => {
    const verdict = readCredential(
      genericCredential({
        id: 'urn:uuid:1',
        issuer: { id: 'did:example:issuer' },
        validFrom: '2023-01-01T00:00:00Z',
        credentialStatus: TYPED,
      }),
    )

    expect(verdict).toMatchObject({
      verified: true,
      value: {
        version: '2.0',
        id: 'urn:uuid:1',
        issuer: 'did:example:issuer',
        types: ['VerifiableCredential'],
        validFrom: Date.UTC(2023, 0),
        status: [TYPED],
      },
    })
  })

  const first = {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    issuanceDate: '2023-01-01T00:00:00Z',
    expirationDate: '2024-01-01T00:00:00Z',
  }

  it('reads a credential of VCDM 1.1 only where it is told to', () => {
    const document = genericCredential(first)

    expect(readCredential(document)).toMatchObject({
      refusal: { code: 'unsupported', dimension: '@context' },
    })
    expect(readCredential(document, { versions: ['2.0', '1.1'] })).toMatchObject({
      value: { version: '1.1', validFrom: Date.UTC(2023, 0), validUntil: Date.UTC(2024, 0) },
    })
  })

  it('wants an issuance date in VCDM 1.1 (§4.6 there)', () => {
    const document = genericCredential({ ...first, issuanceDate: undefined })

    expect(readCredential(document, { versions: ['1.1'] })).toMatchObject({
      refusal: { code: 'malformed', dimension: 'issuanceDate' },
    })
  })

  it('never throws, whatever stands in a property', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATEMENTS.map(({ name }) => name)), fc.jsonValue(), (name, value) => {
        const verdict = readCredential(genericCredential({ [name]: value as Json }))

        expect(verdict.verified || verdict.refusal.code === 'malformed').toBe(true)
      }),
    )
  })
})
