import { grantsOf, type ParsedChain } from '../model/chain.ts'
import { isCountedLimit } from '../model/constraints/counted-limit.ts'

/** Whether any entry of a chain has a counted limit. Without one no request takes anything. Costs no more than a look. */
export function hasCountedLimit(chain: ParsedChain): boolean {
  return chain.some((link) =>
    grantsOf(chain, link).some(({ constraints }) => constraints.some(isCountedLimit)),
  )
}
