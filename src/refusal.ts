/**
 * Every way in which a presentation can be refused. Stable, public API (docs/spec/07-verifying.md).
 * The order of the list is not the order of checking.
 */
export const REFUSAL_CODES = [
  'malformed',
  'limit_exceeded',
  'unsupported',
  'untrusted_authority',
  'signature_invalid',
  'key_not_authorized',
  'chain_broken',
  'chain_required',
  'capability_escalated',
  'depth_exceeded',
  'not_authorized',
  'constraint_violated',
  'audience_mismatch',
  'tenant_mismatch',
  'environment_mismatch',
  'not_yet_valid',
  'expired',
  'revoked',
  'suspended',
  'status_missing',
  'status_unavailable',
  'status_stale',
  'status_invalid',
  'status_rollback',
  'holder_proof_invalid',
  'replayed',
  'replay_unavailable',
  'usage_exhausted',
  'usage_unavailable',
  'approval_required',
  'did_unresolvable',
] as const

/** One of {@link REFUSAL_CODES}. */
export type RefusalCode = (typeof REFUSAL_CODES)[number]

/**
 * Why a credential or presentation was refused: positions and names of rules, never content of the input.
 * The verifier adds what only it knows (see {@link PresentationRefusal} in verifier/verdict.ts).
 */
export interface Refusal {
  readonly code: RefusalCode
  /** Position in the chain, root (OwnerCredential) = 0. Absent when no single link is at fault. */
  readonly link?: number
  /**
   * Which member, rule or limit, for example `credentialSubject.maxDepth` or `actions`. Made only of names
   * that this code knows, so no attacker-chosen text can reach a log through it.
   */
  readonly dimension?: string
  /** For `revoked` and `suspended`: true when an ancestor of the presenter is at fault, not the presenter. */
  readonly inherited?: boolean
  /** For `usage_exhausted` of a limit with a period: seconds until its next window begins. */
  readonly retryAfterSeconds?: number
}

/** The answer of every step: a value on success, a refusal otherwise. There is no `value` to read on failure. */
export type Verdict<T> = { readonly verified: true; readonly value: T } | Refused

export interface Refused {
  readonly verified: false
  readonly refusal: Refusal
  /** The document that is at fault, where one is. For operators: it stands beside the refusal, which callers are told. */
  readonly fault?: DocumentFault
}

/** A document that could not be had, or not be believed. */
export interface DocumentFault {
  /** Of status or of a DID on the web: origin and path, which is all that such addresses have. */
  readonly url: string
  /** Why it could not be had. Absent when it could, and what it says is at fault. */
  readonly cause?: FetchCause
}

/**
 * Why a document could not be fetched, in a word: no answer in time, connection refused, a name without address, one
 * without a public address, a certificate that does not hold, no connection for any other reason; an answer with
 * another status than 200, of another media type, or too long.
 */
export type FetchCause =
  | 'timeout'
  | 'refused'
  | 'name_not_found'
  | 'private_address'
  | 'tls'
  | 'unreachable'
  | 'media_type'
  | 'size'
  | `http_${number}`

/** Makes a refusal. `facts` must not contain text from the input. */
export function refuse(code: RefusalCode, facts: Omit<Refusal, 'code'> = {}): Refused {
  return { verified: false, refusal: { code, ...facts } }
}

/** Makes a success. */
export function accept<T>(value: T): Verdict<T> {
  return { verified: true, value }
}

/** The same refusal, placed at a link of the chain. */
export function atLink(refused: Refused, link: number): Refused {
  return { verified: false, refusal: { ...refused.refusal, link } }
}
