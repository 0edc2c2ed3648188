/** Every code that a thrown {@link ProcuraError} can carry. Stable, public API; docs/api.md has a row for each. */
export type ProcuraErrorCode =
  | 'ERR_PROCURA_INVALID_ARGUMENT'
  | 'ERR_PROCURA_INVALID_CONFIGURATION'
  | 'ERR_PROCURA_INVALID_KEY'
  | 'ERR_PROCURA_FRESHNESS_UNENFORCEABLE'
  | 'ERR_PROCURA_NOT_STARTED'
  | 'ERR_PROCURA_BODY_CONSUMED'
  | 'ERR_PROCURA_ALREADY_VERIFIED'
  | 'ERR_PROCURA_LEASE_EXHAUSTED'
  | 'ERR_PROCURA_DELEGATION_ENDED'
  | 'ERR_PROCURA_WIDER_THAN_PARENT'
  | 'ERR_PROCURA_STORAGE'
  | 'ERR_PROCURA_OUTCOME_UNKNOWN'
  | 'ERR_PROCURA_ISSUER_UNREACHABLE'
  | 'ERR_PROCURA_ISSUER_REFUSED'
  | 'ERR_PROCURA_PAYLOAD_TOO_LARGE'

/** What the issuer said when it refused a call (RFC 9457), as far as a program may act on it. */
export interface IssuerProblem {
  /** HTTP status, 400 to 599. */
  readonly status: number
  /** Stable code of docs/api.md: `not_found`, `exceeds_entitlements`. */
  readonly code: string
  /** For people; one line. */
  readonly detail?: string
  /** Which dimension of a grant, limit or rule is at fault. */
  readonly dimension?: string
  /** Members of the request that are not as they must be: JSON pointer, or `?name` of a query parameter. */
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[]
}

/**
 * Thrown when the *caller* is at fault: bad options, an unreadable key, a store that cannot be opened.
 * A bad credential never throws; it is a {@link Refusal}.
 *
 * Messages state the fix and never contain a token, a key or a claim.
 */
export class ProcuraError extends Error {
  override readonly name: string = 'ProcuraError'
  readonly code: ProcuraErrorCode
  /** With `ERR_PROCURA_ISSUER_REFUSED` only; no other error has it as a member, so that none prints it. */
  declare readonly problem?: IssuerProblem

  constructor(
    code: ProcuraErrorCode,
    message: string,
    options: ErrorOptions & { readonly problem?: IssuerProblem } = {},
  ) {
    super(message, options)
    this.code = code
    if (options.problem !== undefined) this.problem = options.problem
  }
}
