import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../src/model/access-request.ts'
import { chargeOf } from '../../src/model/constraints/charge.ts'
import type { Constraint } from '../../src/model/constraints/constraint.ts'
import {
  allowsRequest,
  allowsRequestUntil,
  concernsSame,
  subsumes,
} from '../../src/model/constraints/kinds.ts'
import {
  anyConstraint,
  anyRequest,
  budgetConstraint,
  cidrConstraint,
  countConstraint,
  oneOfConstraint,
  rangeConstraint,
  timeConstraint,
} from '../helpers/arbitraries.ts'

/** A kind without an arbitrary, for which no law would be asked, does not compile. */
const KINDS = {
  range: rangeConstraint,
  one_of: oneOfConstraint,
  time: timeConstraint,
  cidr: cidrConstraint,
  count: countConstraint,
  budget: budgetConstraint,
} satisfies { readonly [K in Constraint['kind']]: fc.Arbitrary<Extract<Constraint, { readonly kind: K }>> }

/** What is used of one limit. */
class Ledger {
  readonly #limit: Constraint
  readonly #used = new Map<string, bigint>()

  constructor(limit: Constraint) {
    this.#limit = limit
  }

  /** @returns Whether it was not too much. */
  spend(request: AccessRequest): boolean {
    const charge = chargeOf(this.#limit, request)
    if (charge === undefined) return false
    const used = (this.#used.get(charge.key) ?? 0n) + charge.amount
    if (used > charge.max) return false
    this.#used.set(charge.key, used)
    return true
  }
}

describe.each(Object.entries(KINDS))('%s', (_, arbitrary) => {
  it('is sound: what a subsumed constraint allows, the parent allows', () => {
    let seen = 0

    fc.assert(
      fc.property(
        arbitrary,
        arbitrary,
        fc.array(anyRequest, { maxLength: 20 }),
        (parent, child, requests) => {
          fc.pre(subsumes(parent, child))
          for (const request of requests) {
            if (!allowsRequest(child, request)) continue
            seen++
            expect(allowsRequest(parent, request)).toBe(true)
          }
        },
      ),
      { numRuns: 300, maxSkipsPerRun: 1000 },
    )
    expect(seen, 'requests that the child allows').toBeGreaterThan(20)
  })

  it('goes on to allow what it allows for as long as it says', () => {
    let seen = 0

    fc.assert(
      fc.property(arbitrary, anyRequest, fc.double({ min: 0, max: 1, noNaN: true }), (one, request, part) => {
        fc.pre(allowsRequest(one, request))
        const left = Math.min(allowsRequestUntil(one, request), request.now + 366 * 86_400_000) - request.now
        seen++

        expect(left).toBeGreaterThan(0)
        for (const later of [Math.floor(part * (left - 1)), left - 1])
          expect(allowsRequest(one, { ...request, now: request.now + later })).toBe(true)
      }),
      { numRuns: 200, maxSkipsPerRun: 1000 },
    )
    expect(seen, 'requests that it allows').toBeGreaterThan(50)
  })

  it('is subsumed by itself', () => {
    fc.assert(
      fc.property(arbitrary, (constraint) => {
        expect(subsumes(constraint, constraint)).toBe(true)
        expect(concernsSame(constraint, constraint)).toBe(true)
      }),
    )
  })

  it('is subsumed through a third: the relation is transitive', () => {
    fc.assert(
      fc.property(arbitrary, arbitrary, arbitrary, (a, b, c) => {
        fc.pre(subsumes(a, b) && subsumes(b, c))

        expect(subsumes(a, c)).toBe(true)
      }),
      { numRuns: 30, maxSkipsPerRun: 10_000 },
    )
  })
})

it('constraints of two kinds never subsume each other', () => {
  fc.assert(
    fc.property(anyConstraint, anyConstraint, (a, b) => {
      fc.pre(a.kind !== b.kind)

      expect(subsumes(a, b) || concernsSame(a, b)).toBe(false)
    }),
  )
})

it('a time window subsumes another exactly when no minute of a week tells them apart', () => {
  const MONDAY = Date.UTC(2026, 10, 23)
  const windows = timeConstraint.map((window) => ({ ...window, zone: 'UTC' }))
  const at = (day: number, minute: number) => MONDAY + (day * 1440 + minute) * 60_000

  fc.assert(
    fc.property(windows, windows, (parent, child) => {
      const edges = [0, parent.from, parent.to, child.from, child.to]
      const instants = [0, 1, 2, 3, 4, 5, 6].flatMap((day) => edges.map((minute) => at(day, minute)))
      const requests = instants.map((now) => ({ action: 'a', origin: '', path: '/', now }))
      const covered = requests.every((one) => !allowsRequest(child, one) || allowsRequest(parent, one))

      expect(subsumes(parent, child)).toBe(covered)
    }),
    { numRuns: 1000 },
  )
})

describe.each(Object.entries({ count: countConstraint, budget: budgetConstraint }))(
  '%s, counted',
  (_, arbitrary) => {
    it('is sound over time: what keeps to a subsumed limit keeps to its parent', () => {
      const steps = fc.array(fc.tuple(fc.nat(40 * 3_600_000), anyRequest), { maxLength: 30 })
      let seen = 0

      fc.assert(
        fc.property(arbitrary, arbitrary, steps, (parent, child, requests) => {
          fc.pre(subsumes(parent, child))
          const [ofParent, ofChild] = [new Ledger(parent), new Ledger(child)]
          let now = Date.UTC(2026, 10, 23)
          for (const [pause, request] of requests) {
            now += pause
            const asked = { ...request, now }
            if (!allowsRequest(child, asked) || !ofChild.spend(asked)) continue
            seen++
            expect(ofParent.spend(asked)).toBe(true)
          }
        }),
        { numRuns: 300, maxSkipsPerRun: 1000 },
      )
      expect(seen, 'requests that the child allows').toBeGreaterThan(100)
    })
  },
)
