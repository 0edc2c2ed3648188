import { encodeJcs } from '../../core/jcs.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../../core/json.ts'

/** A Subject Identifier (RFC 9493), simple or complex (SSF 1.0 §3.3). */
export type Subject = JsonObject

/** Largest subject that a receiver may name, in characters of its JSON. */
export const MAX_SUBJECT_CHARS = 2_048

const COMPLEX = 'complex'

export function didSubject(url: string): Subject {
  return { format: 'did', url }
}

/** What names a stream in events about itself. */
export function streamSubject(id: string): Subject {
  return { format: 'opaque', id }
}

/** @param members Whom and what it is about; what is not known is left out. */
export function complexSubject(members: Readonly<Record<string, Subject | undefined>>): Subject {
  const known = Object.entries(members).filter((entry): entry is [string, Subject] => entry[1] !== undefined)
  return { format: COMPLEX, ...Object.fromEntries(known) }
}

/** Whether it has the form of a subject; which formats there are is not looked at. */
export function isSubject(json: Json | undefined): json is Subject {
  if (!isJsonObject(json) || encodeJcs(json).length > MAX_SUBJECT_CHARS) return false
  if (member(json, 'format') !== COMPLEX) return isSimple(json)
  const members = Object.entries(json).filter(([name]) => name !== 'format')
  return members.length > 0 && members.every(([, value]) => isSimple(value))
}

function isSimple(json: Json | undefined): boolean {
  if (!isJsonObject(json)) return false
  const format = member(json, 'format')
  return typeof format === 'string' && format !== '' && format !== COMPLEX && Object.keys(json).length > 1
}

/**
 * SSF 1.0 §8.1.3.1: simple subjects match when they are identical, complex ones when every member that both have is.
 * A simple one and a complex one never do.
 */
export function matchesSubject(one: Subject, other: Subject): boolean {
  if (member(one, 'format') !== COMPLEX || member(other, 'format') !== COMPLEX) return isSame(one, other)
  return Object.entries(one).every(([name, value]) => {
    const counterpart = member(other, name)
    return counterpart === undefined || isSame(value, counterpart)
  })
}

/** Ends at the first difference: each entry of the trail is compared with all that streams leave out. */
export function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return one === other
  if (isJsonArray(one) !== isJsonArray(other)) return false
  const [members, others] = [Object.entries<Json>(one), new Map(Object.entries<Json>(other))]
  return members.length === others.size && members.every(([name, value]) => isSame(value, others.get(name)))
}
