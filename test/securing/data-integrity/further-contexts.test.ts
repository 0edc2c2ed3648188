import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../src/core/json.ts'
import { canonicalizeRdf } from '../../../src/securing/data-integrity/canonicalize-rdf.ts'
import {
  countDefinitions,
  isHarmlessContext,
  MAX_INLINE_DEFINITIONS,
} from '../../../src/securing/data-integrity/further-contexts.ts'
import { MAX_RDF_CONTEXTS } from '../../../src/securing/data-integrity/inline-contexts.ts'
import { acceptedValue, outcomeOf } from '../../helpers/signers.ts'

const V2 = 'https://www.w3.org/ns/credentials/v2'
const INLINE = { byAddress: new Map<string, Json>(), allowInline: true }

/** What is refused of a document with this context beside the base context; `accepted` when nothing is. */
async function outcome(context: Json, members: JsonObject = {}): Promise<string> {
  const document = { '@context': [V2, context], id: 'urn:uuid:1', type: 'VerifiableCredential', ...members }
  const verdict = await canonicalizeRdf(document, INLINE)
  return verdict.verified ? 'accepted' : `${verdict.refusal.code} ${verdict.refusal.dimension}`
}

describe('an inline context', () => {
  it.each<[string, JsonObject]>([
    ['a term', { Example: 'https://example.org/#Example' }],
    ['several terms, protected', { '@protected': true, a: 'urn:example:a', b: 'did:example:b' }],
    [
      'a term with a type and a container',
      { a: { '@id': 'urn:example:a', '@type': '@id', '@container': '@set' } },
    ],
    [
      'a term of a datatype',
      { a: { '@id': 'urn:example:a', '@type': 'http://www.w3.org/2001/XMLSchema#date' } },
    ],
    ['a protected term', { a: { '@id': 'urn:example:a', '@protected': true } }],
    ['a term in a language', { a: { '@id': 'urn:example:a', '@language': 'de', '@direction': 'ltr' } }],
    ['a term with terms of its own', { a: { '@id': 'urn:example:a', '@context': { b: 'urn:example:b' } } }],
    ['a vocabulary', { '@version': 1.1, '@vocab': 'https://example.org/#' }],
    ['terms in a wrapper', { '@context': { a: 'https://example.org/#a' } }],
  ])('may define %s', async (_, context) => {
    expect(await outcome(context)).toBe('accepted')
  })

  it('gives a meaning to what would be dropped otherwise (VCDM 2.0 §4.3)', async () => {
    const members = { type: ['VerifiableCredential', 'Example'] }

    expect(await outcome({ Example: 'https://example.org/#Example' }, members)).toBe('accepted')
    expect(await outcome({}, members)).toBe('malformed document')
  })

  it('must not define a term of the base context again (VCDM 2.0 §5.2)', async () => {
    expect(await outcome({ VerifiableCredential: 'https://example.org/#VC' })).toBe('malformed document')
  })

  it.each<[string, JsonObject]>([
    [
      'another name for a property of the data model',
      { a: 'https://www.w3.org/2018/credentials#credentialStatus' },
    ],
    ['one in an expanded definition', { a: { '@id': 'https://w3id.org/security#proof' } }],
    [
      'one for the property of a status entry',
      { a: 'https://www.w3.org/ns/credentials/status#statusListIndex' },
    ],
    ['a vocabulary that ends in the middle of one', { '@vocab': 'https://www.w3.org/2018/cred' }],
    ['another name for a keyword', { a: '@included' }],
    ['one in an expanded definition, too', { a: { '@id': '@graph' } }],
    ['nothing at all', { a: null }],
    ['a reverse property', { a: { '@reverse': 'https://example.org/#a' } }],
    ['a nested property', { a: { '@id': 'urn:example:a', '@nest': '@nest' } }],
    ['a container that moves members', { a: { '@id': 'urn:example:a', '@container': '@graph' } }],
    ['a type that is no address', { a: { '@id': 'urn:example:a', '@type': '@graph' } }],
    ['an abbreviated address', { ex: 'https://example.org/', a: 'ex:a' }],
    ['an address that is none', { a: 'https ://not-a-url#a' }],
    ['a base address', { '@base': 'https://example.org/' }],
    ['a context elsewhere', { '@import': 'https://example.org/context' }],
    [
      'a context elsewhere for one term',
      { a: { '@id': 'urn:example:a', '@context': 'https://example.org/c' } },
    ],
    ['a term with a colon', { 'ex:a': 'https://example.org/#a' }],
    ['a number', { a: 4 }],
    ['a list of addresses', { a: ['https://example.org/#a'] }],
  ])('must not define %s', async (_, context) => {
    expect(isHarmlessContext(context)).toBe(false)
    expect(await outcome(context)).toBe('malformed @context')
  })

  it('is bounded', async () => {
    const terms = (length: number): JsonObject =>
      Object.fromEntries(Array.from({ length }, (_, i) => [`t${i}`, `urn:example:${i}`]))

    expect(await outcome(terms(MAX_INLINE_DEFINITIONS))).toBe('accepted')
    expect(await outcome(terms(MAX_INLINE_DEFINITIONS + 1))).toBe('limit_exceeded @context')
  })

  it('counts as a context, and none is left out: a later one could give a term another meaning', async () => {
    const read = (length: number) => {
      const contexts = Array.from({ length }, (_, i) => ({ a: `urn:example:${i}` }))
      return canonicalizeRdf({ '@context': [V2, ...contexts], id: 'urn:uuid:1', a: 'x' }, INLINE)
    }

    expect(acceptedValue(await read(MAX_RDF_CONTEXTS - 1))).toContain(`<urn:example:${MAX_RDF_CONTEXTS - 2}>`)
    expect(outcomeOf(await read(MAX_RDF_CONTEXTS))).toBe('limit_exceeded @context')
    expect(outcomeOf(await read(MAX_RDF_CONTEXTS + 1))).toBe('limit_exceeded @context')
  })

  it('has few contexts within, though they define nothing', async () => {
    const within = (length: number) => ({
      a: { '@id': 'urn:example:a', '@context': Array<Json>(length).fill({}) },
    })

    expect(await outcome(within(MAX_INLINE_DEFINITIONS - 3))).toBe('accepted')
    expect(await outcome(within(MAX_INLINE_DEFINITIONS - 2))).toBe('limit_exceeded @context')
  })

  it('needs the leave of the caller', async () => {
    const document = {
      '@context': [V2, { a: 'urn:example:a' }],
      id: 'urn:uuid:1',
      type: 'VerifiableCredential',
    }

    expect(await canonicalizeRdf(document)).toMatchObject({ refusal: { code: 'unsupported' } })
  })
})

