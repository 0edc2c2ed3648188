import type { AccessRequest } from '../access-request.ts'
import type { MemberReader } from '../member-reader.ts'
import type { CurrencyMembers } from './currency.ts'

/** A decimal of the protocol, scaled to 18 fractional digits, so that comparing is exact (spec 03 "Values"). */
export type Decimal = bigint

/** A parsed constraint. `kind` discriminates; unknown kinds never become one. */
export type Constraint =
  | RangeConstraint
  | OneOfConstraint
  | TimeConstraint
  | CidrConstraint
  | CountConstraint
  | BudgetConstraint

export interface RangeConstraint extends CurrencyMembers {
  readonly kind: 'range'
  /** Path of own members, as in `amount.value`. */
  readonly on: readonly string[]
  readonly min?: Decimal
  readonly max?: Decimal
}

export interface OneOfConstraint {
  readonly kind: 'one_of'
  readonly on: readonly string[]
  readonly values: readonly (string | number | boolean)[]
}

export interface TimeConstraint {
  readonly kind: 'time'
  /** ISO weekdays, Monday = 1 … Sunday = 7. */
  readonly days: readonly number[]
  /** Minutes after midnight, inclusive. */
  readonly from: number
  /** Minutes after midnight, exclusive. `from > to` spans midnight and belongs to the starting day. */
  readonly to: number
  /** IANA time zone, as written. */
  readonly zone: string
}

export interface CidrConstraint {
  readonly kind: 'cidr'
  readonly values: readonly CidrBlock[]
}

/** An address block. IPv4 and IPv6 are never compared with each other; IPv4-mapped IPv6 addresses are unwrapped. */
export interface CidrBlock {
  readonly family: 4 | 6
  readonly base: bigint
  readonly prefixLength: number
}

export interface CountConstraint {
  readonly kind: 'count'
  /** Names the limit among all of one agent. */
  readonly id: string
  /** Requests, at least 1. */
  readonly max: number
  /** Length of a window in milliseconds. Absent: for ever. */
  readonly per?: number
}

export interface BudgetConstraint extends CurrencyMembers {
  readonly kind: 'budget'
  /** As of {@link CountConstraint}. */
  readonly id: string
  /** Path of own members, as in `amount.value`. */
  readonly on: readonly string[]
  readonly max: Decimal
  /** As of {@link CountConstraint}. */
  readonly per?: number
}

/**
 * One kind of constraint: pure functions under the law
 * `subsumes(parent, child) ∧ allows(child, request) ⇒ allows(parent, request)`.
 */
export interface ConstraintKind<C extends Constraint> {
  /** Asks for every member but `kind`; what is malformed is recorded in `members`. */
  parse(members: MemberReader): C
  allows(constraint: C, request: AccessRequest): boolean
  /**
   * Until when the same request goes on to be allowed, for one that is allowed now: it may be sooner than the end, never
   * later. Milliseconds since 1970, exclusive; Infinity for a kind that does not read the time.
   */
  allowsUntil(constraint: C, request: AccessRequest): number
  /** Whether two constraints limit the same thing, so that stating one restates the other (spec 03 "Attenuation"). */
  concernsSame(a: C, b: C): boolean
  /** Whether everything that `child` allows, `parent` allows too. May be incomplete, must be sound. */
  subsumes(parent: C, child: C): boolean
}
