import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { readDocument } from '../../model/member-reader.ts'
import { readEntitlements } from '../../model/parse-grant.ts'
import { describeGrant } from '../chain/describe-grant.ts'
import { fields, printable } from '../terminal/text.ts'

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

function memberFields(name: string, value: Json): (readonly [string, string])[] {
  if (name !== 'authorizationDetails' && name !== 'entitlements') return [[name, printable(valueText(value))]]
  const grants = readDocument({ authorizationDetails: value }, readEntitlements)
  if (!grants.verified) return [[name, printable(valueText(value))]]
  return grants.value.map((grant, i) => [i === 0 ? 'grants' : '', printable(describeGrant(grant))])
}

function valueText(value: Json): string {
  if (isJsonArray(value) && value.every((item) => !isJsonObject(item))) return value.map(String).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** `active`, `suspended`, `expired` … of an owner, an agent, a delegation or a run. */
export function stateOf({ state, suspended, validUntil }: JsonObject, now: number): string {
  if (state !== 'active') return String(state ?? '')
  if (suspended === true) return 'suspended'
  return typeof validUntil === 'string' && Date.parse(validUntil) <= now ? 'expired' : 'active'
}
