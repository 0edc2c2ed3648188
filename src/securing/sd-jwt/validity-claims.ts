/**
 * Members at the top that decide whether a document holds (RFC 9901 §9.7, VC-JOSE-COSE §3.2.1). They cannot be hidden:
 * leaving one out would be the holder's way around it.
 */
export const VALIDITY_CLAIMS = [
  'iss',
  'exp',
  'nbf',
  'cnf',
  'issuer',
  'validFrom',
  'validUntil',
  'credentialStatus',
  'credentialSchema',
] as const
