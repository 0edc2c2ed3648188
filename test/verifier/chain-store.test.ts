import { describe, expect, it } from 'vitest'
import {
  MAX_KEPT_PER_AGENT,
  MAX_KEPT_PER_PRESENTER,
  MemoryChainStore,
} from '../../src/verifier/chain-store.ts'
import type { KeptChain } from '../../src/verifier/ports.ts'

const A = 'did:key:zAuthorityA'
const B = 'did:key:zAuthorityB'

/** By an agent that presents in person, if nothing else is said. */
function chain({ presenter = 'did:key:zAgent', ...changes }: Partial<KeptChain> = {}): KeptChain {
  const texts = ['x'.repeat(100)]
  return { texts, authority: A, presenter, agent: presenter, expiresAt: 1000, ...changes }
}

/** A store with room for `chains` chains of 100 characters for each of two authorities. */
function storeFor(chains: number, now = () => 0): MemoryChainStore {
  return new MemoryChainStore([A, B], now, chains * 200)
}

describe('the store of chains in memory', () => {
  it('gives back what was put into it', () => {
    const store = storeFor(2)

    expect(store.put(':a:', chain({ texts: ['a', 'b'] }))).toBe(true)
    expect(store.get(':a:')).toEqual(['a', 'b'])
    expect(store.get(':b:')).toBeUndefined()
  })

  it('forgets a chain when it ends', () => {
    let now = 999
    const store = storeFor(2, () => now)
    store.put(':a:', chain())

    expect(store.get(':a:')).toBeDefined()
    now = 1000
    expect(store.get(':a:')).toBeUndefined()
    now = 999
    expect(store.get(':a:')).toBeUndefined()
  })

  it('lets the chain that was used longest ago make room', () => {
    const store = storeFor(2)
    for (const digest of [':a:', ':b:']) store.put(digest, chain({ presenter: digest }))
    store.get(':a:')
    store.put(':c:', chain({ presenter: ':c:' }))

    expect([':a:', ':b:', ':c:'].map((digest) => store.get(digest) !== undefined)).toEqual([
      true,
      false,
      true,
    ])
  })

  it('does not let the agents of one authority crowd out those of another', () => {
    const store = storeFor(2)
    store.put(':b:', chain({ authority: B }))
    for (let i = 0; i < 10; i++) store.put(`:${i}:`, chain({ presenter: `${i}` }))

    expect(store.get(':b:')).toBeDefined()
  })

  it('keeps four chains for one presenter, the newest', () => {
    const store = storeFor(100)
    const digests = [0, 1, 2, 3, 4, 5].map((i) => `:${i}:`)
    store.put(':other:', chain({ presenter: 'did:key:zOther' }))
    for (const digest of digests) store.put(digest, chain())

    expect(MAX_KEPT_PER_PRESENTER).toBe(4)
    expect(digests.filter((digest) => store.get(digest) !== undefined)).toEqual([':2:', ':3:', ':4:', ':5:'])
    expect(store.get(':other:')).toBeDefined()
  })

  it('keeps 32 chains for one agent and all that it made, the newest', () => {
    const store = storeFor(100)
    const digests = Array.from({ length: 40 }, (_, i) => `:${i}:`)
    store.put(':other:', chain({ presenter: 'did:key:zOther' }))
    for (const digest of digests) store.put(digest, chain({ presenter: digest, agent: 'did:key:zAgent' }))

    expect(MAX_KEPT_PER_AGENT).toBe(32)
    expect(digests.filter((digest) => store.get(digest) !== undefined)).toEqual(digests.slice(8))
    expect(store.get(':other:')).toBeDefined()
  })

  it('does not count a chain twice that is sent again', () => {
    const store = storeFor(100)
    store.put(':a:', chain())
    for (let i = 0; i < 10; i++) store.put(':b:', chain())

    expect(store.get(':a:')).toBeDefined()
  })

  it('does not keep what is larger than a share, nor what rests on nobody known', () => {
    const store = storeFor(1)

    expect(store.put(':a:', chain({ texts: ['x'.repeat(101)] }))).toBe(false)
    expect(store.put(':b:', chain({ authority: 'did:key:zOther' }))).toBe(false)
    expect(store.get(':a:')).toBeUndefined()
    expect(new MemoryChainStore([], () => 0).put(':a:', chain())).toBe(false)
  })

  it('gives an authority at most 16 Mi characters, however few there are', () => {
    const store = new MemoryChainStore([A], () => 0, Number.MAX_SAFE_INTEGER)
    const texts = ['x'.repeat(8 * 1024 * 1024)]
    for (const digest of [':a:', ':b:', ':c:']) store.put(digest, chain({ texts, presenter: digest }))

    expect([':a:', ':b:', ':c:'].map((digest) => store.get(digest) !== undefined)).toEqual([
      false,
      true,
      true,
    ])
  })
})
