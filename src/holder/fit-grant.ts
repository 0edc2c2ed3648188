import { attenuate } from '../delegation/attenuation.ts'
import { attenuatedGrants } from '../delegation/verify-chain.ts'
import type { Grant } from '../model/grant.ts'
import type { Refusal } from '../refusal.ts'
import type { GrantDetail } from './delegate-options.ts'
import { derivationError } from './derivation-error.ts'
import { readGivenGrants } from './derivation-terms.ts'
import type { HeldChain } from './held-chain.ts'

/**
 * What is left of a grant below a link that was narrowed: of each entry the locations and actions that the new link covers. Its
 * identifiers and constraints stay as they were asked for, so an entry that the new link limits further in them is lost.
 *
 * @throws {ProcuraError} `ERR_PROCURA_WIDER_THAN_PARENT`, naming the dimension, when nothing is left.
 */
export function fitGrant({ links }: HeldChain, asked: readonly GrantDetail[]): readonly GrantDetail[] {
  const above = attenuatedGrants(links)
  if (!above.verified) throw derivationError(above.refusal)
  const { value } = above
  if (value === 'inherit') return asked
  const fitting = asked.flatMap((entry) => fittingParts(value, entry))
  const [first] = asked
  const refusal = first && shortfall(value, first)
  if (fitting.length === 0 && refusal !== undefined) throw derivationError(refusal)
  return fitting
}

function fittingParts(above: readonly Grant[], entry: GrantDetail): readonly GrantDetail[] {
  const fits = (part: GrantDetail) => shortfall(above, part) === undefined
  if (fits(entry)) return [entry]
  return entry.locations.flatMap((location) => {
    const at = { ...entry, locations: [location] }
    const actions = entry.actions.filter((action) => fits({ ...at, actions: [action] }))
    const together = { ...at, actions }
    if (actions.length === 0 || fits(together)) return actions.length === 0 ? [] : [together]
    return actions.map((action) => ({ ...at, actions: [action] }))
  })
}

function shortfall(above: readonly Grant[], entry: GrantDetail): Refusal | undefined {
  const attenuated = attenuate(above, readGivenGrants(entry))
  return attenuated.verified ? undefined : attenuated.refusal
}
