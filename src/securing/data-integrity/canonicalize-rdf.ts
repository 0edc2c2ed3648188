import jsonld from 'jsonld'
import type { JsonObject } from '../../core/json.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import { CONTEXTS } from './contexts.ts'
import type { FurtherContexts } from './further-contexts.ts'
import { inlineContexts } from './inline-contexts.ts'

/**
 * How often blank nodes that look alike may be compared in depth: once for each. Honest documents need no more;
 * graphs made to be hard need a time that grows with the factorial (RDF-CANON §7.1).
 */
const MAX_WORK_FACTOR = 1

/**
 * The canonical N-Quads (RDFC-1.0) of a JSON-LD document. Never rejects; loads nothing. A member that no context
 * defines refuses the document: it would be dropped, and so not be signed.
 *
 * Costs some milliseconds for a credential, and never more than its size allows.
 *
 * @param further Contexts beside {@link CONTEXTS}. Default none.
 * @returns What {@link inlineContexts} refuses; `malformed` for what JSON-LD cannot express or would drop, and for
 * graphs that are too hard to canonicalize.
 */
export async function canonicalizeRdf(
  document: JsonObject,
  further: FurtherContexts = { byAddress: new Map() },
): Promise<Verdict<string>> {
  const known = new Map([...further.byAddress, ...CONTEXTS])
  const inlined = inlineContexts(document, known, further.allowInline)
  if (!inlined.verified) return inlined
  try {
    const quads = await jsonld.canonize(inlined.value, {
      base: null,
      safe: true,
      rdfDirection: 'i18n-datatype',
      documentLoader: loadNothing,
      canonizeOptions: { algorithm: 'RDFC-1.0', maxWorkFactor: MAX_WORK_FACTOR },
    })
    return quads === '' ? refuse('malformed', { dimension: 'document' }) : accept(quads)
  } catch {
    return refuse('malformed', { dimension: 'document' })
  }
}

/** A context that names another: none of ours does. */
async function loadNothing(): Promise<never> {
  throw new Error('contexts are never loaded')
}
