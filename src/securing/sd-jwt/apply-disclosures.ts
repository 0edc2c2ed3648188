import {
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
  MAX_JSON_DEPTH,
  member,
} from '../../core/json.ts'
import { accept, type RefusalCode, type Refused, refuse, type Verdict } from '../../refusal.ts'
import type { Disclosure } from './sd-jwt.ts'

/** Holds the digests of an object's hidden members (RFC 9901 §4.2.4.1). */
const HIDDEN_MEMBERS = '_sd'
/** The one member of what stands for a hidden element of an array (RFC 9901 §4.2.4.2). */
const HIDDEN_ELEMENT = '...'
/** Names the hash function, at the top of the payload only (RFC 9901 §4.1.1). */
export const HASH_ALGORITHM = '_sd_alg'

/** Names that have a meaning of their own, so that no claim may bear them. */
export const RESERVED_NAMES: readonly string[] = [HIDDEN_MEMBERS, HIDDEN_ELEMENT, HASH_ALGORITHM]

/**
 * Puts disclosures into the payload that commits to them (RFC 9901 §7.1): what is disclosed takes the place of its
 * digest, also within what another disclosure reveals; what is not disclosed is left out.
 *
 * Refused is everything that two readers could see differently: a disclosure that no digest asks for, a digest that
 * stands twice, a disclosure of the wrong kind, a reserved name where it has no meaning, a claim over another.
 *
 * Linear in the size of payload and disclosures.
 *
 * @returns The payload without digests and `_sd_alg`. `malformed`; `unsupported` for a hash function that is not
 * SHA-256; `limit_exceeded` for disclosures within each other beyond the depth of JSON.
 */
export function applyDisclosures(
  payload: JsonObject,
  disclosures: readonly Disclosure[],
): Verdict<JsonObject> {
  const { [HASH_ALGORITHM]: algorithm = 'sha-256', ...claims } = payload
  if (algorithm !== 'sha-256') return refuse('unsupported', { dimension: HASH_ALGORITHM })
  const byDigest = new Map(disclosures.map((disclosure) => [disclosure.digest, disclosure]))
  if (byDigest.size !== disclosures.length) return refuse('malformed', { dimension: 'disclosures' })
  const application = new Application(byDigest)
  const applied = application.object(claims, 1)
  if (application.unused > 0) application.fail('malformed')
  return application.refused ?? accept(applied)
}

/** One walk over a payload. The first failure is kept; values returned after it mean nothing. */
class Application {
  readonly #disclosures: Map<string, Disclosure>
  readonly #seen = new Set<string>()
  refused: Refused | undefined

  constructor(disclosures: Map<string, Disclosure>) {
    this.#disclosures = disclosures
  }

  /** How many disclosures nothing has asked for yet. */
  get unused(): number {
    return this.#disclosures.size
  }

  fail(code: RefusalCode): undefined {
    this.refused ??= refuse(code, { dimension: 'disclosures' })
    return undefined
  }

  object(object: JsonObject, depth: number): JsonObject {
    const result: Record<string, Json> = Object.create(null)
    for (const [name, value] of Object.entries(object)) {
      if (!RESERVED_NAMES.includes(name)) result[name] = this.#value(value, depth)
      else if (name !== HIDDEN_MEMBERS) this.fail('malformed')
    }
    const digests = member(object, HIDDEN_MEMBERS)
    if (isJsonArray(digests)) for (const digest of digests) this.#addMember(result, digest, depth)
    else if (digests !== undefined) this.fail('malformed')
    return result
  }

  #addMember(object: Record<string, Json>, digest: Json, depth: number): void {
    const disclosure = this.#take(digest)
    if (disclosure === undefined) return
    const { name, value } = disclosure
    if (name === undefined || RESERVED_NAMES.includes(name) || Object.hasOwn(object, name)) {
      this.fail('malformed')
    } else {
      object[name] = this.#value(value, depth)
    }
  }

  #array(items: readonly Json[], depth: number): Json {
    const result: Json[] = []
    for (const item of items) {
      if (!isHiddenElement(item)) result.push(this.#value(item, depth))
      else this.#addElement(result, member(item, HIDDEN_ELEMENT), depth)
    }
    return result
  }

  #addElement(items: Json[], digest: Json | undefined, depth: number): void {
    const disclosure = this.#take(digest)
    if (disclosure === undefined) return
    if (disclosure.name !== undefined) this.fail('malformed')
    else items.push(this.#value(disclosure.value, depth))
  }

  #value(value: Json, depth: number): Json {
    if (!isJsonArray(value) && !isJsonObject(value)) return value
    if (depth === MAX_JSON_DEPTH) return this.fail('limit_exceeded') ?? null
    return isJsonArray(value) ? this.#array(value, depth + 1) : this.object(value, depth + 1)
  }

  /** The disclosure of a digest, which is asked for once; `undefined` for what was not disclosed. */
  #take(digest: Json | undefined): Disclosure | undefined {
    if (typeof digest !== 'string' || this.#seen.has(digest)) return this.fail('malformed')
    this.#seen.add(digest)
    const disclosure = this.#disclosures.get(digest)
    this.#disclosures.delete(digest)
    return disclosure
  }
}

/** `{ "...": digest }` and nothing else; with another member it is an object with a reserved name. */
export function isHiddenElement(item: Json): item is JsonObject {
  return isJsonObject(item) && Object.hasOwn(item, HIDDEN_ELEMENT) && Object.keys(item).length === 1
}
