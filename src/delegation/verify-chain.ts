import type { AccessRequest } from '../model/access-request.ts'
import { grantsOf, type ParsedChain, type ParsedLink } from '../model/chain.ts'
import type { Grant } from '../model/grant.ts'
import { accept, atLink, refuse, type Verdict } from '../refusal.ts'
import { attenuate } from './attenuation.ts'
import { allowedUntil, authorize } from './authorize.ts'

/*
 * What a joined chain says at an instant and about a request: the pure parts of steps 4 and 5 of
 * docs/spec/07-verifying.md. Each answers with the first refusal from the root.
 */

/**
 * Checks that every link is in force.
 *
 * @param now Milliseconds since 1970.
 * @param skewMs How far the clocks of issuer and verifier may be apart; granted at both ends of a window.
 * @returns `not_yet_valid` or `expired`, with the link.
 */
export function checkValidity(chain: ParsedChain, now: number, skewMs: number): Verdict<void> {
  for (const [link, { credential }] of chain.entries()) {
    if (!(credential.validFrom <= now + skewMs)) return refuse('not_yet_valid', { link })
    if (!(now - skewMs < credential.validUntil)) return refuse('expired', { link })
  }
  return accept(undefined)
}

/**
 * Checks that no link from the second delegation on grants more than the one before. Between link 0 and link 1 the
 * intersection counts, and below a link 1 that inherits there is nothing to compare with: there evaluation binds.
 *
 * @returns `capability_escalated` with link and dimension.
 */
export function checkAttenuation(chain: ParsedChain): Verdict<void> {
  const granted = attenuatedGrants(chain)
  return granted.verified ? accept(undefined) : granted
}

/**
 * What a further link may grant at most: the grants of the last one with all limits that it inherits; `inherit` below a link 1
 * that says so.
 *
 * @returns As {@link checkAttenuation}.
 */
export function attenuatedGrants([, ...delegations]: ParsedChain): Verdict<readonly Grant[] | 'inherit'> {
  let granted: readonly Grant[] | 'inherit' = 'inherit'
  for (const [i, { credential }] of delegations.entries()) {
    const { authorizationDetails }: { authorizationDetails: readonly Grant[] | 'inherit' } =
      credential.subject
    if (granted === 'inherit' || authorizationDetails === 'inherit') {
      granted = authorizationDetails
      continue
    }
    const attenuated: Verdict<readonly Grant[]> = attenuate(granted, authorizationDetails)
    if (!attenuated.verified) return atLink(attenuated, i + 1)
    granted = attenuated.value
  }
  return accept(granted)
}

/**
 * Checks that every link allows a request (docs/spec/03-grants.md).
 *
 * @returns The entry of the last link that allows it (of link 0, if link 1 is the last and inherits), or
 * `not_authorized`, `constraint_violated` or `unsupported` with link and dimension.
 */
export function authorizeRequest(chain: ParsedChain, request: AccessRequest): Verdict<Grant> {
  let granted = authorizeLink(chain, chain[0], request)
  for (const [i, link] of chain.entries()) {
    if (i > 0) granted = authorizeLink(chain, link, request)
    if (!granted.verified) return atLink(granted, i)
  }
  return granted
}

/**
 * Until when every link goes on to allow a request that all allow now, in milliseconds since 1970, exclusive; maybe for
 * longer. Infinity where no grant that allows it reads the time.
 */
export function authorizedUntil(chain: ParsedChain, request: AccessRequest): number {
  return Math.min(...chain.map((link) => allowedUntil(grantsOf(chain, link), request)))
}

function authorizeLink(chain: ParsedChain, link: ParsedLink, request: AccessRequest): Verdict<Grant> {
  const granted = authorize(grantsOf(chain, link), request)
  const inherits = link.credential.subject.authorizationDetails === 'inherit'
  return granted.verified || !inherits ? granted : refuse('not_authorized', { dimension: 'inheritable' })
}
