import { ProcuraError } from '../errors.ts'
import { tokensOf } from './chain-file.ts'
import type { ChainSource } from './chain-keeper.ts'
import { type HeldChain, hasLifelongLimit, isRegisteredAgent } from './held-chain.ts'
import type { IssuerClient } from './issuer-client.ts'

/**
 * Fetches an agent's chain from the issuer, which renews the delegation once half its life is over, or when a larger
 * lease is wanted. What is fetched is secured in the same way as the link that is held.
 *
 * A chain with a limit that is never given anew is not renewed, only fetched: what is new is the owner's link.
 *
 * @returns `undefined` for a chain that an agent delegated: only that agent could sign it anew.
 */
export function issuerSource(issuer: IssuerClient, held: HeldChain): ChainSource | undefined {
  if (!isRegisteredAgent(held)) return undefined
  return async ({ links, delegationId }, { leaseSize }) => {
    const path = `/v1/delegations/${encodeURIComponent(delegationId)}/credential`
    const query = { mechanism: links[1]?.mechanism }
    const body = leaseSize === undefined ? {} : { leaseSize }
    const isFetched = leaseSize === undefined && hasLifelongLimit(held)
    const { json } = await issuer.call(
      isFetched ? { method: 'GET', path, query } : { method: 'POST', path, query, body },
    )
    const tokens = tokensOf(json)
    if (tokens !== undefined) return tokens
    throw new ProcuraError('ERR_PROCURA_ISSUER_UNREACHABLE', 'the answer of the issuer has no chain')
  }
}
