import { ProcuraError } from '../errors.ts'
import { DEFAULT_LEASE_SIZE, MAX_LEASED_INDEXES } from '../model/status-list-entry.ts'
import type { ChainKeeper } from './chain-keeper.ts'
import { type HeldChain, isRegisteredAgent, leaseSizeOf } from './held-chain.ts'

/**
 * Asks the issuer for a larger lease, because the one of `held` is used up.
 *
 * @param error Why the lease is wanted larger.
 * @throws That error, when it is about something else, or when there is no more to be had.
 */
export async function growLease(keeper: ChainKeeper, held: HeldChain, error: unknown): Promise<void> {
  if (!isExhausted(error) || !keeper.isRenewable || !isRegisteredAgent(held)) throw error
  const leaseSize = Math.min(leaseSizeOf(held) + DEFAULT_LEASE_SIZE, MAX_LEASED_INDEXES)
  try {
    await keeper.refresh({ leaseSize })
  } catch (cause) {
    throw new ProcuraError(error.code, `${error.message}; the issuer gave no more`, { cause })
  }
  if (leaseSizeOf(keeper.held) <= leaseSizeOf(held)) throw error
}

function isExhausted(error: unknown): error is ProcuraError {
  return error instanceof ProcuraError && error.code === 'ERR_PROCURA_LEASE_EXHAUSTED'
}
