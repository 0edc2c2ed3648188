import type { Refusal, RefusalCode } from '../../refusal.ts'

/** Where the recommendations define the problems of their algorithms. */
const VCDM = 'https://www.w3.org/TR/vc-data-model#'
const SECURITY = 'https://w3id.org/security#'
const STATUS = 'https://www.w3.org/ns/credentials/status-list#'
/** For what no recommendation names. */
const OURS = 'urn:procura:problem:'

export type ProblemName =
  | 'PARSING_ERROR'
  | 'CRYPTOGRAPHIC_SECURITY_ERROR'
  | 'MALFORMED_VALUE_ERROR'
  | 'RANGE_ERROR'
  | 'PROOF_GENERATION_ERROR'
  | 'PROOF_VERIFICATION_ERROR'
  | 'DATA_LOSS_DETECTION_ERROR'
  | 'INVALID_DOMAIN_ERROR'
  | 'INVALID_CHALLENGE_ERROR'
  | 'INVALID_VERIFICATION_METHOD'
  | 'STATUS_RETRIEVAL_ERROR'
  | 'STATUS_VERIFICATION_ERROR'
  | 'revoked'
  | 'suspended'
  | 'not_issued_here'

/** Problem types by name: VCDM 2.0 §7.3, VC-DI §4.8, Controlled Identifiers §3.5, Bitstring Status List §3.5. */
const PROBLEM_TYPES: Readonly<Record<ProblemName, string>> = {
  PARSING_ERROR: VCDM,
  CRYPTOGRAPHIC_SECURITY_ERROR: VCDM,
  MALFORMED_VALUE_ERROR: VCDM,
  RANGE_ERROR: VCDM,
  PROOF_GENERATION_ERROR: SECURITY,
  PROOF_VERIFICATION_ERROR: SECURITY,
  DATA_LOSS_DETECTION_ERROR: SECURITY,
  INVALID_DOMAIN_ERROR: SECURITY,
  INVALID_CHALLENGE_ERROR: SECURITY,
  INVALID_VERIFICATION_METHOD: SECURITY,
  STATUS_RETRIEVAL_ERROR: STATUS,
  STATUS_VERIFICATION_ERROR: STATUS,
  revoked: OURS,
  suspended: OURS,
  not_issued_here: OURS,
}

/** One entry of `problemDetails` (RFC 9457). It has no text of what was sent. */
export interface VcProblem {
  readonly type: string
  readonly title: string
  readonly detail: string
}

/** The answer of a step: a value, or the first problem. */
export type Checked<T> =
  | { readonly verified: true; readonly value: T }
  | { readonly verified: false; readonly problem: VcProblem }

export function failed(name: ProblemName, detail: string): Checked<never> {
  return { verified: false, problem: problem(name, detail) }
}

export function problem(name: ProblemName, detail: string): VcProblem {
  return { type: `${PROBLEM_TYPES[name]}${name}`, title: name, detail }
}

/** What is refused of the form of a document. */
export function ofDocument(refusal: Refusal): Checked<never> {
  const { code, dimension = 'document' } = refusal
  return failed('MALFORMED_VALUE_ERROR', isLossy(refusal) ? LOSSY : `${code}: ${dimension}`)
}

/** What JSON-LD in safe mode refuses. The term at fault is the sender's, and is not repeated. */
const LOSSY =
  'malformed: document: some term or type is defined by no context, or some value cannot be expressed'

function isLossy({ code, dimension }: Refusal): boolean {
  return code === 'malformed' && dimension === 'document'
}

const PROOF_PROBLEMS: Partial<Readonly<Record<RefusalCode, ProblemName>>> = {
  audience_mismatch: 'INVALID_DOMAIN_ERROR',
  holder_proof_invalid: 'INVALID_CHALLENGE_ERROR',
  key_not_authorized: 'INVALID_VERIFICATION_METHOD',
  did_unresolvable: 'INVALID_VERIFICATION_METHOD',
}

/** What is refused of a Data Integrity proof. */
export function ofProof(refusal: Refusal): Checked<never> {
  if (isLossy(refusal)) return failed('DATA_LOSS_DETECTION_ERROR', LOSSY)
  const { code, dimension = 'proof' } = refusal
  return failed(PROOF_PROBLEMS[code] ?? 'PROOF_VERIFICATION_ERROR', `${code}: ${dimension}`)
}

const ENVELOPE_PROBLEMS: Partial<Readonly<Record<RefusalCode, ProblemName>>> = {
  malformed: 'PARSING_ERROR',
  limit_exceeded: 'PARSING_ERROR',
  expired: 'RANGE_ERROR',
  not_yet_valid: 'RANGE_ERROR',
  audience_mismatch: 'INVALID_DOMAIN_ERROR',
  holder_proof_invalid: 'INVALID_CHALLENGE_ERROR',
}

/** What is refused of a token in an envelope. */
export function ofEnvelope({ code, dimension = 'token' }: Refusal): Checked<never> {
  return failed(ENVELOPE_PROBLEMS[code] ?? 'CRYPTOGRAPHIC_SECURITY_ERROR', `${code}: ${dimension}`)
}
