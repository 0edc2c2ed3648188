import type { AccessRequest } from '../model/access-request.ts'
import { grantsOf, type ParsedChain } from '../model/chain.ts'
import { type Charge, chargeOf } from '../model/constraints/charge.ts'
import { allowing } from './authorize.ts'

/** What one link takes for a request: one of several lists of charges, each by an entry that allows the request. */
export interface LinkCharges {
  readonly link: number
  /** As the credential ends, so do its limits without a period. Milliseconds since 1970. */
  readonly validUntil: number
  /** In the order of the entries; none of them empty. */
  readonly alternatives: readonly (readonly Charge[])[]
}

/**
 * What a request that every link allows takes from the limits that they count (docs/spec/03-grants.md "Counted
 * limits"). A link with an entry that allows the request and counts nothing takes nothing, and is left out.
 */
export function chargesOf(chain: ParsedChain, request: AccessRequest): readonly LinkCharges[] {
  return chain.flatMap((link, i) => {
    const entries = allowing(grantsOf(chain, link), request)
    const alternatives = entries.map(({ constraints }) =>
      constraints.map((constraint) => chargeOf(constraint, request)).filter((charge) => charge !== undefined),
    )
    const takesNothing = alternatives.some((charges) => charges.length === 0)
    return takesNothing ? [] : [{ link: i, validUntil: link.credential.validUntil, alternatives }]
  })
}
