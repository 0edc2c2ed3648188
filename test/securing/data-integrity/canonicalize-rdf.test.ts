import jsonld from 'jsonld'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../src/core/json.ts'
import { canonicalizeRdf } from '../../../src/securing/data-integrity/canonicalize-rdf.ts'
import { MAX_RDF_CONTEXTS, MAX_RDF_VALUES } from '../../../src/securing/data-integrity/inline-contexts.ts'
import { acceptedValue, outcomeOf } from '../../helpers/signers.ts'

const V2 = 'https://www.w3.org/ns/credentials/v2'
const UNDEFINED_TERMS = 'https://www.w3.org/ns/credentials/undefined-terms/v2'
const STATUS = 'https://www.w3.org/2018/credentials#credentialStatus'
const DOCUMENT: JsonObject = {
  '@context': [V2],
  id: 'urn:uuid:1',
  type: ['VerifiableCredential'],
  name: 'a name',
}

/** Another one in each run: the package keeps what it was given for an address. */
const OTHER = `https://a.example/${crypto.randomUUID()}`

/** How many contexts the package keeps for everybody in the process. */
const KEPT_CONTEXTS = 100

async function loadAnother(url: string): Promise<void> {
  await jsonld.canonize(
    { '@context': url, 'urn:example:a': 'x' },
    {
      canonizeOptions: { algorithm: 'RDFC-1.0', maxWorkFactor: 1 },
      base: null,
      safe: true,
      rdfDirection: 'i18n-datatype',
      documentLoader: async (documentUrl: string) => ({
        contextUrl: null,
        documentUrl,
        document: { '@context': {} },
        tag: 'static',
      }),
    },
  )
}

const read = async (changes: object) => outcomeOf(await canonicalizeRdf({ ...DOCUMENT, ...changes }))

