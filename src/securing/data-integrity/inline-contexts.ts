import {
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
  MAX_JSON_DEPTH,
  member,
} from '../../core/json.ts'
import { accept, type Refused, refuse, type Verdict } from '../../refusal.ts'
import { countDefinitions, isHarmlessContext, MAX_INLINE_DEFINITIONS } from './further-contexts.ts'

/**
 * Most members and items of a document that is canonicalized as RDF: half a second of work at the very worst. No
 * credential of a chain has more, as it has 16 KiB.
 */
export const MAX_RDF_VALUES = 2048

/** Most contexts in all the `@context` of a document, of which each costs milliseconds: a presentation of 8 with 2 each. */
export const MAX_RDF_CONTEXTS = 24

/** Keywords of JSON-LD that VCDM 2.0 §11.1 uses for texts with a language. `@context` is read by itself. */
const ALLOWED_KEYWORDS: ReadonlySet<string> = new Set(['@value', '@language', '@direction'])

/**
 * Names that are no terms: keywords, which begin with `@`, and addresses, whole or abbreviated, which have a colon. A
 * member under its address is the same in RDF, and another in JSON.
 */
const NO_TERM = /^@|:/

/**
 * Puts the content of contexts in the place of their addresses, so that canonicalization has nothing to load.
 *
 * Refused is what would let JSON say one thing and its RDF another (docs/spec/02-chain.md "Closed JSON"): contexts
 * that are not known, or written inline without leave; keywords that move members elsewhere, `@included` and its kin;
 * members under an address instead of a term; one node in two pieces.
 *
 * @param allowInline Whether contexts may be written inline, as far as {@link isHarmlessContext} lets them.
 * @returns `unsupported` for another context, `malformed` for what could say two things, `limit_exceeded` for a
 * document of more than {@link MAX_RDF_VALUES} values or {@link MAX_RDF_CONTEXTS} contexts, or deeper than strict JSON
 * may be.
 */
export function inlineContexts(
  document: JsonObject,
  contexts: ReadonlyMap<string, Json>,
  allowInline = false,
): Verdict<JsonObject> {
  const inliner = new Inliner(contexts, allowInline, member(document, 'id'))
  const inlined = inliner.object(document, 0)
  return inliner.refused ?? accept(inlined)
}

/** The first failure is sticky; values returned after it mean nothing. */
class Inliner {
  refused: Refused | undefined
  readonly #contexts: ReadonlyMap<string, Json>
  readonly #allowInline: boolean
  readonly #rootId: Json | undefined
  #values = 0
  #found = 0
  #definitions = 0

  constructor(contexts: ReadonlyMap<string, Json>, allowInline: boolean, rootId: Json | undefined) {
    this.#contexts = contexts
    this.#allowInline = allowInline
    this.#rootId = rootId
  }

  object(object: JsonObject, depth: number): JsonObject {
    const copy: Record<string, Json> = Object.create(null)
    if (depth > 0 && this.#isRest(object)) this.#fail(refuse('malformed', { dimension: 'document' }))
    for (const [name, value] of Object.entries(object)) {
      if (this.#isExhausted(depth)) break
      if (name === '@context') copy[name] = this.#context(value)
      else if (NO_TERM.test(name) && !ALLOWED_KEYWORDS.has(name))
        this.#fail(refuse('malformed', { dimension: 'document' }))
      else copy[name] = this.#value(value, depth + 1)
    }
    return copy
  }

  /** Whether an object says more of the document itself: its status or end could stand there, and not be read. */
  #isRest(object: JsonObject): boolean {
    return this.#rootId !== undefined && object.id === this.#rootId && Object.keys(object).length > 1
  }

  #value(value: Json, depth: number): Json {
    if (isJsonObject(value)) return this.object(value, depth)
    if (!isJsonArray(value)) return value
    if (namesTwice(value)) this.#fail(refuse('malformed', { dimension: 'document' }))
    return this.#isExhausted(depth) ? [] : value.map((item) => this.#item(item, depth + 1))
  }

  #item(item: Json, depth: number): Json {
    return this.#isExhausted(depth) ? null : this.#value(item, depth)
  }

  #context(value: Json): Json {
    return isJsonArray(value) ? value.map((one) => this.#known(one)) : this.#known(value)
  }

  #known(address: Json): Json {
    if (++this.#found > MAX_RDF_CONTEXTS) this.#fail(refuse('limit_exceeded', { dimension: '@context' }))
    if (this.#allowInline && isJsonObject(address)) return this.#inline(address)
    const known = typeof address === 'string' ? this.#contexts.get(address) : undefined
    if (known === undefined) this.#fail(refuse('unsupported', { dimension: '@context' }))
    return known ?? null
  }

  #inline(context: JsonObject): Json {
    this.#definitions += countDefinitions(context)
    if (this.#definitions > MAX_INLINE_DEFINITIONS) {
      this.#fail(refuse('limit_exceeded', { dimension: '@context' }))
    }
    if (!isHarmlessContext(context)) this.#fail(refuse('malformed', { dimension: '@context' }))
    return context
  }

  /** Counts a value; true when the document is too large to go on. */
  #isExhausted(depth: number): boolean {
    this.#values++
    if (this.#values > MAX_RDF_VALUES || depth > MAX_JSON_DEPTH) {
      this.#fail(refuse('limit_exceeded', { dimension: 'document' }))
    }
    return this.refused !== undefined
  }

  #fail(refused: Refused): void {
    this.refused ??= refused
  }
}

/** Whether a list has two nodes with one id: RDF takes them for one node, and a reader of JSON for two. */
function namesTwice(items: readonly Json[]): boolean {
  const ids = items.flatMap((item) => (isJsonObject(item) ? (member(item, 'id') ?? []) : []))
  return new Set(ids).size !== ids.length
}
