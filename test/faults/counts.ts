/** What must hold whatever happens; each violation is counted under its number. */
export const INVARIANTS = {
  INV1: 'no index of a list is given twice',
  INV2: 'no acknowledged issuance is missing',
  INV3: 'no acknowledged revocation is absent from the next list or a later one',
  INV4: 'no verifier accepts a revoked credential once the revocation is published',
  INV5: 'no change without an audit entry, no entry without its change',
  INV6: 'what is published always verifies and never goes back',
  INV7: 'no revocation bit is ever cleared',
  conduct: 'it answers honestly, recovers, and ends as documented',
} as const

export type Invariant = keyof typeof INVARIANTS

export const INVARIANT_NAMES: readonly Invariant[] = Object.keys(INVARIANTS).filter(isInvariant)

function isInvariant(name: string): name is Invariant {
  return Object.hasOwn(INVARIANTS, name)
}

/** Violations are kept with their text up to this many; all are counted. */
const TEXTS = 20

/** What a scenario did, and which promises it saw broken. */
export class Counts {
  readonly #numbers = new Map<string, number>()
  readonly #violations = new Map<Invariant, number>()
  readonly #texts: string[] = []

  /** Counts what was done: `kills`, `changes acknowledged`. Adding 0 shows a name that stays 0. */
  add(name: string, by = 1): void {
    this.#numbers.set(name, (this.#numbers.get(name) ?? 0) + by)
  }

  /** @param what What was seen, for whoever looks into the folder that is kept. */
  violate(invariant: Invariant, what: string): void {
    this.#violations.set(invariant, this.violations(invariant) + 1)
    if (this.#texts.length < TEXTS) this.#texts.push(`${invariant}: ${what}`)
  }

  number(name: string): number {
    return this.#numbers.get(name) ?? 0
  }

  /** In the order in which they were first counted. */
  numbers(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#numbers)
  }

  /** How often one was violated; without a name, how often any was. */
  violations(invariant?: Invariant): number {
    if (invariant !== undefined) return this.#violations.get(invariant) ?? 0
    return [...this.#violations.values()].reduce((sum, times) => sum + times, 0)
  }

  /** The first violations in words. */
  texts(): readonly string[] {
    return this.#texts
  }
}
