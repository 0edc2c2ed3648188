import type { Json, JsonObject } from '../../core/json.ts'
import { type Refused, refuse } from '../../refusal.ts'
import type { FurtherContexts } from '../../securing/data-integrity/further-contexts.ts'
import { findUndefinedTerm } from '../../vcdm/terms.ts'

/** Contexts that the examples and test suites of the recommendations use. */
const EXAMPLES: ReadonlyMap<string, Json> = new Map([
  [
    'https://www.w3.org/ns/credentials/examples/v2',
    { '@vocab': 'https://www.w3.org/ns/credentials/examples#' },
  ],
])

/** What documents of any kind may use beside the contexts of contexts/README.md. */
export const FURTHER_CONTEXTS: FurtherContexts = { byAddress: EXAMPLES, allowInline: true }

/**
 * Looks for a term that no context of a document defines, with JSON-LD in safe mode. Where a context is not known, its
 * terms cannot be told from undefined ones: then the top of the document may have only those of `fallback`.
 *
 * @param document Without proofs and without documents that are looked at by themselves.
 * @param fallback `undefined` when every context must be known, because canonical RDF is what gets signed.
 */
export async function findUndefined(
  document: JsonObject,
  fallback: readonly string[] | undefined,
): Promise<Refused | undefined> {
  const { canonicalizeRdf } = await import('../../securing/data-integrity/canonicalize-rdf.ts')
  const quads = await canonicalizeRdf(document, FURTHER_CONTEXTS)
  if (quads.verified) return undefined
  if (quads.refusal.code !== 'unsupported') return quads
  return fallback === undefined
    ? refuse('unsupported', { dimension: '@context' })
    : findUndefinedTerm(document, fallback)
}
