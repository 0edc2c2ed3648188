import type { JsonObject } from '../core/json.ts'
import { type Refused, refuse } from '../refusal.ts'
import type { Version } from './context.ts'

/** Terms of a credential that the base context defines, by version. */
export const CREDENTIAL_TERMS: Readonly<Record<Version, readonly string[]>> = {
  '2.0': [
    '@context',
    'confidenceMethod',
    'credentialSchema',
    'credentialStatus',
    'credentialSubject',
    'description',
    'evidence',
    'id',
    'issuer',
    'name',
    'proof',
    'refreshService',
    'relatedResource',
    'renderMethod',
    'termsOfUse',
    'type',
    'validFrom',
    'validUntil',
  ],
  '1.1': [
    '@context',
    'credentialSchema',
    'credentialStatus',
    'credentialSubject',
    'evidence',
    'expirationDate',
    'id',
    'issuanceDate',
    'issuer',
    'proof',
    'refreshService',
    'termsOfUse',
    'type',
  ],
}

/** Terms of a presentation that the base context of VCDM 2.0 defines. */
export const PRESENTATION_TERMS: readonly string[] = [
  '@context',
  'holder',
  'id',
  'proof',
  'termsOfUse',
  'type',
  'verifiableCredential',
]

/**
 * Looks for a term at the top of a document that the base context does not define. It is the answer where no JSON-LD
 * processor can tell, because a context is not known here or nobody reads contexts at all (VCDM 2.0 §4.3, §5.2).
 *
 * @returns `malformed`, without the name of the term, which the sender chose.
 */
export function findUndefinedTerm(document: JsonObject, defined: readonly string[]): Refused | undefined {
  const isDefined = Object.keys(document).every((name) => defined.includes(name))
  return isDefined ? undefined : refuse('malformed', { dimension: 'undefined term' })
}
