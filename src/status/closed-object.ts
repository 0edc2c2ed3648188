import { type Json, type JsonObject, member } from '../core/json.ts'

/** True when `object` has every required member, and no member that is neither required nor optional. */
export function isClosed(
  object: JsonObject,
  required: readonly string[],
  optional: readonly string[] = [],
): boolean {
  const allowed = Object.keys(object).every((name) => required.includes(name) || optional.includes(name))
  return allowed && required.every((name) => Object.hasOwn(object, name))
}

export function stringMember(object: JsonObject, name: string): string | undefined {
  const value = member(object, name)
  return typeof value === 'string' ? value : undefined
}

/** A member that is a non-negative integer which a double holds exactly. */
export function naturalMember(object: JsonObject, name: string): number | undefined {
  const value = member(object, name)
  return isNatural(value) ? value : undefined
}

function isNatural(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** True for base64url of 32 bytes in canonical form: 43 characters, the last with two zero bits. */
export function isSha256(text: string | undefined): text is string {
  return text !== undefined && /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text)
}
