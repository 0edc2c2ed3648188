import { ProcuraError } from '../errors.ts'
import { tokensOf } from './chain-file.ts'
import type { ChainSource } from './chain-keeper.ts'
import type { HeldChain } from './held-chain.ts'
import type { IssuerClient } from './issuer-client.ts'

/** Length of the chain of an agent that the issuer knows: the owner's link and its own. */
const AGENT_CHAIN_LINKS = 2

/**
 * Fetches an agent's chain from the issuer, which renews the delegation once half its life is over.
 *
 * @returns `undefined` for a chain that an agent delegated: only that agent could sign it anew.
 */
export function issuerSource(
  issuer: IssuerClient,
  { links, delegationId }: HeldChain,
): ChainSource | undefined {
  if (links.length !== AGENT_CHAIN_LINKS) return undefined
  const path = `/v1/delegations/${encodeURIComponent(delegationId)}/credential`
  return async () => {
    const { json } = await issuer.call({ method: 'POST', path, body: {} })
    const tokens = tokensOf(json)
    if (tokens !== undefined) return tokens
    throw new ProcuraError('ERR_PROCURA_ISSUER_UNREACHABLE', 'the answer of the issuer has no chain')
  }
}
