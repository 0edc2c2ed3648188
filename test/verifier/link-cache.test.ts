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
})
