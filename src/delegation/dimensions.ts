import type { Constraint } from '../model/constraints/constraint.ts'
import { CONSTRAINT_KINDS } from '../model/constraints/kinds.ts'

/**
 * What a grant limits. A constraint is named by its kind; `supported` stands for an entry that would match but that
 * this implementation does not understand.
 */
export type Dimension = 'type' | 'actions' | 'locations' | 'identifiers' | Constraint['kind'] | 'supported'

/** In the order in which they are looked at. */
const ORDER: readonly string[] = [
  'type',
  'actions',
  'locations',
  'identifiers',
  ...CONSTRAINT_KINDS,
  'supported',
]

/**
 * Of two dimensions in which entries fell short, the one that is looked at later: that entry came closer, so it
 * explains the refusal better.
 */
export function furthest(a: Dimension, b: Dimension): Dimension {
  return ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a
}
