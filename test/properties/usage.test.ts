import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { ChargeSearch } from '../../src/delegation/charge-search.ts'
import { chargesOf } from '../../src/delegation/charges.ts'
import { authorizeRequest } from '../../src/delegation/verify-chain.ts'
import type { AccessRequest } from '../../src/model/access-request.ts'
import { buildGrant } from '../../src/model/build-grant.ts'
import type { ParsedChain } from '../../src/model/chain.ts'
import { type Charge, chargeOf } from '../../src/model/constraints/charge.ts'
import type { Constraint } from '../../src/model/constraints/constraint.ts'
import { MemoryUsageStore } from '../../src/verifier/usage-store.ts'
import { budgetConstraint, countConstraint, withoutRepeatedLimits } from '../helpers/arbitraries.ts'
import { agentJson, helperJson, linksOf, ownerJson } from '../helpers/credentials.ts'
import { grant } from '../helpers/grants.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 10, 22)

type Limits = readonly Constraint[]

const limits = fc
  .array(fc.oneof(countConstraint, budgetConstraint), { maxLength: 3 })
  .map(withoutRepeatedLimits)

const asked: fc.Arbitrary<AccessRequest> = fc
  .tuple(fc.nat(8), fc.nat(6), fc.constantFrom('EUR', 'JPY'))
  .map(([hours, amount, currency]) => ({
    action: 'mail.read',
    origin: 'https://mail.example',
    path: '/',
    now: START + hours * HOUR,
    arguments: { amount, order: { amount }, currency },
  }))

/** A chain whose links state these limits of one grant. */
function chainOf(ofOwner: Limits, ofAgent: Limits, ofHelper: Limits): ParsedChain {
  const details = (constraints: Limits) => ({
    authorizationDetails: [buildGrant({ ...grant(), constraints })] as JsonObject[],
  })
  const [root, ...others] = linksOf(
    ownerJson(details(ofOwner)),
    agentJson(details(ofAgent)),
    helperJson(details(ofHelper)),
  )
  return [root, ...others] as unknown as ParsedChain
}

/** Step 11 as a verifier takes it; the charges that every link states, when the request passed. */
function spend(chain: ParsedChain, request: AccessRequest, store: MemoryUsageStore): boolean {
  if (!authorizeRequest(chain, request).verified) return false
  const links = chargesOf(chain, request)
  const search = new ChargeSearch(links, request.now)
  for (;;) {
    const totals = search.choose()
    if (!totals.verified) return false
    const charges = totals.value.map(({ endsAt, ...charge }) => ({ ...charge, keepUntil: endsAt }))
    const answer = links.length === 0 ? 'reserved' : store.reserve('agent', charges)
    if (answer === 'reserved') return true
    if (answer === 'unavailable') return false
    if (search.exclude(new Set(answer.exhausted.map((i) => charges[i]?.key ?? ''))) !== undefined)
      return false
  }
}

it('whatever links below state, what they use together keeps to every limit of every link above', () => {
  let seen = 0

  fc.assert(
    fc.property(
      limits,
      limits,
      fc.array(limits, { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(3), asked), { maxLength: 40 }),
      (ofOwner, ofAgent, ofHelpers, requests) => {
        const store = new MemoryUsageStore(() => START)
        const chains = ofHelpers.map((own) => chainOf(ofOwner, ofAgent, own))
        const used = new Map<string, bigint>()
        for (const [who, request] of requests) {
          const chain = chains[who % chains.length]
          if (chain === undefined || !spend(chain, request, store)) continue
          seen++
          for (const [i, limit] of [...ofOwner, ...ofAgent].entries()) {
            const { key, amount, max } = chargeOf(limit, request) as Charge
            const sum = (used.get(`${i} ${key}`) ?? 0n) + amount
            used.set(`${i} ${key}`, sum)
            expect(sum <= max).toBe(true)
          }
        }
      },
    ),
    { numRuns: 400 },
  )
  expect(seen, 'requests that passed').toBeGreaterThan(200)
})
