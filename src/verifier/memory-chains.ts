import type { Clock } from '../core/clock.ts'
import type { MemoryChainStore } from './chain-store.ts'
import type { ChainStore } from './ports.ts'

/** A chain store that has to be told when others are trusted than before. */
export type ChainsInMemory = ChainStore & Pick<MemoryChainStore, 'setAuthorities'>

/**
 * A chain store in the memory of this process, loaded when the first chain is sent in advance or referred to.
 *
 * @param authorities The trusted ones.
 */
export function chainsInMemory(authorities: Iterable<string>, clock: Clock): ChainsInMemory {
  let trusted = [...authorities]
  let store: MemoryChainStore | undefined
  const load = async (): Promise<MemoryChainStore> => {
    if (store !== undefined) return store
    const { MemoryChainStore } = await import('./chain-store.ts')
    store ??= new MemoryChainStore(trusted, clock)
    return store
  }
  return {
    get: async (digest) => (await load()).get(digest),
    put: async (digest, chain) => (await load()).put(digest, chain),
    setAuthorities: (names) => {
      trusted = [...names]
      store?.setAuthorities(trusted)
    },
  }
}
