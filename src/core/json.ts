/** What strict JSON can hold. Objects have a null prototype. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

/** Deepest nesting of arrays and objects; our deepest document has 8. */
export const MAX_JSON_DEPTH = 32

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** An own member of an object, or `undefined`. Never reads the prototype. */
export function member(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/**
 * Parses JSON (RFC 8259) strictly: duplicate member names, lone surrogates, numbers that a double cannot hold
 * exactly as an integer or finitely as a fraction, and nesting beyond {@link MAX_JSON_DEPTH} are refused.
 *
 * Never throws. Linear in the length of the text.
 *
 * @returns `undefined` when the text is not strict JSON.
 */
export function parseStrictJson(text: string): Json | undefined {
  if (!text.isWellFormed()) return undefined
  const parser = new Parser(text)
  const value = parser.value(0)
  parser.skipSpace()
  return parser.failed || !parser.atEnd() ? undefined : value
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 §7 forbids exactly these in a string
const PLAIN_STRING = /"[^"\\\u0000-\u001f]*"/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 §7 forbids exactly these in a string
const ANY_STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const SPACE = /[ \t\n\r]*/y
const LITERALS: ReadonlyMap<string, readonly [text: string, value: Json]> = new Map([
  ['t', ['true', true]],
  ['f', ['false', false]],
  ['n', ['null', null]],
])

/** Recursive descent with a depth limit. The first failure is sticky; values returned after it mean nothing. */
class Parser {
  failed = false
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  atEnd(): boolean {
    return this.#at === this.#text.length
  }

  skipSpace(): void {
    this.#match(SPACE)
  }

  value(depth: number): Json {
    this.skipSpace()
    const first = this.#text.charAt(this.#at)
    if (first === '"') return this.#string()
    if (first === '{') return this.#object(depth + 1)
    if (first === '[') return this.#array(depth + 1)
    const literal = LITERALS.get(first)
    return literal === undefined ? this.#number() : this.#literal(...literal)
  }

  #fail(): null {
    this.failed = true
    this.#at = this.#text.length
    return null
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #take(character: string): boolean {
    this.skipSpace()
    if (this.#text.charAt(this.#at) !== character) return false
    this.#at++
    return true
  }

  #literal(text: string, value: Json): Json {
    if (!this.#text.startsWith(text, this.#at)) return this.#fail()
    this.#at += text.length
    return value
  }

  #number(): Json {
    const text = this.#match(NUMBER)
    if (text === undefined) return this.#fail()
    const value = Number(text)
    const exact = /[.eE]/.test(text) ? Number.isFinite(value) : Number.isSafeInteger(value)
    return exact ? value : this.#fail()
  }

  #string(): string {
    const plain = this.#match(PLAIN_STRING)
    if (plain !== undefined) return plain.slice(1, -1)
    const escaped = this.#match(ANY_STRING)
    if (escaped === undefined) return this.#fail() ?? ''
    const text = JSON.parse(escaped) as string
    return text.isWellFormed() ? text : (this.#fail() ?? '')
  }

  #array(depth: number): Json {
    if (depth > MAX_JSON_DEPTH) return this.#fail()
    this.#at++
    const items: Json[] = []
    if (this.#take(']')) return items
    do {
      items.push(this.value(depth))
    } while (this.#take(','))
    return this.#take(']') ? items : this.#fail()
  }

  #object(depth: number): Json {
    if (depth > MAX_JSON_DEPTH) return this.#fail()
    this.#at++
    const members: Record<string, Json> = Object.create(null)
    if (this.#take('}')) return members
    do {
      this.skipSpace()
      if (this.#text.charAt(this.#at) !== '"') return this.#fail()
      const name = this.#string()
      if (this.failed || Object.hasOwn(members, name) || !this.#take(':')) return this.#fail()
      members[name] = this.value(depth)
    } while (this.#take(','))
    return this.#take('}') ? members : this.#fail()
  }
}
