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
})
