import { beforeAll, describe, expect, it } from 'vitest'
import type { ParsedLink } from '../../src/model/chain.ts'
import { LinkCache } from '../../src/verifier/link-cache.ts'
import { readLink, World } from '../helpers/world.ts'

let link: ParsedLink

beforeAll(async () => {
  const [root] = await (await World.create()).agentChain()
  link = await readLink(root)
})

/** A cache of two authorities that remembers the link under `a`. */
function warm(): LinkCache {
  const cache = new LinkCache(['did:key:a', 'did:key:b'])
  cache.memoOf('did:key:a').remember(link, 'key')
  return cache
}

describe('the cache of links', () => {
  it('remembers a link for its authority and its key only', () => {
    const cache = warm()

    expect(cache.memoOf('did:key:a').isVerified(link, 'key')).toBe(true)
    expect(cache.memoOf('did:key:a').isVerified(link, 'other')).toBe(false)
    expect(cache.memoOf('did:key:b').isVerified(link, 'key')).toBe(false)
  })

  it('keeps what it has of authorities that stay', () => {
    const cache = warm()
    cache.setAuthorities(['did:key:a', 'did:key:c'])

    expect(cache.memoOf('did:key:a').isVerified(link, 'key')).toBe(true)
  })

  it('forgets all of an authority that goes, also when it comes back', () => {
    const cache = warm()
    cache.setAuthorities(['did:key:b'])
    cache.setAuthorities(['did:key:a', 'did:key:b'])

    expect(cache.memoOf('did:key:a').isVerified(link, 'key')).toBe(false)
  })

  it('remembers nothing for an authority that nobody trusts', () => {
    const cache = warm()
    cache.memoOf('did:key:c').remember(link, 'key')

    expect(cache.memoOf('did:key:c').isVerified(link, 'key')).toBe(false)
  })

  it('gives back what it has read, by the whole text', async () => {
    const [other] = await (await World.create()).agentChain()

    expect(warm().parse(link.token)).toEqual({ verified: true, value: link })
    expect((warm().parse(link.token) as { value?: unknown }).value).toBe(link)
    expect(warm().parse(other)).toMatchObject({ value: { token: other } })
    expect(warm().parse(`x${link.token}`)).toMatchObject({ verified: false })
  })

  it('has links that end alike take the place of each other, and never for each other', () => {
    const cache = new LinkCache(['did:key:a'])
    const memo = cache.memoOf('did:key:a')
    const [first, second] = ['x', 'y'].map((middle) => {
      return { ...link, token: 'a'.repeat(86) + middle + 'z'.repeat(86) }
    }) as [ParsedLink, ParsedLink]
    memo.remember(first, 'key')
    expect(memo.isVerified(first, 'key')).toBe(true)
    expect(memo.isVerified(second, 'key')).toBe(false)

    memo.remember(second, 'key')
    expect(memo.isVerified(first, 'key')).toBe(false)
    expect(memo.isVerified(second, 'key')).toBe(true)
  })

  it('keeps of an authority as many characters as there is room for, the links used last', () => {
    const cache = new LinkCache(['did:key:a', 'did:key:b'], 200)
    const [first, second, third] = ['x', 'y', 'z'].map((letter) => {
      return { ...link, token: letter.repeat(100) }
    }) as [ParsedLink, ParsedLink, ParsedLink]
    cache.memoOf('did:key:b').remember(first, 'key')
    for (const one of [first, second, third]) cache.memoOf('did:key:a').remember(one, 'key')

    expect(cache.memoOf('did:key:a').isVerified(first, 'key')).toBe(false)
    expect(cache.memoOf('did:key:a').isVerified(second, 'key')).toBe(true)
    expect(cache.memoOf('did:key:a').isVerified(third, 'key')).toBe(true)
    expect(cache.memoOf('did:key:b').isVerified(first, 'key')).toBe(true)
  })
})
