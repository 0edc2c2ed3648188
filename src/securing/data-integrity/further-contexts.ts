import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../../core/json.ts'

/** What a document may use beside the contexts of contexts/README.md. */
export interface FurtherContexts {
  /** What stands under `@context` at an address; never loaded. */
  readonly byAddress: ReadonlyMap<string, Json>
  /**
   * Whether a document may define terms itself, by an object in its `@context` (VCDM 2.0 §4.3). Default false, as for
   * every credential of a chain.
   */
  readonly allowInline?: boolean
}

/** Most definitions in the inline contexts of one document. */
export const MAX_INLINE_DEFINITIONS = 128

/**
 * What the data model, its proofs and chains are made of. A second name for one of these would let somebody rename, say,
 * `credentialStatus` under a signature that still holds, because canonical RDF does not have the names.
 */
const RESERVED = [
  'https://www.w3.org/2018/credentials#',
  'https://www.w3.org/ns/credentials/status#',
  'https://w3id.org/security#',
  'https://w3id.org/procura/',
  'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
]

/** Absolute, and not abbreviated by a prefix that is defined elsewhere. */
const ADDRESS = /^(?:https?:\/\/|urn:|did:)[^\s"<>\\^`{|}]+$/

/** Members of a context that concern all of it, and those of the definition of one term (JSON-LD 1.1 §9.15). */
const CONTEXT_KEYWORDS: ReadonlySet<string> = new Set(['@version', '@protected', '@language', '@direction'])
const TERM_KEYWORDS: ReadonlySet<string> = new Set(['@protected', '@language', '@direction'])

const CONTAINERS: readonly Json[] = ['@set', '@list', '@language']
const TYPE_KEYWORDS: readonly Json[] = ['@id', '@json', '@vocab', '@none']

/**
 * Tells whether an inline context does nothing but define terms of its own. Other names for keywords and for terms of
 * the data model, reverse and nested properties, prefixes and contexts at other addresses could make the JSON that is read
 * say something else than the RDF that is signed.
 */
export function isHarmlessContext(context: JsonObject): boolean {
  return Object.entries(context).every(([name, value]) => {
    if (name === '@context') return isHarmlessScope(value)
    if (name === '@vocab') return isOwnAddress(value)
    if (name.startsWith('@')) return CONTEXT_KEYWORDS.has(name)
    return !name.includes(':') && isHarmlessTerm(value)
  })
}

function isHarmlessScope(value: Json): boolean {
  const contexts = isJsonArray(value) ? value : [value]
  return contexts.every((context) => isJsonObject(context) && isHarmlessContext(context))
}

function isHarmlessTerm(definition: Json): boolean {
  if (!isJsonObject(definition)) return isOwnAddress(definition)
  return isOwnAddress(member(definition, '@id') ?? null) && Object.entries(definition).every(isHarmlessMember)
}

function isHarmlessMember([name, value]: [string, Json]): boolean {
  switch (name) {
    case '@id':
      return true
    case '@context':
      return isHarmlessScope(value)
    case '@type':
      return TYPE_KEYWORDS.includes(value) || (typeof value === 'string' && ADDRESS.test(value))
    case '@container':
      return CONTAINERS.includes(value)
    default:
      return TERM_KEYWORDS.has(name)
  }
}

/** An address that is none of the data model's, and that becomes none by what is put behind it. */
function isOwnAddress(value: Json): boolean {
  if (typeof value !== 'string' || !ADDRESS.test(value)) return false
  return !RESERVED.some((reserved) => value.startsWith(reserved) || reserved.startsWith(value))
}

/** How much there is in a context: its own definitions and those within them, each context of a list as one more. */
export function countDefinitions(value: Json): number {
  if (!isJsonObject(value) && !isJsonArray(value)) return 0
  return Object.values(value).reduce((sum: number, item) => sum + 1 + countDefinitions(item), 0)
}