describe('canonicalizeRdf', () => {
  it('writes the sorted N-Quads of what the document says', async () => {
    expect(acceptedValue(await canonicalizeRdf(DOCUMENT))).toBe(
      [
        '<urn:uuid:1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://www.w3.org/2018/credentials#VerifiableCredential> .',
        '<urn:uuid:1> <https://schema.org/name> "a name" .',
        '',
      ].join('\n'),
    )
  })

  it('takes the context as one address, and takes contexts of the caller', async () => {
    const byAddress = new Map([['https://a.example/v1', { scope: 'https://a.example/v1#scope' }]])
    const scoped = { ...DOCUMENT, '@context': [V2, 'https://a.example/v1'], scope: 'all' }

    expect(await read({ '@context': V2 })).toBe('accepted')
    expect(outcomeOf(await canonicalizeRdf(scoped, { byAddress }))).toBe('accepted')
    expect(outcomeOf(await canonicalizeRdf(scoped))).toBe('unsupported @context')
  })

  it('does not let a caller give another meaning to a context that is known', async () => {
    const byAddress = new Map([[V2, { name: 'https://evil.example/name' }]])

    expect(acceptedValue(await canonicalizeRdf(DOCUMENT, { byAddress }))).toBe(
      acceptedValue(await canonicalizeRdf(DOCUMENT)),
    )
  })

  it('loads nothing for a context of the caller that names another', async () => {
    const byAddress = new Map([['https://a.example/v1', ['https://a.example/v2', { scope: 'urn:scope' }]]])
    const scoped = { ...DOCUMENT, '@context': [V2, 'https://a.example/v1'], scope: 'all' }

    expect(outcomeOf(await canonicalizeRdf(scoped, { byAddress }))).toBe('malformed document')
  })

  it.each<[string, Json]>([
    ['as an address', OTHER],
    ['to import', { '@import': OTHER }],
    ['for one term', { scope: { '@id': 'urn:scope', '@context': OTHER } }],
  ])('loads nothing for a context of the caller that names another %s', async (_, content) => {
    const read = (one: Json) => {
      const document = { ...DOCUMENT, '@context': [V2, 'https://a.example/v1'] }
      return canonicalizeRdf(document, { byAddress: new Map([['https://a.example/v1', one]]) })
    }

    expect(outcomeOf(await read({ scope: 'urn:scope' }))).toBe('accepted')
    expect(outcomeOf(await read(content))).toBe('malformed document')
  })

  it('finds its contexts again after others in the process have filled what the package keeps', async () => {
    const canonical = acceptedValue(await canonicalizeRdf(DOCUMENT))
    for (let i = 0; i < KEPT_CONTEXTS; i++) await loadAnother(`https://a.example/kept/${i}`)

    expect(acceptedValue(await canonicalizeRdf(DOCUMENT))).toBe(canonical)
  })

  it.each<[string, unknown]>([
    ['written inline', { name: 'https://evil.example/name' }],
    ['written inline beside a known one', [V2, { scope: 'https://evil.example/scope' }]],
    ['emptied', null],
    ['emptied after a known one', [V2, null]],
    ['that is a number', 1],
    ['within a list of lists', [[V2]]],
    ['that defines whatever nobody defined', [V2, UNDEFINED_TERMS]],
  ])('refuses a context %s', async (_, context) => {
    expect(await read({ '@context': context })).toBe('unsupported @context')
  })

  it('refuses the same within the document', async () => {
    expect(await read({ credentialSubject: { '@context': V2, name: 'x' } })).toBe('accepted')
    expect(await read({ credentialSubject: { '@context': 'https://evil.example/', name: 'x' } })).toBe(
      'unsupported @context',
    )
  })

  it.each([
    '@id',
    '@type',
    '@graph',
    '@included',
    '@reverse',
    '@nest',
    '@index',
    '@list',
    '@set',
    '@none',
    '@json',
  ])('refuses the keyword %s, also within', async (keyword) => {
    expect(await read({ [keyword]: [] })).toBe('malformed document')
    expect(await read({ credentialSubject: [{ [keyword]: 'x' }] })).toBe('malformed document')
  })

  it('takes texts that say their language', async () => {
    const name = { '@value': 'ein Name', '@language': 'de', '@direction': 'ltr' }

    expect(await read({ name })).toBe('accepted')
  })

  it('refuses a member under its address, whole or abbreviated', async () => {
    const credentialStatus = { type: 'BitstringStatusListEntry', statusPurpose: 'revocation' }

    expect(await read({ credentialStatus })).toBe('accepted')
    expect(await read({ [STATUS]: credentialStatus })).toBe('malformed document')
    expect(await read({ 'cred:credentialStatus': credentialStatus })).toBe('malformed document')
  })

  it('refuses a document of more values than it has time for', async () => {
    const names = (count: number) => ({ name: Array.from({ length: count }, (_, i) => `n${i}`) })

    expect(await read(names(MAX_RDF_VALUES - 10))).toBe('accepted')
    expect(await read(names(MAX_RDF_VALUES))).toBe('limit_exceeded document')
  })

  it('refuses a document of more contexts than it has time for', async () => {
    const each = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ '@context': V2, name: `n${i}` }))

    expect(await read({ credentialSubject: each(MAX_RDF_CONTEXTS - 1) })).toBe('accepted')
    expect(await read({ credentialSubject: each(MAX_RDF_CONTEXTS) })).toBe('limit_exceeded @context')
    expect(await read({ '@context': Array(MAX_RDF_CONTEXTS + 1).fill(V2) })).toBe('limit_exceeded @context')
  })

  it('refuses a document deeper than strict JSON may be', async () => {
    const nested = (depth: number): JsonObject =>
      depth === 0 ? {} : { credentialSubject: [nested(depth - 1)] }

    expect(await read(nested(40))).toBe('limit_exceeded document')
  })

  it('refuses a document that says nothing', async () => {
    expect(outcomeOf(await canonicalizeRdf({ '@context': [V2] }))).toBe('malformed document')
  })
})
