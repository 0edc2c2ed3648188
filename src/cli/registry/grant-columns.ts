import type { Json } from '../../core/json.ts'
import { readDocument } from '../../model/member-reader.ts'
import { readEntitlements } from '../../model/parse-grant.ts'
import { shortList } from '../terminal/text.ts'

/** Widest of the two columns, in characters. */
const MAX_COLUMN_CHARS = 36

/** Headings of {@link grantColumns}. */
export const GRANT_HEADER = ['ACTIONS', 'LOCATIONS'] as const

/**
 * By what rows of grants can be told apart: actions and places of all entries, shortened. `show` has the whole.
 *
 * @param details `authorizationDetails` or `entitlements` of an item. Absent: it passes on what its owner may pass on.
 */
export function grantColumns(details: Json | undefined): readonly [actions: string, locations: string] {
  if (details === undefined) return ['inherited', '']
  const grants = readDocument({ authorizationDetails: details }, readEntitlements)
  if (!grants.verified) return ['unreadable', '']
  const actions = grants.value.flatMap((grant) => grant.actions)
  const locations = grants.value.flatMap((grant) => grant.locations.map(({ origin, path }) => origin + path))
  return [columnOf(actions), columnOf(locations)]
}

function columnOf(values: readonly string[]): string {
  return shortList([...new Set(values)], MAX_COLUMN_CHARS)
}