describe('contexts within a context', () => {
  const harmless = { a: 'https://example.org/#a' }

  it.each<[string, Json, boolean]>([
    ['one', harmless, true],
    ['several', [harmless, { b: 'urn:example:b' }], true],
    ['a bad one beside a good one', [harmless, { a: '@included' }], false],
    ['an address beside a good one', [harmless, 'https://example.org/context'], false],
    ['null beside a good one', [harmless, null], false],
    ['a number', 7, false],
  ])('have to be harmless, every one: %s', (_, scope, expected) => {
    expect(isHarmlessContext({ '@context': scope })).toBe(expected)
    expect(isHarmlessContext({ term: { '@id': 'urn:example:t', '@context': scope } })).toBe(expected)
  })

  it('have types that are addresses', () => {
    const typed = (type: Json) => isHarmlessContext({ a: { '@id': 'urn:example:a', '@type': type } })

    expect(typed('https://example.org/#date')).toBe(true)
    expect(typed(['https://example.org/#date'])).toBe(false)
    expect(typed('date')).toBe(false)
  })

  it('are counted with all that they define', () => {
    expect(countDefinitions({ a: 'x', b: { '@id': 'y', '@context': { c: 'z' } } })).toBe(5)
    expect(countDefinitions({ '@context': [{ a: 'x' }, { b: 'y', c: 'z' }] })).toBe(6)
    expect(countDefinitions('x')).toBe(0)
  })
})
