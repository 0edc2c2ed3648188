import { describe, expect, it } from 'vitest'
import { MemoryChainStore } from '../../src/verifier/chain-store.ts'
import { A, B, keepsChains, keptChain } from '../helpers/chain-store-contract.ts'

describe('the store of chains in memory', () => {
  keepsChains((now) => new MemoryChainStore([A, B], now, 2 * 4 * 30 * 1024), 4)

  it('does not keep what rests on nobody known', () => {
    const store = new MemoryChainStore([A], () => 0)

    expect(store.put(':a:', keptChain({ authority: B }))).toBe(false)
    expect(store.get(':a:')).toBeUndefined()
    expect(store.put(':a:', keptChain())).toBe(true)
    expect(new MemoryChainStore([], () => 0).put(':a:', keptChain())).toBe(false)
  })

  it('gives an authority at most 16 Mi characters, however few there are', () => {
    const store = new MemoryChainStore([A], () => 0, Number.MAX_SAFE_INTEGER)
    const texts = ['x'.repeat(8 * 1024 * 1024)]
    for (const digest of [':a:', ':b:', ':c:']) store.put(digest, keptChain({ texts, presenter: digest }))

    expect([':a:', ':b:', ':c:'].map((digest) => store.get(digest) !== undefined)).toEqual([
      false,
      true,
      true,
    ])
  })

  it('keeps a chain that fills the share of its authority, and none that is longer', () => {
    const store = new MemoryChainStore([A], () => 0, 100)

    expect(store.put(':a:', keptChain({ texts: ['x'.repeat(60), 'x'.repeat(40)] }))).toBe(true)
    expect(store.put(':b:', keptChain({ texts: ['x'.repeat(60), 'x'.repeat(41)] }))).toBe(false)
    expect(store.get(':a:')).toBeDefined()
  })

  it('keeps what it has when the same authorities are trusted as before', () => {
    const store = new MemoryChainStore([A, B], () => 0)
    store.put(':a:', keptChain())
    store.setAuthorities([B, A, B])

    expect(store.get(':a:')).toBeDefined()
  })

  it.each([
    ['one more', [A, B, 'did:key:zAuthorityC']],
    ['one less', [A]],
    ['another', [A, 'did:key:zAuthorityC']],
  ])('forgets all when %s is trusted than before, and keeps chains of the new ones', (_, authorities) => {
    const store = new MemoryChainStore([A, B], () => 0)
    store.put(':a:', keptChain())
    store.setAuthorities(authorities)

    expect(store.get(':a:')).toBeUndefined()
    for (const authority of [A, B, 'did:key:zAuthorityC'])
      expect(store.put(':new:', keptChain({ authority }))).toBe(authorities.includes(authority))
  })

  it('has a chain make room once: it stays when somebody else sends it later', () => {
    const store = new MemoryChainStore([A], () => 0)
    for (const digest of [':0:', ':1:', ':2:', ':3:', ':4:']) store.put(digest, keptChain())
    expect(store.get(':0:')).toBeUndefined()
    store.put(':0:', keptChain({ presenter: 'did:key:zOther' }))
    store.put(':5:', keptChain())

    expect(store.get(':0:')).toBeDefined()
    expect(store.get(':1:')).toBeUndefined()
  })
})
