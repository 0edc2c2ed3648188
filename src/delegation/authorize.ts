import type { AccessRequest } from '../model/access-request.ts'
import { allowsRequest, allowsRequestUntil } from '../model/constraints/kinds.ts'
import type { Grant } from '../model/grant.ts'
import { coversIdentifier } from '../model/identifier.ts'
import { isAtLocation } from '../model/location.ts'
import { accept, type Refused, refuse, type Verdict } from '../refusal.ts'
import { type Dimension, furthest } from './dimensions.ts'

/**
 * Looks for one entry that alone allows all of a request (docs/spec/03-grants.md).
 *
 * @returns That entry; else `not_authorized`, `constraint_violated` (dimension = kind) or `unsupported`, for the
 * entry that came closest.
 */
export function authorize(grants: readonly Grant[], request: AccessRequest): Verdict<Grant> {
  let closest: Dimension = 'actions'
  for (const grant of grants) {
    const obstacle = obstacleOf(grant, request)
    if (obstacle === undefined) return accept(grant)
    closest = furthest(closest, obstacle)
  }
  return refusalOf(closest)
}

/** Every entry that alone allows all of a request, in the order in which they are written. */
export function allowing(grants: readonly Grant[], request: AccessRequest): readonly Grant[] {
  return grants.filter((grant) => obstacleOf(grant, request) === undefined)
}

/**
 * Until when some entry goes on to allow a request that one allows now, in milliseconds since 1970, exclusive; maybe for
 * longer. Which one allows it matters only where entries end: most do not.
 */
export function allowedUntil(grants: readonly Grant[], request: AccessRequest): number {
  const ends = grants.map(({ constraints }) => endOf(constraints, request))
  if (!ends.some(Number.isFinite)) return Number.POSITIVE_INFINITY
  const allowing = grants.flatMap((grant, i) =>
    obstacleOf(grant, request) === undefined ? (ends[i] ?? []) : [],
  )
  return Math.max(request.now, ...allowing)
}

function endOf(constraints: Grant['constraints'], request: AccessRequest): number {
  let end = Number.POSITIVE_INFINITY
  for (const constraint of constraints) end = Math.min(end, allowsRequestUntil(constraint, request))
  return end
}

/** What stands between an entry and a request; `undefined` when the entry allows it. */
function obstacleOf(grant: Grant, request: AccessRequest): Dimension | undefined {
  if (!grant.actions.includes(request.action)) return 'actions'
  if (!isLocated(grant, request)) return 'locations'
  if (!isIdentified(grant, request)) return 'identifiers'
  for (const constraint of grant.constraints) {
    if (!allowsRequest(constraint, request)) return constraint.kind
  }
  return grant.supported ? undefined : 'supported'
}

function isLocated({ locations }: Grant, { origin, path }: AccessRequest): boolean {
  return locations.some((location) => isAtLocation(location, origin, path))
}

/** A grant that names identifiers allows no request that names none, or what is no text: a query may hold a list. */
function isIdentified({ identifiers }: Grant, { identifier }: AccessRequest): boolean {
  if (identifiers === undefined) return true
  return (
    typeof identifier === 'string' && identifiers.some((granted) => coversIdentifier(granted, identifier))
  )
}

function refusalOf(dimension: Dimension): Refused {
  switch (dimension) {
    case 'type':
    case 'actions':
    case 'locations':
    case 'identifiers':
      return refuse('not_authorized', { dimension })
    case 'supported':
      return refuse('unsupported', { dimension: 'authorizationDetails' })
    default:
      return refuse('constraint_violated', { dimension })
  }
}
