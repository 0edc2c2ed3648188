import { describe, expect, it } from 'vitest'
import { type Json, type JsonObject, MAX_JSON_DEPTH } from '../../../src/core/json.ts'
import { inlineContexts, MAX_RDF_VALUES } from '../../../src/securing/data-integrity/inline-contexts.ts'
import { acceptedValue, outcomeOf } from '../../helpers/signers.ts'

const V2 = 'https://www.w3.org/ns/credentials/v2'
const KNOWN = new Map<string, Json>([[V2, 'content']])

const read = (document: JsonObject) => outcomeOf(inlineContexts(document, KNOWN))

/** As many objects within each other, the innermost with one member. */
function nested(levels: number): JsonObject {
  let object: JsonObject = { name: 'x' }
  for (let i = 0; i < levels; i++) object = { inner: object }
  return object
}

describe('contexts in the place of their addresses', () => {
  it('stand where these stood, and all else stays', () => {
    const document = { '@context': [V2], id: 'urn:1', inner: { '@context': V2, list: ['x', { a: 1 }] } }

    expect(acceptedValue(inlineContexts(document, KNOWN))).toEqual({
      '@context': ['content'],
      id: 'urn:1',
      inner: { '@context': 'content', list: ['x', { a: 1 }] },
    })
  })
})

describe('a node', () => {
  const status = { id: 'urn:2', type: 'BitstringStatusListEntry' }

  it('does not go on within itself, where a reader of JSON would not look', () => {
    const about = (inner: JsonObject) => read({ id: 'urn:1', inner })

    expect(about(status)).toBe('accepted')
    expect(about({ id: 'urn:1' })).toBe('accepted')
    expect(about({ id: 'urn:1', type: 'Other' })).toBe('malformed document')
    expect(about({ list: [[{ id: 'urn:1', type: 'Other' }]] })).toBe('malformed document')
  })

  it('without an id goes on nowhere', () => {
    expect(read({ name: 'x', inner: { name: 'y', type: 'Other' } })).toBe('accepted')
  })

  it('stands once in a list', () => {
    expect(read({ list: [status, { ...status, id: 'urn:3' }, { name: 'x' }, { name: 'x' }, 'x'] })).toBe(
      'accepted',
    )
    expect(read({ list: [status, { id: 'urn:2', name: 'x' }] })).toBe('malformed document')
    expect(read({ inner: { list: [status, status] } })).toBe('malformed document')
  })
})

describe('a document', () => {
  const members = (length: number): JsonObject =>
    Object.fromEntries(Array.from({ length }, (_, i) => [`name${i}`, i]))

  it('has as many members as there is time for, and not one more', () => {
    expect(read(members(MAX_RDF_VALUES))).toBe('accepted')
    expect(read(members(MAX_RDF_VALUES + 1))).toBe('limit_exceeded document')
  })

  it('has as many within each other as strict JSON may have, and not one more', () => {
    expect(read(nested(MAX_JSON_DEPTH))).toBe('accepted')
    expect(read(nested(MAX_JSON_DEPTH + 1))).toBe('limit_exceeded document')
  })

  it('is not followed further than that, however deep it is', () => {
    expect(read(nested(100_000))).toBe('limit_exceeded document')
  })
})
