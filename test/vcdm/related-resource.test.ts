import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import { readCredential } from '../../src/vcdm/credential.ts'
import { KNOWN_RESOURCES } from '../../src/vcdm/known-resources.ts'
import { isRelatedResource } from '../../src/vcdm/related-resource.ts'
import { BASE_CONTEXT, genericCredential } from '../helpers/generic-documents.ts'
import { readVectors } from '../helpers/vectors.ts'

const ELSEWHERE = 'https://a.example/resource'
const SHA256_OF_NOTHING = createHash('sha256').digest()
const SRI = `sha256-${SHA256_OF_NOTHING.toString('base64')}`
const BARE = `u${SHA256_OF_NOTHING.toString('base64url')}`
const MULTIHASH = `u${Buffer.concat([Uint8Array.of(0x12, 32), SHA256_OF_NOTHING]).toString('base64url')}`

describe('VCDM 2.0 §5.3: relatedResource', () => {
  it.each<[string, Json]>([
    ['one object', { id: ELSEWHERE, digestSRI: SRI }],
    [
      'several objects',
      [
        { id: ELSEWHERE, digestSRI: SRI },
        { id: `${ELSEWHERE}?2`, digestMultibase: BARE },
      ],
    ],
    ['a digest as multihash', { id: ELSEWHERE, digestMultibase: MULTIHASH }],
    ['both kinds of digest', { id: ELSEWHERE, digestSRI: SRI, digestMultibase: MULTIHASH }],
    ['a media type', { id: ELSEWHERE, digestSRI: SRI, mediaType: 'application/json' }],
    ['digests of several algorithms', { id: ELSEWHERE, digestSRI: `${SRI} sha512-${'A'.repeat(86)}==` }],
  ])('is %s', (_, value) => {
    expect(isRelatedResource(value)).toBe(true)
  })

  it.each<[string, Json]>([
    ['a text', ELSEWHERE],
    ['a list of texts', [ELSEWHERE, `${ELSEWHERE}?2`]],
    ['an empty list', []],
    ['an object without an id', { digestSRI: SRI }],
    ['an object whose id is no URL', { id: 'resource', digestSRI: SRI }],
    [
      'two objects with one id',
      [
        { id: ELSEWHERE, digestSRI: SRI },
        { id: ELSEWHERE, digestMultibase: BARE },
      ],
    ],
    ['an object without a digest', { id: ELSEWHERE }],
    ['a media type that is no text', { id: ELSEWHERE, digestSRI: SRI, mediaType: 4 }],
    ['a digest of an unknown algorithm', { id: ELSEWHERE, digestSRI: 'md5-AAAA' }],
    ['a digest that is no text', { id: ELSEWHERE, digestSRI: 4 }],
    ['a digest in another base', { id: ELSEWHERE, digestMultibase: 'fabcd' }],
    ['a digest of another length', { id: ELSEWHERE, digestMultibase: `u${'A'.repeat(50)}` }],
    ['a multibase digest that is no text', { id: ELSEWHERE, digestMultibase: 4 }],
  ])('is never %s', (_, value) => {
    expect(isRelatedResource(value)).toBe(false)
  })

  it('is refused in a credential by its name', () => {
    expect(readCredential(genericCredential({ relatedResource: { id: ELSEWHERE } }))).toMatchObject({
      refusal: { code: 'malformed', dimension: 'relatedResource' },
    })
  })
})

const published = [...KNOWN_RESOURCES].flatMap(([id, versions]) =>
  versions.map((digests) => ({ id, ...digests })),
)

describe('VCDM 2.0 §5.3: a digest that is not that of the resource is an error', () => {
  it.each(published)('accepts $id as published, by $sha256', ({ id, sha256, sha384 }) => {
    const bare = `u${Buffer.from(sha384, 'base64').toString('base64url')}`
    const digests = [
      { digestSRI: `sha256-${sha256}` },
      { digestSRI: `sha384-${sha384}` },
      { digestMultibase: bare },
    ]

    expect(digests.map((digest) => isRelatedResource({ id, ...digest }))).toEqual([true, true, true])
  })

  it.each([
    { digestSRI: SRI },
    { digestMultibase: BARE },
    { digestMultibase: MULTIHASH },
    { digestMultibase: `u${Buffer.alloc(64).toString('base64url')}` },
  ])('refuses another digest of the base context: %o', (digest) => {
    expect(isRelatedResource({ id: BASE_CONTEXT, ...digest })).toBe(false)
  })

  it('knows the digests of the bytes that the W3C publishes', (ctx) => {
    const files = ['credentials/v2', 'credentials/examples/v2']
    const digests = files.map((file) => {
      const text = readVectors(ctx, `w3c-contexts/contexts/${file}`)
      return { sha256: hash('sha256', text), sha384: hash('sha384', text) }
    })
    const known = files.map((file) => KNOWN_RESOURCES.get(`https://www.w3.org/ns/${file}`)?.[0])

    expect(known).toEqual(digests)
  })
})

function hash(algorithm: string, text: string): string {
  return createHash(algorithm).update(text).digest('base64')
}
