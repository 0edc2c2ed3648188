import { encodeBase64 } from '../../core/base64.ts'

/**
 * The part of Structured Fields (RFC 8941, now RFC 9651) that a request signature needs. Fields are read in the one form
 * that a serializer writes (§4.1 of both): no spaces but those it writes, no duplicates. White space between the
 * members of a dictionary is free, because intermediaries join field lines.
 *
 * Nothing here throws; everything is linear in the length of the field.
 */

/** An inner list of Strings with parameters: one member of `Signature-Input` (RFC 9421 §4.1). */
export interface SignatureInput {
  /** As written, quotes and parameters included: `"@method"`, `"x-list";sf`. */
  readonly components: readonly string[]
  /** By key, as written: `created` → `1700000000`, `tag` → `"agent-delegation"`. */
  readonly parameters: ReadonlyMap<string, string>
  /** The whole member as written: the value of `@signature-params` (RFC 9421 §2.3). */
  readonly text: string
}

const KEY = /[a-z*][a-z0-9_.*-]*/y
const COMMA = /[ \t]*,[ \t]*/y
const STRING = /"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/y
const BYTES = /:(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?:/y
/** Every bare item of RFC 8941 §3.3, on which RFC 9421 is built: parameters of others have them. */
const BARE_ITEM = new RegExp(
  `${STRING.source}|${BYTES.source}|-?\\d{1,15}(?:\\.\\d{1,3})?|[A-Za-z*][\\w!#$%&'*+.^\`|~:/-]*|\\?[01]`,
  'y',
)

/** Reads `Signature-Input`: inner lists by label. */
export function parseSignatureInputs(field: string): ReadonlyMap<string, SignatureInput> | undefined {
  return new Reader(field).dictionary((reader) => reader.signatureInput())
}

/**
 * Reads a dictionary of byte sequences without parameters: `Signature`, `Content-Digest`.
 *
 * @returns base64 texts by key; `decodeBase64` tells whether they are canonical.
 */
export function parseByteSequences(field: string): ReadonlyMap<string, string> | undefined {
  return new Reader(field).dictionary((reader) => reader.match(BYTES)?.slice(1, -1))
}

/** A byte sequence item: `:…:`. */
export function formatByteSequence(bytes: Uint8Array): string {
  return `:${encodeBase64(bytes)}:`
}

/** The value of a String item without escapes, the only kind that our parameters have. */
export function stringValue(item: string | undefined): string | undefined {
  return item?.startsWith('"') && !item.includes('\\') ? item.slice(1, -1) : undefined
}

/** A cursor over a field; each method consumes what it returns, and returns `undefined` when that is not there. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  match(pattern: RegExp): string | undefined {
    const start = this.#at
    pattern.lastIndex = start
    if (!pattern.test(this.#text)) return undefined
    this.#at = pattern.lastIndex
    return this.#text.slice(start, this.#at)
  }

  dictionary<T>(readValue: (reader: Reader) => T | undefined): ReadonlyMap<string, T> | undefined {
    const members = new Map<string, T>()
    do {
      const key = this.match(KEY)
      if (key === undefined || members.has(key) || !this.#take('=')) return undefined
      const value = readValue(this)
      if (value === undefined) return undefined
      members.set(key, value)
    } while (this.match(COMMA) !== undefined)
    return this.#at === this.#text.length ? members : undefined
  }

  signatureInput(): SignatureInput | undefined {
    const start = this.#at
    const components = this.#take('(') ? this.#components() : undefined
    const parameters = components && this.#parameters()
    return parameters && { components, parameters, text: this.#text.slice(start, this.#at) }
  }

  #components(): readonly string[] | undefined {
    const components: string[] = []
    if (this.#take(')')) return components
    do {
      const start = this.#at
      if (this.match(STRING) === undefined || this.#parameters() === undefined) return undefined
      components.push(this.#text.slice(start, this.#at))
    } while (this.#take(' '))
    return this.#take(')') ? components : undefined
  }

  #parameters(): ReadonlyMap<string, string> | undefined {
    const parameters = new Map<string, string>()
    while (this.#take(';')) {
      const key = this.match(KEY)
      if (key === undefined || parameters.has(key)) return undefined
      const value = this.#take('=') ? this.match(BARE_ITEM) : '?1'
      if (value === undefined) return undefined
      parameters.set(key, value)
    }
    return parameters
  }

  #take(character: string): boolean {
    if (this.#text.charAt(this.#at) !== character) return false
    this.#at++
    return true
  }
}
