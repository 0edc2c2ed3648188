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
  | 'ERR_PROCURA_ISSUER_UNREACHABLE'
  | 'ERR_PROCURA_ISSUER_REFUSED'
  | 'ERR_PROCURA_PAYLOAD_TOO_LARGE'

/**
 * Thrown when the *caller* is at fault: bad options, an unreadable key, a store that cannot be opened.
 * A bad credential never throws; it is a {@link Refusal}.
 *
 * Messages state the fix and never contain a token, a key or a claim.
 */
export class ProcuraError extends Error {
  override readonly name: string = 'ProcuraError'
  readonly code: ProcuraErrorCode

  constructor(code: ProcuraErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
