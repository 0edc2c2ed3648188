/** Every problem that the API answers with, and its HTTP status. Stable, public API; docs/api.md has a row for each. */
export const PROBLEM_STATUS = {
  malformed_request: 400,
  malformed_json: 400,
  signature_required: 401,
  signature_invalid: 401,
  unknown_principal: 401,
  ticket_invalid: 401,
  token_invalid: 401,
  replayed: 401,
  forbidden: 403,
  outranked: 403,
  not_your_lease: 403,
  not_found: 404,
  no_such_route: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  agent_ended: 409,
  agent_suspended: 409,
  already_registered: 409,
  changed_meanwhile: 409,
  delegation_ended: 409,
  delegation_expired: 409,
  delegation_suspended: 409,
  did_in_use: 409,
  key_active: 409,
  key_is_did: 409,
  last_admin: 409,
  not_renewable: 409,
  not_suspended: 409,
  owner_offboarded: 409,
  owner_suspended: 409,
  quota_exceeded: 409,
  retirement_unverified: 409,
  run_ended: 409,
  same_owner: 409,
  ticket_used: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  chain_refused: 422,
  exceeds_delegation: 422,
  exceeds_entitlements: 422,
  idempotency_mismatch: 422,
  invalid_request: 422,
  owner_required: 422,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
} as const

export type ProblemCode = keyof typeof PROBLEM_STATUS

/** One member of a request that is not as it must be. */
export interface InvalidMember {
  /** JSON pointer (RFC 6901) into the body, or `?name` of a query parameter. */
  readonly pointer: string
  readonly message: string
}

export interface ProblemFacts {
  /** A sentence for the caller: the rule or the fix, never a token, a key or a claim. */
  readonly detail?: string
  /** `exceeds_entitlements`, `exceeds_delegation`: what is wider; `signature_invalid`: which part is at fault; `quota_exceeded`: whose. */
  readonly dimension?: string
  readonly errors?: readonly InvalidMember[]
  /** `chain_refused`: the refusal of docs/spec/07-verifying.md. */
  readonly refusal?: { readonly code: string; readonly link?: number; readonly dimension?: string }
  /** What exists instead. */
  readonly available?: readonly string[]
  /** `quota_exceeded`: the quota. */
  readonly limit?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** What a route throws to answer with a problem; `problem-details.ts` alone turns it into a response. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError'
  readonly code: ProblemCode
  readonly facts: ProblemFacts

  constructor(code: ProblemCode, facts: ProblemFacts = {}, options?: ErrorOptions) {
    super(code, options)
    this.code = code
    this.facts = facts
  }
}
