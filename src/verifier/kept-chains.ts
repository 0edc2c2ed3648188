import { accept, refuse, type Verdict } from '../refusal.ts'
import { digestChain } from '../securing/http-signature/chain-upload.ts'
import type { ChainStore } from './ports.ts'

/**
 * Finds the chain that a request refers to. What a store answers is compared with the digest.
 *
 * @param digest As {@link digestChain} writes it.
 * @returns `chain_required` when it is not kept, not any more, or when the store cannot tell.
 */
export async function findChain(digest: string, store: ChainStore): Promise<Verdict<readonly string[]>> {
  const texts = await store.get(digest)
  return texts !== undefined && digestChain(texts) === digest
    ? accept(texts)
    : refuse('chain_required', { dimension: 'agent-delegation' })
}
