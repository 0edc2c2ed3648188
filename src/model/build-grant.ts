import type { JsonObject } from '../core/json.ts'
import { ProcuraError } from '../errors.ts'
import { buildConstraint } from './constraints/build-constraint.ts'
import type { Grant } from './grant.ts'

/**
 * The JSON form of one entry of `authorizationDetails`, members in a fixed order.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for an entry with `supported: false`: what was not
 * understood when reading cannot be written again.
 */
export function buildGrant(grant: Grant): JsonObject {
  if (!grant.supported)
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      'a grant of an unknown type or kind cannot be written',
    )
  return {
    type: grant.type,
    locations: grant.locations.map(({ origin, path }) => origin + path),
    actions: grant.actions,
    ...(grant.identifiers !== undefined && { identifiers: grant.identifiers }),
    ...(grant.constraints.length > 0 && { constraints: grant.constraints.map(buildConstraint) }),
    ...(!grant.inheritable && { inheritable: false }),
  }
}
