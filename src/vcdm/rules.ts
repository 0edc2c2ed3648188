import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../core/json.ts'
import { type Refused, refuse } from '../refusal.ts'

/** Tells whether a value has the form that the recommendation asks for. Never throws. */
export type Rule = (value: Json) => boolean

/** What one member of an object must be. */
export interface MemberRule {
  readonly name: string
  readonly isRequired?: boolean
  readonly holds: Rule
}

/** Most objects of one property, such as `evidence` or `credentialSubject`. */
export const MAX_VALUES = 100

/** Longest URL, in characters. */
const MAX_URL_CHARS = 2048

/** An absolute URL: a scheme, and after it nothing that has to be escaped (WHATWG URL, RFC 3986 §3). */
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s"<>\\^`{|}]+$/

/** A single absolute URL (VCDM 2.0 §4.4). DIDs and URNs are URLs, too; nothing is dereferenced. */
export function isUrl(value: Json | undefined): value is string {
  if (typeof value !== 'string' || value.length > MAX_URL_CHARS) return false
  return ABSOLUTE.test(value) && URL.canParse(value)
}

/** One object of that form, or a list of at least one. */
export function oneOrMore(rule: (object: JsonObject) => boolean): Rule {
  return (value) => {
    const items = isJsonArray(value) ? value : [value]
    if (items.length === 0 || items.length > MAX_VALUES) return false
    return items.every((item) => isJsonObject(item) && rule(item))
  }
}

/** What stands beside `type` in an object: whether its `id` may be left out. */
export interface TypedOptions {
  readonly isIdRequired?: boolean
}

/** An object with a `type`, and an `id` that is a URL (VCDM 2.0 §4.4, §4.5). */
export function isTyped(object: JsonObject, { isIdRequired = false }: TypedOptions = {}): boolean {
  const id = member(object, 'id')
  const isIdentified = id === undefined ? !isIdRequired : isUrl(id)
  return isIdentified && isTypeList(member(object, 'type'))
}

/** One or more types; which terms the contexts define is for JSON-LD to say (VCDM 2.0 §4.5). */
function isTypeList(value: Json | undefined): boolean {
  return typesOf(value).length > 0
}

/** The types that a value lists, in any order; none when one of them cannot be a type. */
export function typesOf(value: Json | undefined): readonly string[] {
  const items = isJsonArray(value) ? value : [value]
  const types = items.filter(isTypeName)
  return types.length === items.length && types.length <= MAX_VALUES ? types : []
}

/** A term, or an absolute URL. */
function isTypeName(value: Json | undefined): value is string {
  if (typeof value !== 'string') return false
  return /^[^\s:@][^\s:]*$/.test(value) || isUrl(value)
}

/** A URL, or an object with a URL as its `id`, name and description (VCDM 2.0 §4.7, §4.13). */
export function isParty(value: Json): boolean {
  return idOf(value) !== undefined
}

/** The URL of an issuer, a holder or a subject, in either form. */
export function idOf(value: Json | undefined): string | undefined {
  const id = isJsonObject(value) ? member(value, 'id') : value
  return isUrl(id) ? id : undefined
}

/** @returns `malformed` naming the first member that breaks its rule; `undefined` when all hold. */
export function findBreach(object: JsonObject, rules: readonly MemberRule[]): Refused | undefined {
  const broken = rules.find(({ name, isRequired = false, holds }) => {
    const value = member(object, name)
    return value === undefined ? isRequired : !holds(value)
  })
  return broken === undefined ? undefined : refuse('malformed', { dimension: broken.name })
}
