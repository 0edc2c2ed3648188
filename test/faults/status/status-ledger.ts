import { CLOCK_SKEW_MS } from '../../../src/core/clock.ts'
import type { Counts } from '../counts.ts'
import type { Outcome } from './following-process.ts'

/** What is true of one delegation, by the heads of its status issuer. Times are milliseconds since 1970. */
export interface Truth {
  readonly name: string
  /** Signed time of the first head that knows of the revocation. */
  revokedAt?: number
  /** The same of the suspension, while it lasts. */
  suspendedAt?: number
  /** Signed time of the head that brought the last change. */
  changedAt: number
  /** Whether it was ever suspended. */
  wasSuspended: boolean
}

/** What a look must have found, whatever else it was shown. */
export interface Seen {
  /** Signed time of a head: everything up to it is known. Milliseconds since 1970. */
  readonly head: number
  /** Whether the look has to succeed. */
  readonly succeeds: boolean
}

/** Alarms that whoever serves status can cause: it cannot be had. Anything signed that is shown late is no evidence. */
const HARMLESS: ReadonlySet<string> = new Set(['status_failing', 'status_restored'])

/**
 * Knows what is true and what a verifier must have seen of it, and judges its verdicts: nothing revoked or suspended is
 * accepted beyond its bound, and nothing good is refused while a copy is held that is fresh enough.
 */
export class StatusLedger {
  readonly #counts: Counts
  /** Of what is going on, for whoever reads of a violation. */
  readonly #where: () => string
  /** Signed time of the newest head that the verifier has taken in for sure, with all its lists. */
  #knows: number | undefined
  /** The same of what it has written down. */
  #kept: number | undefined
  /** What is written down may lack lists that could not be had: their delegations are refused after a restart. */
  #isKeptInPart = false
  #isKnownInPart = false

  constructor(counts: Counts, where: () => string) {
    this.#counts = counts
    this.#where = where
  }

  /**
   * What was kept is read with the first look at which the clock is not behind it.
   *
   * @param seen What the places show honestly, if one of them does.
   */
  looked(clock: number, { failure, saves, alarms }: Outcome, seen: Seen | undefined): void {
    for (const alarm of alarms) if (!HARMLESS.has(alarm)) this.#violate('INV6', `alarm ${alarm}`)
    if (this.#knows === undefined && this.#kept !== undefined && clock >= this.#kept - CLOCK_SKEW_MS) {
      this.#knows = this.#kept
      this.#isKnownInPart = this.#isKeptInPart
    }
    if (seen !== undefined) {
      if (seen.succeeds && failure !== undefined)
        this.#violate('conduct', `an honest host is refused: ${failure}`)
      this.#knows = Math.max(this.#knows ?? 0, seen.head)
      this.#isKnownInPart = false
      if (saves > 0) this.#kept = this.#knows
    }
    if (saves > 0) this.#isKeptInPart = seen === undefined
  }

  /** What only the process knew is gone. @param mayWrite Whether it was about to write what a dishonest host has shown. */
  killed(mayWrite: boolean): void {
    this.#knows = undefined
    this.#isKeptInPart ||= mayWrite
  }

  /** @param clock What the verifier's clock showed. @param maxAgeMs What the policy allows. */
  judge(truth: Truth, code: string, clock: number, maxAgeMs: number): void {
    this.#counts.add('verdicts')
    if (code === 'verified') this.#judgeAccepted(truth, clock, maxAgeMs)
    else this.#judgeRefused(truth, code, clock, maxAgeMs)
  }

  #judgeAccepted({ name, revokedAt, suspendedAt }: Truth, clock: number, maxAgeMs: number): void {
    this.#counts.add('accepted')
    for (const [what, since] of [
      ['revoked', revokedAt],
      ['suspended', suspendedAt],
    ] as const) {
      if (since === undefined) continue
      const isKnown = this.#knows !== undefined && since <= this.#knows
      if (isKnown) this.#violate('INV4', `${name} is accepted, which the verifier knew to be ${what}`)
      else if (clock >= since + maxAgeMs)
        this.#violate('INV4', `${name} is accepted ${clock - since} ms after it was ${what}`)
      else this.#counts.add('accepted within the bound')
    }
  }

  #judgeRefused(truth: Truth, code: string, clock: number, maxAgeMs: number): void {
    const { name, revokedAt, wasSuspended, changedAt } = truth
    if (code === 'revoked' && revokedAt === undefined) this.#violate('INV6', `${name} was never revoked`)
    if (code === 'suspended' && !wasSuspended) this.#violate('INV6', `${name} was never suspended`)
    const knows = this.#knows
    if (knows === undefined || changedAt > knows || clock < knows - CLOCK_SKEW_MS) return
    const isFresh = !this.#isKnownInPart && clock - knows <= maxAgeMs
    const expected = expectedOf(truth, isFresh)
    if (expected !== undefined && code !== expected)
      this.#violate(
        'conduct',
        `${name} is ${code} and not ${expected}, ${clock - knows} ms after an honest look`,
      )
  }

  #violate(invariant: 'INV4' | 'INV6' | 'conduct', what: string): void {
    this.#counts.violate(invariant, `${what} (${this.#where()})`)
  }
}

/** What a verifier must answer who knows all changes. A revocation is known however old it is. */
function expectedOf({ revokedAt, suspendedAt }: Truth, isFresh: boolean): string | undefined {
  if (revokedAt !== undefined) return 'revoked'
  if (!isFresh) return undefined
  return suspendedAt === undefined ? 'verified' : 'suspended'
}
