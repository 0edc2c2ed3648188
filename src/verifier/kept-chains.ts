import type { MaybePromise } from '../core/maybe-promise.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { digestChain } from '../securing/http-signature/chain-upload.ts'
import type { ChainStore, KeptChain } from './ports.ts'

/**
 * Finds the chain that a request refers to. What a store answers is compared with the digest.
 *
 * @param digest As {@link digestChain} writes it.
 * @returns `chain_required` when it is not kept, not any more, or when the store cannot tell.
 */
export async function findChain(digest: string, store: ChainStore): Promise<Verdict<readonly string[]>> {
  const texts = await attempt(async () => {
    const kept = await store.get(digest)
    return kept !== undefined && digestChain(kept) === digest ? kept : undefined
  }, undefined)
  return texts === undefined ? refuse('chain_required', { dimension: 'agent-delegation' }) : accept(texts)
}

/** Keeps a chain that was verified. @returns Whether the store has taken it. */
export function keepChain(digest: string, chain: KeptChain, store: ChainStore): Promise<boolean> {
  return attempt(() => store.put(digest, chain), false)
}

/** A store that fails is a store that has nothing and takes nothing. */
async function attempt<T>(work: () => MaybePromise<T>, otherwise: T): Promise<T> {
  try {
    return await work()
  } catch {
    return otherwise
  }
}
