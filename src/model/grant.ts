import type { Constraint } from './constraints/constraint.ts'

/** Most entries of one `authorizationDetails`, constraints of one entry and values of one list (spec 02 "Limits"). */
export const MAX_GRANTS = 32
export const MAX_CONSTRAINTS = 16
export const MAX_VALUES = 64

/** An origin, or an origin and a path prefix: `https://mail.example/` or `https://mail.example/inbox/`. */
export interface Location {
  /** Scheme, lower-case host and port, default port dropped: `https://mail.example`. */
  readonly origin: string
  /** Absolute path; `/` covers the whole origin. Compared by segment, never by characters. */
  readonly path: string
}

/**
 * One entry of `authorizationDetails` (RFC 9396 §2), parsed. It grants what all its dimensions allow together.
 *
 * An entry whose `type` or one of whose constraint kinds is unknown has `supported: false` and grants nothing;
 * its other members are as read.
 */
export interface Grant {
  readonly type: string
  readonly supported: boolean
  readonly locations: readonly Location[]
  readonly actions: readonly string[]
  /** Absent: no limit of this link. Empty: nothing. A trailing `/` means prefix, by segment. */
  readonly identifiers?: readonly string[]
  readonly constraints: readonly Constraint[]
  /** Only meaningful in an OwnerCredential: whether a link 1 with `inherit: true` receives it. Default true. */
  readonly inheritable: boolean
}
