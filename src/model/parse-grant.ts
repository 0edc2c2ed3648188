import { isJsonArray, type Json } from '../core/json.ts'
import type { Constraint } from './constraints/constraint.ts'
import { isCountedLimit } from './constraints/counted-limit.ts'
import { readConstraint } from './constraints/kinds.ts'
import { type Grant, MAX_CONSTRAINTS, MAX_GRANTS, MAX_VALUES } from './grant.ts'
import { parseIdentifier } from './identifier.ts'
import { parseLocation } from './location.ts'
import type { ListSize, MemberReader } from './member-reader.ts'
import { isToken } from './text.ts'

/** The only rule set of docs/spec/03-grants.md. */
export const GRANT_TYPE = 'api'

/** Exact dotted name: `mail.read`. No wildcard. */
const ACTION = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/
const MAX_ACTION_CHARS = 128

const LISTED: ListSize = { min: 0, max: MAX_GRANTS }
const VALUES: ListSize = { min: 0, max: MAX_VALUES }
const SOME_VALUES: ListSize = { max: MAX_VALUES }

/** Reads the name of an action. */
export function parseAction(json: Json): string | undefined {
  return typeof json === 'string' && json.length <= MAX_ACTION_CHARS && ACTION.test(json) ? json : undefined
}

/** Reads `authorizationDetails` of an OwnerCredential, whose entries may say `inheritable`. */
export function readEntitlements(members: MemberReader): readonly Grant[] {
  return members.objects('authorizationDetails', LISTED, readEntitlement)
}

/** Reads `authorizationDetails` of a DelegationCredential. An empty list grants nothing. */
export function readGrants(members: MemberReader): readonly Grant[] {
  return members.objects('authorizationDetails', LISTED, readGrant)
}

/** The same where `"inherit": true` may stand instead; both together are refused as an unread member. */
export function readGrantsOrInherit(members: MemberReader): readonly Grant[] | 'inherit' {
  if (!members.has('inherit')) return readGrants(members)
  if (!members.flag('inherit')) members.fail('inherit')
  return 'inherit'
}

function readEntitlement(entry: MemberReader): Grant {
  const granted = readGrant(entry)
  return entry.flag('inheritable', true) ? granted : { ...granted, inheritable: false }
}

function readGrant(entry: MemberReader): Grant {
  const type = entry.text('type', isToken)
  return type === GRANT_TYPE ? readApiGrant(entry) : readUnknownGrant(entry, type)
}

function readApiGrant(entry: MemberReader): Grant {
  const locations = entry.list('locations', SOME_VALUES, parseLocation)
  const actions = entry.list('actions', SOME_VALUES, parseAction)
  const isLimited = entry.has('identifiers')
  const identifiers = isLimited ? entry.list('identifiers', VALUES, parseIdentifier) : []
  const read = readConstraints(entry)
  const constraints = read.filter((constraint) => constraint !== undefined)
  const supported = constraints.length === read.length
  const grant = { type: GRANT_TYPE, supported, inheritable: true, locations, actions, constraints }
  return isLimited ? { ...grant, identifiers } : grant
}

/** An entry states a counted limit once: of two with one id, nobody could say which is meant. */
function readConstraints(entry: MemberReader): readonly (Constraint | undefined)[] {
  if (!entry.has('constraints')) return []
  const constraints = entry.objects('constraints', { min: 0, max: MAX_CONSTRAINTS }, readConstraint)
  const ids = constraints.flatMap((one) => (one !== undefined && isCountedLimit(one) ? one.id : []))
  if (new Set(ids).size !== ids.length) entry.fail('constraints')
  return constraints
}

/**
 * An entry of a type that this implementation does not know grants nothing. Locations and actions are read where
 * they look like ours, only so that a refusal can say that this entry was relied upon.
 */
function readUnknownGrant(entry: MemberReader, type: string): Grant {
  entry.ignoreRest()
  const locations = peekList(entry, 'locations', parseLocation)
  const actions = peekList(entry, 'actions', parseAction)
  return { type, supported: false, inheritable: true, locations, actions, constraints: [] }
}

function peekList<T>(entry: MemberReader, name: string, parse: (json: Json) => T | undefined): readonly T[] {
  const items = entry.peek(name)
  if (!isJsonArray(items) || items.length > MAX_VALUES) return []
  return items.map(parse).filter((value) => value !== undefined)
}
