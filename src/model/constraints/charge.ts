import type { AccessRequest } from '../access-request.ts'
import { readArgument } from './argument-path.ts'
import type { Constraint } from './constraint.ts'
import { type CountedLimit, isCountedLimit } from './counted-limit.ts'
import { readDecimal } from './decimal.ts'
import { windowAt } from './period.ts'

/** What one request takes from one counted limit. */
export interface Charge {
  readonly kind: CountedLimit['kind']
  /** What is counted, among all that one agent uses: statements with the same key are of the same limit. */
  readonly key: string
  /** Of a `count` 1; of a `budget` units of 10⁻¹⁸. */
  readonly amount: bigint
  /** What `amount` and all that was used before may come to. */
  readonly max: bigint
  /** When the window ends, in milliseconds since 1970. Absent: it has none. */
  readonly endsAt?: number
}

/**
 * What a request takes from a limit that allows it. The key names kind, id, currency and window; neither the maximum nor
 * the argument that is read, so that entries for several actions can share one limit.
 *
 * @returns `undefined` for a constraint that is not counted, and for an amount that cannot be read.
 */
export function chargeOf(constraint: Constraint, request: AccessRequest): Charge | undefined {
  if (!isCountedLimit(constraint)) return undefined
  const amount = amountOf(constraint, request)
  if (amount === undefined) return undefined
  const { kind, id, max, per } = constraint
  const window = per === undefined ? undefined : windowAt(per, request.now)
  const place = window === undefined ? 'ever' : `${per}:${window.number}`
  return {
    kind,
    key: `${kind} ${id} ${unitOf(constraint)} ${place}`,
    amount,
    max: BigInt(max),
    ...(window !== undefined && { endsAt: window.endsAt }),
  }
}

function amountOf(limit: CountedLimit, request: AccessRequest): bigint | undefined {
  return limit.kind === 'count' ? 1n : readDecimal(readArgument(request.arguments, limit.on))
}

function unitOf(limit: CountedLimit): string {
  return limit.kind === 'budget' ? (limit.currency ?? '-') : '-'
}
