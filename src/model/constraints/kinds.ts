import type { AccessRequest } from '../access-request.ts'
import type { MemberReader } from '../member-reader.ts'
import { isToken } from '../text.ts'
import { BUDGET } from './budget.ts'
import { CIDR } from './cidr.ts'
import type { Constraint, ConstraintKind } from './constraint.ts'
import { COUNT } from './count.ts'
import { ONE_OF } from './one-of.ts'
import { RANGE } from './range.ts'
import { TIME } from './time.ts'

/** In the order in which they are compared: of two, a refusal names the later. A kind that is missing here does not compile. */
const BY_NAME: Readonly<Record<Constraint['kind'], ConstraintKind<Constraint>>> = {
  range: RANGE,
  one_of: ONE_OF,
  time: TIME,
  cidr: CIDR,
  count: COUNT,
  budget: BUDGET,
}

/** Every kind that this implementation knows; an entry with any other kind grants nothing. */
const KINDS: ReadonlyMap<string, ConstraintKind<Constraint>> = new Map(Object.entries(BY_NAME))

/** Names of all kinds. */
export const CONSTRAINT_KINDS: readonly string[] = [...KINDS.keys()]

/** Reads a constraint; `undefined` when its kind is unknown, and then its members are not judged. */
export function readConstraint(members: MemberReader): Constraint | undefined {
  const kind = KINDS.get(members.text('kind', isToken))
  if (kind === undefined) members.ignoreRest()
  return kind?.parse(members)
}

export function allowsRequest(constraint: Constraint, request: AccessRequest): boolean {
  return KINDS.get(constraint.kind)?.allows(constraint, request) ?? false
}

/** Until when a request that is allowed now goes on to be, in milliseconds since 1970, exclusive; maybe for longer. */
export function allowsRequestUntil(constraint: Constraint, request: AccessRequest): number {
  return KINDS.get(constraint.kind)?.allowsUntil(constraint, request) ?? request.now
}

/** Whether stating `child` restates `parent`: same kind, and the same argument for kinds that read one. */
export function concernsSame(parent: Constraint, child: Constraint): boolean {
  return parent.kind === child.kind && (KINDS.get(parent.kind)?.concernsSame(parent, child) ?? false)
}

/** Whether everything that `child` allows, `parent` allows too. Sound, not complete. */
export function subsumes(parent: Constraint, child: Constraint): boolean {
  return parent.kind === child.kind && (KINDS.get(parent.kind)?.subsumes(parent, child) ?? false)
}
