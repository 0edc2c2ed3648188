import type { Clock } from '../core/clock.ts'
import type { ChainStore } from './chain-store.ts'

/**
 * A chain store in the memory of this process, loaded when the first chain is sent in advance or referred to.
 *
 * @param authorities The trusted ones.
 */
export function chainsInMemory(authorities: readonly string[], clock: Clock): ChainStore {
  let loading: Promise<ChainStore> | undefined
  const load = (): Promise<ChainStore> => {
    loading ??= import('./chain-store.ts').then(
      ({ MemoryChainStore }) => new MemoryChainStore(authorities, clock),
    )
    return loading
  }
  return {
    get: async (digest) => (await load()).get(digest),
    put: async (digest, chain) => (await load()).put(digest, chain),
  }
}
