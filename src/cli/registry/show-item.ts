import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { readDocument } from '../../model/member-reader.ts'
import { readEntitlements } from '../../model/parse-grant.ts'
import { describeGrant } from '../chain/describe-grant.ts'
import { fields, printable } from '../terminal/text.ts'
import { timeText } from '../terminal/time.ts'

/** Members with tokens: they go into files, never onto a screen or into a log. */
const TOKEN_MEMBERS: ReadonlySet<string> = new Set(['chain', 'credential'])

/** An item of the registry without its tokens, for programs. */
export function withoutTokens(item: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !TOKEN_MEMBERS.has(name)))
}

/** An item of the registry for people: a line for each member, grants in words. */
export function itemLines(item: JsonObject): readonly string[] {
  return fields(Object.entries(withoutTokens(item)).flatMap(([name, value]) => memberFields(name, value)))
}

/** Members that are dates, and members that are grants. */
const TIMES: ReadonlySet<string> = new Set(['createdAt', 'validFrom', 'validUntil', 'refreshAt', 'keyDueAt'])
const GRANTS: ReadonlySet<string> = new Set(['authorizationDetails', 'entitlements'])

function memberFields(name: string, value: Json): (readonly [string, string])[] {
  if (!GRANTS.has(name)) {
    const text = valueText(value)
    return [[name, printable(TIMES.has(name) ? timeText(text) : text)]]
  }
  const grants = readDocument({ authorizationDetails: value }, readEntitlements)
  if (!grants.verified) return [['grants', 'not readable by this version; --json shows them']]
  return grants.value.map((grant, i) => [i === 0 ? 'grants' : '', printable(describeGrant(grant))])
}

/** Without the brackets and quotes of JSON: `1, 2, 3`, `list 2, index 81524`. */
function valueText(value: Json): string {
  if (isJsonArray(value)) return value.map(valueText).join(', ') || 'none'
  if (!isJsonObject(value)) return String(value)
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${valueText(inner)}`)
    .join(', ')
}

/** `active`, `suspended`, `expired`, `active, key due` … of an owner, an agent, a delegation or a run. */
export function stateOf({ state, suspended, validUntil, keyDueAt }: JsonObject, now: number): string {
  if (state !== 'active') return String(state ?? '')
  if (suspended === true) return 'suspended'
  if (isPast(validUntil, now)) return 'expired'
  return isPast(keyDueAt, now) ? 'active, key due' : 'active'
}

function isPast(time: Json | undefined, now: number): boolean {
  return typeof time === 'string' && Date.parse(time) <= now
}
