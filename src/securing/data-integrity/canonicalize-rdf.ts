import jsonld from 'jsonld'
import { encodeBase64url } from '../../core/base64url.ts'
import { systemRandom } from '../../core/clock.ts'
import type { Json, JsonObject } from '../../core/json.ts'
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
 * Where our contexts lie for the package, by their own address. It keeps what it has parsed under the address, in a cache
 * that everybody in the process shares; nobody else knows these, so nobody can have put something else there.
 */
const PLACE = `urn:procura:${encodeBase64url(systemRandom(16))}:`
const PLACES: ReadonlyMap<string, Json> = new Map([...CONTEXTS.keys()].map((url, i) => [url, `${PLACE}${i}`]))
const BY_PLACE: ReadonlyMap<string, Json> = new Map(
  [...CONTEXTS].map(([url, content]) => [String(PLACES.get(url)), content]),
)

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
  const known = new Map([...further.byAddress, ...PLACES])
  const inlined = inlineContexts(document, known, further.allowInline)
  if (!inlined.verified) return inlined
  try {
    const quads = await jsonld.canonize(inlined.value, {
      base: null,
      safe: true,
      rdfDirection: 'i18n-datatype',
      documentLoader: loadOurs,
      canonizeOptions: { algorithm: 'RDFC-1.0', maxWorkFactor: MAX_WORK_FACTOR },
    })
    return quads === '' ? refuse('malformed', { dimension: 'document' }) : accept(quads)
  } catch {
    return refuse('malformed', { dimension: 'document' })
  }
}

/** Nothing is fetched: a context that names another, as none of ours does, ends here. */
async function loadOurs(url: string) {
  const content = BY_PLACE.get(url)
  if (content === undefined) throw new Error('contexts are never loaded')
  return { contextUrl: null, documentUrl: url, document: { '@context': content }, tag: 'static' } as const
}
