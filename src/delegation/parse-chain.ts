import type { ParsedChain, ParsedLink } from '../model/chain.ts'
import { atLink, type Verdict } from '../refusal.ts'
import { parseVcJwt } from '../securing/vc-jose/parse-vc-jwt.ts'
import { joinChain } from './join-chain.ts'

/**
 * Reads compact tokens, root first, and joins them: steps 2 and 3 of docs/spec/07-verifying.md. Checks no signature.
 *
 * @param parse Reads one token.
 * @returns The chain, or the first refusal from the root: what `parse` or {@link joinChain} refuse, with the link.
 */
export function parseChain(
  tokens: readonly string[],
  parse: (token: string) => Verdict<ParsedLink> = parseVcJwt,
): Verdict<ParsedChain> {
  const links: ParsedLink[] = []
  for (const [position, token] of tokens.entries()) {
    const link = parse(token)
    if (!link.verified) return atLink(link, position)
    links.push(link.value)
  }
  return joinChain(links)
}
