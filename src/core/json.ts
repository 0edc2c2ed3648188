/** What strict JSON can hold. An object may inherit members that nobody wrote: only its own are to be read. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

/** Deepest nesting of arrays and objects; our deepest document has 8. */
export const MAX_JSON_DEPTH = 32

const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

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
 * Parses JSON (RFC 8259) strictly. Refused beyond what JSON.parse refuses, because two readers could disagree on
 * them: duplicate member names, lone surrogates, whole numbers beyond ±(2⁵³ − 1) however they are spelled, numbers
 * beyond the range of a double, and nesting beyond {@link MAX_JSON_DEPTH}. `__proto__` is a name like any other.
 *
 * Never throws. Linear in the length of the text; the caller bounds that length.
 *
 * @returns `undefined` when the text is not strict JSON.
 */
export function parseStrictJson(text: string): Json | undefined {
  if (!text.isWellFormed()) return undefined
  // JSON.parse of V8 13.6 (Node 24) reads a name that is one escaped character, "\u0061", as a backslash.
  return text.includes('\\') ? new Parser(text).document() : parsePlain(text)
}

/** Reads a text without a backslash by JSON.parse, whose objects are small and quick to read, if it is strict. */
function parsePlain(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text)
    return countNames(value, 0) === countWrittenNames(text) ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * How many members a value has at all its levels; NaN, which equals no count, when a number in it is not exact or it
 * is nested too deeply.
 */
function countNames(value: Json, depth: number): number {
  if (typeof value === 'number') return isExact(value) ? 0 : Number.NaN
  if (typeof value !== 'object' || value === null) return 0
  if (depth === MAX_JSON_DEPTH) return Number.NaN
  let count = 0
  if (isJsonArray(value)) {
    for (const item of value) count += countNames(item, depth + 1)
    return count
  }
  for (const name of Object.keys(value)) count += 1 + countNames(value[name] ?? null, depth + 1)
  return count
}

/**
 * How many member names a JSON text without escapes writes: its strings before a colon. JSON.parse keeps one member of
 * several with the same name, so a value that has as many as its text writes has lost none.
 */
function countWrittenNames(text: string): number {
  let names = 0
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    at = text.indexOf('"', at + 1)
    let next = text.charCodeAt(++at)
    while (next <= SPACE) next = text.charCodeAt(++at)
    if (next === COLON) names++
  }
  return names
}

/** Whether a number is the one that was written, or the double next to the fraction that was. */
function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/** Recursive descent with a depth limit. The first failure is sticky; values returned after it mean nothing. */
class Parser {
  readonly #text: string
  #at = 0
  #failed = false

  constructor(text: string) {
    this.#text = text
  }

  document(): Json | undefined {
    const value = this.#value(0)
    this.#skipSpace()
    return this.#failed || this.#at < this.#text.length ? undefined : value
  }

  #fail(): null {
    this.#failed = true
    this.#at = this.#text.length
    return null
  }

  #failString(): string {
    this.#fail()
    return ''
  }

  /** Moves to the next character that is not white space and returns its code; NaN at the end. */
  #skipSpace(): number {
    let code = this.#text.charCodeAt(this.#at)
    while (code === SPACE || code === LINE_FEED || code === CARRIAGE_RETURN || code === TAB) {
      code = this.#text.charCodeAt(++this.#at)
    }
    return code
  }

  #value(depth: number): Json {
    const first = this.#skipSpace()
    if (first === QUOTE) return this.#string()
    if (first === OPEN_BRACE) return this.#object(depth + 1)
    if (first === OPEN_BRACKET) return this.#array(depth + 1)
    if (this.#takeWord('true')) return true
    if (this.#takeWord('false')) return false
    return this.#takeWord('null') ? null : this.#number()
  }

  #takeWord(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false
    this.#at += word.length
    return true
  }

  #number(): Json {
    NUMBER.lastIndex = this.#at
    const text = NUMBER.exec(this.#text)?.[0]
    if (text === undefined) return this.#fail()
    this.#at += text.length
    const value = Number(text)
    return isExact(value) ? value : this.#fail()
  }

  /** A string without escapes is a slice of the text; escapes are left to JSON.parse. */
  #string(): string {
    const start = this.#at
    let escaped = false
    let end = start + 1
    for (let code = this.#text.charCodeAt(end); code !== QUOTE; code = this.#text.charCodeAt(++end)) {
      if (!(code >= SPACE)) return this.#failString()
      if (code === BACKSLASH) {
        escaped = true
        end++
      }
    }
    this.#at = end + 1
    return escaped ? this.#unescape(this.#text.slice(start, this.#at)) : this.#text.slice(start + 1, end)
  }

  #unescape(literal: string): string {
    try {
      const text: unknown = JSON.parse(literal)
      return typeof text === 'string' && text.isWellFormed() ? text : this.#failString()
    } catch {
      return this.#failString()
    }
  }

  #array(depth: number): Json {
    if (depth > MAX_JSON_DEPTH) return this.#fail()
    const items: Json[] = []
    this.#at++
    if (this.#skipSpace() === CLOSE_BRACKET) return this.#closed(items)
    for (;;) {
      items.push(this.#value(depth))
      const next = this.#skipSpace()
      if (next === CLOSE_BRACKET) return this.#closed(items)
      if (next !== COMMA) return this.#fail()
      this.#at++
    }
  }

  #object(depth: number): Json {
    if (depth > MAX_JSON_DEPTH) return this.#fail()
    const members: Record<string, Json> = Object.create(null)
    this.#at++
    if (this.#skipSpace() === CLOSE_BRACE) return this.#closed(members)
    for (;;) {
      if (this.#skipSpace() !== QUOTE) return this.#fail()
      const name = this.#string()
      if (Object.hasOwn(members, name) || this.#skipSpace() !== COLON) return this.#fail()
      this.#at++
      members[name] = this.#value(depth)
      const next = this.#skipSpace()
      if (next === CLOSE_BRACE) return this.#closed(members)
      if (next !== COMMA) return this.#fail()
      this.#at++
    }
  }

  #closed(value: Json): Json {
    this.#at++
    return value
  }
}
