import type * as vc from '@digitalbazaar/vc'
import { CONTEXTS } from '../../src/securing/data-integrity/contexts.ts'

/** A loader for @digitalbazaar/vc that knows contexts, the documents and keys of did:key, and what a test adds. */
export function closedLoader(documents: Readonly<Record<string, object>> = {}): vc.DocumentLoader {
  return async (url) => {
    const context = CONTEXTS.get(url)
    const document = documents[url] ?? (context === undefined ? didKey(url) : { '@context': context })
    return { contextUrl: null, document: structuredClone(document), documentUrl: url }
  }
}

function didKey(url: string): object {
  const [did = '', fragment] = url.split('#')
  if (!did.startsWith('did:key:')) throw new Error(`nothing is loaded from ${url}`)
  const publicKeyMultibase = did.slice('did:key:'.length)
  const id = `${did}#${publicKeyMultibase}`
  const key = {
    '@context': 'https://w3id.org/security/multikey/v1',
    id,
    type: 'Multikey',
    controller: did,
    publicKeyMultibase,
  }
  if (fragment !== undefined) return key
  return {
    '@context': ['https://www.w3.org/ns/did/v1'],
    id: did,
    assertionMethod: [id],
    authentication: [id],
  }
}
