import jsonld from 'jsonld'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { CONTEXTS } from '../../src/securing/data-integrity/contexts.ts'

/** The canonical RDF as a processor without our rules makes it. */
export function rdfOf({ proof: _, ...document }: JsonObject): Promise<string> {
  const contexts = (document['@context'] as Json[]).map((one) => CONTEXTS.get(String(one)) ?? one)
  return jsonld.canonize(
    { ...document, '@context': contexts },
    {
      base: null,
      safe: true,
      rdfDirection: 'i18n-datatype',
      documentLoader: async () => Promise.reject(new Error('nothing is loaded')),
      canonizeOptions: { algorithm: 'RDFC-1.0', maxWorkFactor: 1 },
    },
  )
}
