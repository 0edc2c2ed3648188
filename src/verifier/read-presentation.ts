import type { MaybePromise } from '../core/maybe-promise.ts'
import { parseChain } from '../delegation/parse-chain.ts'
import { parseLink } from '../delegation/parse-link.ts'
import type { ParsedChain } from '../model/chain.ts'
import type { PresentedRequest } from '../model/presented-request.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { parseAgentDelegation } from '../securing/http-signature/agent-delegation.ts'
import type { LinkCache } from './link-cache.ts'

/**
 * Steps 1-3 of docs/spec/07-verifying.md: limits, strict parse, shape and joining. Pure but for reading the cache.
 *
 * @returns `chain_required` when the request carries no chain.
 */
export function readPresentation(
  request: PresentedRequest,
  cache: LinkCache,
): MaybePromise<Verdict<ParsedChain>> {
  const field = request.header('agent-delegation')
  if (field === undefined) return refuse('chain_required', { dimension: 'agent-delegation' })
  const tokens = parseAgentDelegation(field)
  if (!tokens.verified) return tokens
  return parseChain(tokens.value, (token) => {
    const seen = cache.find(token)
    return seen === undefined ? parseLink(token) : accept(seen)
  })
}
