import type { ParsedChain, ParsedLink } from '../model/chain.ts'
import { type DelegationCredential, MAX_CHAIN_LINKS, type OwnerCredential } from '../model/credential.ts'
import { accept, atLink, type Refused, refuse, type Verdict } from '../refusal.ts'
import { joinAgent, joinDerived, joinPrincipals } from './joining-rules.ts'
import { joinOwnerStatus, joinStatus } from './joining-status.ts'

/**
 * Puts credentials together to a chain, root first: step 3 of docs/spec/07-verifying.md, with the joining rules of
 * docs/spec/02-chain.md and the lease rules of docs/spec/05-status.md. Pure; checks no signature.
 *
 * A chain may end without status where docs/spec/05-status.md allows it; the caller, who knows the action, asks
 * `endsWithoutStatus`.
 *
 * @returns The chain, or the first failure from the root with its link: `chain_broken`, `depth_exceeded`,
 * `status_missing`, `status_invalid`; `limit_exceeded`, without a link, beyond {@link MAX_CHAIN_LINKS}.
 */
export function joinChain(links: readonly ParsedLink[]): Verdict<ParsedChain> {
  if (links.length > MAX_CHAIN_LINKS) return refuse('limit_exceeded', { dimension: 'links' })
  const [root, ...others] = links
  if (root === undefined || !isOwnerLink(root)) return refuse('chain_broken', { link: 0, dimension: 'type' })
  const refused = joinOwnerStatus(root)
  return refused === undefined ? joinOthers(root, others) : atLink(refused, 0)
}

function joinOthers(root: ParsedLink<OwnerCredential>, others: readonly ParsedLink[]): Verdict<ParsedChain> {
  const chain: [ParsedLink<OwnerCredential>, ...ParsedLink<DelegationCredential>[]] = [root]
  for (const link of others) {
    const position = chain.length
    if (!isDelegationLink(link)) return refuse('chain_broken', { link: position, dimension: 'type' })
    const refused = joinLink(chain, link, position === others.length)
    if (refused !== undefined) return atLink(refused, position)
    chain.push(link)
  }
  return accept(chain)
}

function joinLink(
  chain: ParsedChain,
  link: ParsedLink<DelegationCredential>,
  isLast: boolean,
): Refused | undefined {
  return (
    joinPrincipals(chain, link) ??
    (chain.length === 1 ? joinAgent(chain, link) : joinDerived(chain, link)) ??
    joinStatus(chain, link, isLast)
  )
}

function isOwnerLink(link: ParsedLink): link is ParsedLink<OwnerCredential> {
  return link.credential.type === 'OwnerCredential'
}

function isDelegationLink(link: ParsedLink): link is ParsedLink<DelegationCredential> {
  return link.credential.type === 'DelegationCredential'
}
