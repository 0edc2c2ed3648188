import { CONSTRAINT_KINDS } from './constraints/kinds.ts'
import { type Grant, MAX_CONSTRAINTS, MAX_GRANTS, MAX_VALUES } from './grant.ts'
import { GRANT_TYPE } from './parse-grant.ts'

/** Members of documents in which entries of a grant stand. */
const PLACE = /^(?:authorizationDetails|entitlements)(?:\.|$)/

/**
 * What each member of a grant must be, for who writes one (docs/spec/03-grants.md): by the path at which reading refuses
 * it. The empty path is an entry itself.
 */
const RULES: ReadonlyMap<string, string> = new Map([
  [
    '',
    `must be a list of 1 to ${MAX_GRANTS} entries, each with type, locations and actions, perhaps identifiers and constraints (an owner's entitlement also inheritable), and nothing else`,
  ],
  ['type', `must be "${GRANT_TYPE}"`],
  [
    'locations',
    `must be 1 to ${MAX_VALUES} origins with their scheme, each with a path prefix or without, such as "https://mail.example/" or "http://127.0.0.1:8091/inbox/"; no query, no wildcard`,
  ],
  [
    'actions',
    `must be 1 to ${MAX_VALUES} dotted names of letters, digits, "-" and "_", such as "mail.read"; there is no wildcard, so name every action`,
  ],
  [
    'identifiers',
    `must be at most ${MAX_VALUES} texts of 1 to 256 characters, such as "inbox/support", or "inbox/" for all below it`,
  ],
  ['inheritable', 'must be true or false'],
  [
    'constraints',
    `must be a list of at most ${MAX_CONSTRAINTS} objects, each with the members of its kind and nothing else; no two counted limits of an entry have one id`,
  ],
  ['constraints.kind', `must be one of ${CONSTRAINT_KINDS.join(', ')}`],
  [
    'constraints.on',
    'must be the path of an argument of the request, such as "amount.value": 1 to 8 names joined by dots',
  ],
  ['constraints.min', 'must be a decimal in quotes, such as "10" or "9.95"'],
  [
    'constraints.max',
    'must be a decimal in quotes, such as "100" or "99.95" (of a count: a whole number of 1 or more, without quotes); a range has min, max or both, and max is not below min',
  ],
  [
    'constraints.currency',
    'must be three capital letters (ISO 4217), such as "EUR"; currency and currencyOn stand together or not at all',
  ],
  [
    'constraints.currencyOn',
    'must be the path of the argument that says the currency, such as "amount.currency"; currency and currencyOn stand together or not at all',
  ],
  [
    'constraints.values',
    `must be 1 to ${MAX_VALUES} values: of a one_of texts, whole numbers, true or false, of a cidr address blocks such as "203.0.113.0/24" with no bit set after the prefix`,
  ],
  ['constraints.days', 'must be numbers of weekdays, from 1 for Monday to 7 for Sunday, each once: [1,2,3]'],
  ['constraints.from', 'must be a time of day from "00:00" to "23:59"'],
  ['constraints.to', 'must be a time of day from "00:00" to "24:00", and another than from'],
  ['constraints.zone', 'must be the name of a time zone, such as "Europe/Berlin" or "UTC"'],
  ['constraints.id', 'must be 1 to 128 visible ASCII characters, such as "b1"'],
  [
    'constraints.per',
    'must be a number of one unit in ISO 8601, such as "PT15M", "PT1H", "P1D" or "P1W", and at most 366 days; months and years have no fixed length, so they are no unit; an owner\'s entitlement cannot leave it out',
  ],
])

/**
 * What the member of a grant must be that reading refused, as a sentence without its subject: `must be …`.
 *
 * @param dimension Of the refusal: `authorizationDetails.constraints.max`.
 * @returns `undefined` where it names no member of a grant.
 */
export function grantRule(dimension: string): string | undefined {
  return PLACE.test(dimension) ? RULES.get(memberOf(dimension)) : undefined
}

/**
 * Says which rule a grant breaks, to who wrote it.
 *
 * @param source What is said to be at fault: `the grant`, or the file that holds it.
 * @param dimension Of the refusal. Absent: the grant as a whole.
 */
export function describeGrantFault(source: string, dimension: string = 'authorizationDetails'): string {
  const member = memberOf(dimension)
  const rule = grantRule(dimension) ?? 'is not in the form of docs/spec/03-grants.md'
  return member === '' ? `${source} ${rule}` : `${source}: ${member} ${rule}`
}

/** Which member makes an entry grant nothing: a type or a kind of constraint that is not known. As a `dimension`. */
export function unsupportedMember(grants: readonly Grant[]): string | undefined {
  const grant = grants.find(({ supported }) => !supported)
  if (grant === undefined) return undefined
  return grant.type === GRANT_TYPE ? 'authorizationDetails.constraints.kind' : 'authorizationDetails.type'
}

function memberOf(dimension: string): string {
  return dimension.replace(PLACE, '')
}
