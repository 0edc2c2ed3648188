import type { Constraint } from '../model/constraints/constraint.ts'
import { concernsSame, subsumes } from '../model/constraints/kinds.ts'
import type { Grant } from '../model/grant.ts'
import { coversIdentifier } from '../model/identifier.ts'
import { coversLocation } from '../model/location.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { type Dimension, furthest } from './dimensions.ts'

/**
 * Tells whether `child` asks for nothing that `parent` does not grant (docs/spec/03-grants.md "Attenuation").
 *
 * Each child entry needs one parent entry that covers its type, actions, locations and every dimension that it
 * states. A dimension that it does not state is inherited, so the result spells it out: handing the result on as
 * the next `parent` makes the relation transitive, and a grandchild cannot loosen what its parent left unsaid.
 * Where several parent entries cover a child entry, it inherits from the first.
 *
 * Entries that are not supported grant nothing, so they escalate nothing; what rests on one is not supported either.
 *
 * @returns The child's entries with the inherited limits, or `capability_escalated` with the dimension in which
 * the closest parent entry fell short.
 */
export function attenuate(parent: readonly Grant[], child: readonly Grant[]): Verdict<readonly Grant[]> {
  const effective: Grant[] = []
  for (const entry of child) {
    const attenuated = entry.supported ? attenuateEntry(parent, entry) : entry
    if (typeof attenuated === 'string') return refuse('capability_escalated', { dimension: attenuated })
    effective.push(attenuated)
  }
  return accept(effective)
}

function attenuateEntry(parent: readonly Grant[], child: Grant): Grant | Dimension {
  let shortfall: Dimension = 'type'
  let unsupported: Grant | undefined
  for (const entry of parent) {
    const dimension = uncovered(entry, child)
    if (dimension !== undefined) shortfall = furthest(shortfall, dimension)
    else if (entry.supported) return inherit(entry, child)
    else unsupported ??= { ...child, supported: false }
  }
  return unsupported ?? shortfall
}

/** The first dimension in which `parent` does not cover `child`. */
function uncovered(parent: Grant, child: Grant): Dimension | undefined {
  if (parent.type !== child.type) return 'type'
  if (!child.actions.every((action) => parent.actions.includes(action))) return 'actions'
  if (!child.locations.every((inner) => parent.locations.some((outer) => coversLocation(outer, inner))))
    return 'locations'
  if (!coversIdentifiers(parent.identifiers, child.identifiers)) return 'identifiers'
  return parent.constraints.find((limit) => isLoosened(limit, child.constraints))?.kind
}

function coversIdentifiers(
  parent: readonly string[] | undefined,
  child: readonly string[] | undefined,
): boolean {
  if (parent === undefined || child === undefined) return true
  return child.every((wanted) => parent.some((granted) => coversIdentifier(granted, wanted)))
}

/** Whether the child restates a limit of its parent, and nowhere as tightly. */
function isLoosened(limit: Constraint, stated: readonly Constraint[]): boolean {
  const restated = stated.filter((constraint) => concernsSame(limit, constraint))
  return restated.length > 0 && !restated.some((constraint) => subsumes(limit, constraint))
}

function inherit(parent: Grant, child: Grant): Grant {
  const isStated = (limit: Constraint) => child.constraints.some((stated) => concernsSame(limit, stated))
  const inherited = parent.constraints.filter((limit) => !isStated(limit))
  const identifiers = child.identifiers === undefined ? parent.identifiers : undefined
  if (inherited.length === 0 && identifiers === undefined) return child
  const constraints = [...child.constraints, ...inherited]
  return { ...child, constraints, ...(identifiers !== undefined && { identifiers }) }
}
