import { joinChain } from '../delegation/join-chain.ts'
import type { ParsedChain, ParsedLink } from '../model/chain.ts'
import type { PresentedRequest } from '../model/presented-request.ts'
import { atLink, refuse, type Verdict } from '../refusal.ts'
import { parseAgentDelegation } from '../securing/http-signature/agent-delegation.ts'
import { parseVcJwt } from '../securing/vc-jose/parse-vc-jwt.ts'
import type { LinkCache } from './link-cache.ts'

/**
 * Steps 1-3 of docs/spec/07-verifying.md: limits, strict parse, shape and joining. Pure but for reading the cache.
 *
 * @returns `chain_required` when the request carries no chain.
 */
export function readPresentation(request: PresentedRequest, cache: LinkCache): Verdict<ParsedChain> {
  const field = request.header('agent-delegation')
  if (field === undefined) return refuse('chain_required', { dimension: 'agent-delegation' })
  const tokens = parseAgentDelegation(field)
  return tokens.verified ? readChain(tokens.value, cache) : tokens
}

/** The same for a chain that came by another way than the request header. */
export function readChain(tokens: readonly string[], cache: LinkCache): Verdict<ParsedChain> {
  const links: ParsedLink[] = []
  for (const [position, token] of tokens.entries()) {
    const seen = cache.find(token)
    const read = seen === undefined ? parseVcJwt(token) : undefined
    if (read?.verified === false) return atLink(read, position)
    const link = seen ?? read?.value
    if (link !== undefined) links.push(link)
  }
  return joinChain(links)
}
