import { isJsonArray, isJsonObject, type Json, type JsonObject, MAX_JSON_DEPTH } from '../../core/json.ts'
import { accept, type Refused, refuse, type Verdict } from '../../refusal.ts'

/**
 * Most members and items of a document that is canonicalized as RDF. Ours have less than 300; each costs some tens of
 * microseconds.
 */
export const MAX_RDF_VALUES = 4096

/** Keywords of JSON-LD that VCDM 2.0 §11.1 uses for texts with a language. `@context` is read by itself. */
const ALLOWED_KEYWORDS: ReadonlySet<string> = new Set(['@value', '@language', '@direction'])

/** JSON-LD takes for a keyword what looks like one. */
const KEYWORD = /^@[A-Za-z]+$/

/**
 * Puts the content of contexts in the place of their addresses, so that canonicalization has nothing to load.
 *
 * Refused is what would let JSON say one thing and its RDF another (docs/spec/02-chain.md "Closed JSON"): contexts
 * that are not known, or written inline; keywords that move members elsewhere, `@included` and its kin.
 *
 * @returns `unsupported` for another context, `malformed` for a keyword, `limit_exceeded` for a document of more than
 * {@link MAX_RDF_VALUES} values or deeper than strict JSON may be.
 */
export function inlineContexts(
  document: JsonObject,
  contexts: ReadonlyMap<string, Json>,
): Verdict<JsonObject> {
  const inliner = new Inliner(contexts)
  const inlined = inliner.object(document, 0)
  return inliner.refused ?? accept(inlined)
}

/** The first failure is sticky; values returned after it mean nothing. */
class Inliner {
  refused: Refused | undefined
  readonly #contexts: ReadonlyMap<string, Json>
  #values = 0

  constructor(contexts: ReadonlyMap<string, Json>) {
    this.#contexts = contexts
  }

  object(object: JsonObject, depth: number): JsonObject {
    const copy: Record<string, Json> = Object.create(null)
    for (const [name, value] of Object.entries(object)) {
      if (this.#isExhausted(depth)) break
      if (name === '@context') copy[name] = this.#context(value)
      else if (KEYWORD.test(name) && !ALLOWED_KEYWORDS.has(name))
        this.#fail(refuse('malformed', { dimension: '@' }))
      else copy[name] = this.#value(value, depth + 1)
    }
    return copy
  }

  #value(value: Json, depth: number): Json {
    if (isJsonObject(value)) return this.object(value, depth)
    if (!isJsonArray(value)) return value
    return this.#isExhausted(depth) ? [] : value.map((item) => this.#item(item, depth + 1))
  }

  #item(item: Json, depth: number): Json {
    return this.#isExhausted(depth) ? null : this.#value(item, depth)
  }

  #context(value: Json): Json {
    return isJsonArray(value) ? value.map((one) => this.#known(one)) : this.#known(value)
  }

  #known(address: Json): Json {
    const known = typeof address === 'string' ? this.#contexts.get(address) : undefined
    if (known === undefined) this.#fail(refuse('unsupported', { dimension: '@context' }))
    return known ?? null
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
