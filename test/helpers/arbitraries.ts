import fc from 'fast-check'
import type { AccessRequest } from '../../src/model/access-request.ts'
import type {
  BudgetConstraint,
  CidrConstraint,
  Constraint,
  CountConstraint,
  OneOfConstraint,
  RangeConstraint,
  TimeConstraint,
} from '../../src/model/constraints/constraint.ts'
import { isCountedLimit } from '../../src/model/constraints/counted-limit.ts'
import type {
  AgentSubject,
  DelegationCredential,
  DerivedSubject,
  OwnerCredential,
} from '../../src/model/credential.ts'
import type { Did } from '../../src/model/did.ts'
import type { Grant, Location } from '../../src/model/grant.ts'
import type { StatusEntry, StatusLease } from '../../src/model/status-list-entry.ts'

/*
 * Arbitrary credentials, grants and requests for property tests. Grants and requests are drawn from one small world,
 * so that they meet often: an arbitrary grant allows an arbitrary request now and then.
 */

const ACTIONS = ['mail.read', 'mail.send', 'payment.initiate']
const PATHS = ['/', '/a', '/a/', '/a/b', '/ab', '/c']
const REQUEST_PATHS = [...PATHS, '/a/../c', '/a//b', '/a/%2e%2e/c', '/a/b/d']
const IDENTIFIERS = ['a', 'a/', 'a/b', 'a/b/', 'ab', 'a/../c', '/']
const ORIGINS = ['https://mail.example', 'https://bank.example:8443']
const ARGUMENTS = [['amount'], ['order', 'amount']] as const
const CURRENCIES = ['EUR', 'JPY']
const ZONES = ['Europe/Berlin', 'America/New_York', 'Mars/Olympus']
const ONE = 10n ** 18n

/** An object of these arbitraries whose members may each be absent. */
function optional<T>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(members, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>
}

const argumentPath: fc.Arbitrary<readonly string[]> = fc.constantFrom(...ARGUMENTS)

const bounds: fc.Arbitrary<{ readonly min?: bigint; readonly max?: bigint }> = fc
  .tuple(fc.nat(20), fc.nat(20), fc.constantFrom('min', 'max', 'both'))
  .map(([a, b, kind]) => {
    const [min, max] = [(BigInt(Math.min(a, b)) * ONE) / 2n, (BigInt(Math.max(a, b)) * ONE) / 2n]
    return kind === 'min' ? { min } : kind === 'max' ? { max } : { min, max }
  })

export const rangeConstraint: fc.Arbitrary<RangeConstraint> = fc
  .tuple(argumentPath, bounds, fc.option(fc.constantFrom(...CURRENCIES), { nil: undefined }))
  .map(([on, limits, currency]) => ({
    kind: 'range',
    on,
    ...limits,
    ...(currency !== undefined && { currency, currencyOn: ['currency'] }),
  }))

export const oneOfConstraint: fc.Arbitrary<OneOfConstraint> = fc
  .tuple(argumentPath, fc.uniqueArray(fc.constantFrom(0, 1, 5, '1', '5', true), { minLength: 1 }))
  .map(([on, values]) => ({ kind: 'one_of', on, values }))

const minuteOfDay = fc.oneof(fc.nat(1439), fc.constantFrom(0, 540, 1020, 1320))

export const timeConstraint: fc.Arbitrary<TimeConstraint> = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    minuteOfDay,
    fc.oneof(minuteOfDay, fc.constant(1440)),
    fc.constantFrom(...ZONES),
  )
  .filter(([, from, to]) => from !== to)
  .map(([days, from, to, zone]) => ({ kind: 'time', days, from, to, zone }))

const cidrBlock = fc
  .tuple(fc.constantFrom(4 as const, 6 as const), fc.bigInt(0n, 2n ** 128n - 1n), fc.nat(128))
  .map(([family, bits, length]) => {
    const width = family === 4 ? 32 : 128
    const prefixLength = length % (width + 1)
    const host = BigInt(width - prefixLength)
    return { family, base: ((bits % 2n ** BigInt(width)) >> host) << host, prefixLength }
  })
  .filter(({ family, base, prefixLength }) => family === 4 || prefixLength < 96 || base >> 32n !== 0xffffn)

/** A few blocks that lie within each other, or any. */
export const cidrConstraint: fc.Arbitrary<CidrConstraint> = fc
  .array(
    fc.oneof(
      cidrBlock,
      fc.constantFrom(8, 24, 25, 32).map((prefixLength) => ({
        family: 4 as const,
        base: (0xcb00_7181n >> BigInt(32 - prefixLength)) << BigInt(32 - prefixLength),
        prefixLength,
      })),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((values) => ({ kind: 'cidr', values }))

const HOUR_MS = 3_600_000

/** Periods of which some are made of others, and none. */
const limitPeriod = fc
  .constantFrom(undefined, 90 * 60_000, HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS)
  .map((per) => (per === undefined ? {} : { per }))
const limitId = fc.constantFrom('a', 'b')

export const countConstraint: fc.Arbitrary<CountConstraint> = fc
  .tuple(limitId, fc.integer({ min: 1, max: 5 }), limitPeriod)
  .map(([id, max, per]) => ({ kind: 'count', id, max, ...per }))

export const budgetConstraint: fc.Arbitrary<BudgetConstraint> = fc
  .tuple(
    limitId,
    argumentPath,
    fc.nat(30),
    fc.option(fc.constantFrom(...CURRENCIES), { nil: undefined }),
    limitPeriod,
  )
  .map(([id, on, halves, currency, per]) => ({
    kind: 'budget',
    id,
    on,
    max: (BigInt(halves) * ONE) / 2n,
    ...(currency !== undefined && { currency, currencyOn: ['currency'] }),
    ...per,
  }))

export const anyConstraint: fc.Arbitrary<Constraint> = fc.oneof(
  rangeConstraint,
  oneOfConstraint,
  timeConstraint,
  cidrConstraint,
  countConstraint,
  budgetConstraint,
)

/** An entry states a counted limit once. */
export function withoutRepeatedLimits(constraints: readonly Constraint[]): readonly Constraint[] {
  const isRepeated = (one: Constraint, i: number) =>
    isCountedLimit(one) && constraints.slice(0, i).some((other) => 'id' in other && other.id === one.id)
  return constraints.filter((one, i) => !isRepeated(one, i))
}

const anyLocation: fc.Arbitrary<Location> = fc.record({
  origin: fc.constantFrom(...ORIGINS),
  path: fc.constantFrom(...PATHS),
})

export const anyGrant: fc.Arbitrary<Grant> = fc
  .tuple(
    fc.record({
      type: fc.constant('api'),
      supported: fc.constant(true),
      locations: fc.array(anyLocation, { minLength: 1, maxLength: 3 }),
      actions: fc.uniqueArray(fc.constantFrom(...ACTIONS), { minLength: 1 }),
      constraints: fc.array(anyConstraint, { maxLength: 2 }).map(withoutRepeatedLimits),
      inheritable: fc.constant(true),
    }),
    optional({ identifiers: fc.array(fc.constantFrom(...IDENTIFIERS), { maxLength: 3 }) }),
  )
  .map(([required, identifiers]) => ({ ...required, ...identifiers }))

const anyAmount = fc.oneof(
  fc.nat(10),
  fc.nat(20).map((halves) => String(halves / 2)),
)

export const anyRequest: fc.Arbitrary<AccessRequest> = fc
  .tuple(
    fc.record({
      action: fc.constantFrom(...ACTIONS),
      origin: fc.constantFrom(...ORIGINS),
      path: fc.constantFrom(...REQUEST_PATHS),
      arguments: fc.record({
        amount: fc.oneof(anyAmount, fc.constant(true)),
        order: fc.record({ amount: anyAmount }),
        currency: fc.constantFrom(...CURRENCIES),
      }),
      now: fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2028, 0) }),
    }),
    optional({
      identifier: fc.constantFrom(...IDENTIFIERS, 'a/b/c', 'a/x'),
      clientAddress: fc.oneof(
        fc.constantFrom('203.0.113.129', '203.0.113.1', '::ffff:203.0.113.129'),
        fc.ipV4(),
        fc.ipV6(),
      ),
    }),
  )
  .map(([required, rest]) => ({ ...required, ...rest }))

const base58 = fc.stringMatching(/^[1-9A-HJ-NP-Za-km-z]{4,48}$/)
const anyKeyDid: fc.Arbitrary<Did> = fc.oneof(
  base58.map((text): Did => `did:key:z${text}`),
  fc.stringMatching(/^[A-Za-z0-9_-]{4,60}$/).map((text): Did => `did:jwk:${text}`),
)
const anyServiceDid: fc.Arbitrary<Did> = fc.oneof(
  anyKeyDid,
  fc.stringMatching(/^[a-z]{1,8}\.example(:[a-z]{1,8})?$/).map((text): Did => `did:web:${text}`),
)

const uuidUrn = fc.uuid().map((uuid) => `urn:uuid:${uuid}`)
const token = fc.stringMatching(/^[!-~]{1,40}$/)
const name = fc.oneof(token, fc.constantFrom('Ünïcode näme', '日本語', 'two words'))

const listPair = fc.nat(99).map((n) => ({
  revocation: `https://id.example/status/r${n}`,
  suspension: `https://id.example/status/s${n}`,
}))
const index = fc.oneof(fc.nat(131_071), fc.constant(2 ** 31 - 1))
const anyStatusEntry: fc.Arbitrary<StatusEntry> = fc
  .tuple(listPair, index)
  .map(([pair, i]) => ({ ...pair, index: i }))
const anyLease: fc.Arbitrary<readonly StatusLease[]> = fc.uniqueArray(
  fc
    .tuple(listPair, fc.uniqueArray(index, { minLength: 1, maxLength: 8 }))
    .map(([pair, indexes]) => ({ ...pair, indexes })),
  { maxLength: 3, selector: (lease) => lease.revocation },
)

const windowMembers = fc
  .tuple(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1, max: 1e11 }))
  .map(([validFrom, life]) => ({ validFrom, validUntil: validFrom + life }))

export const anyOwnerCredential: fc.Arbitrary<OwnerCredential> = fc
  .tuple(
    fc.record({ id: uuidUrn, issuer: anyServiceDid, status: anyStatusEntry }),
    windowMembers,
    fc.record({
      id: anyKeyDid,
      tenant: token,
      environment: token,
      accountable: token,
      assurance: token,
      authorizationDetails: fc.array(anyGrant, { maxLength: 3 }),
      statusService: fc.record({
        issuer: anyServiceDid,
        origins: fc.constant(['https://id.example/status/']),
      }),
      revokers: fc.array(anyServiceDid, { maxLength: 3 }),
    }),
    optional({ team: name }),
    fc.option(anyLease, { nil: 'service' as const }),
  )
  .filter(([top, , subject]) => top.issuer !== subject.statusService.issuer)
  .map(([top, window, subject, team, lease]) => ({
    type: 'OwnerCredential',
    ...top,
    ...window,
    subject: {
      ...subject,
      ...team,
      ...(lease === 'service'
        ? { custody: 'service', statusLease: [] }
        : { custody: 'owner', statusLease: lease }),
    },
  }))

const onward = fc.record({
  id: anyKeyDid,
  maxDepth: fc.nat(9),
  statusLease: anyLease,
  allowStatusless: fc.boolean(),
})
const delegationMembers = fc.record({ id: uuidUrn, issuer: anyKeyDid })

export const anyAgentCredential: fc.Arbitrary<DelegationCredential> = fc
  .tuple(
    delegationMembers,
    windowMembers,
    anyStatusEntry,
    onward,
    fc.record({
      agentId: token,
      authority: anyServiceDid,
      tenant: token,
      environment: token,
      mode: fc.constantFrom('delegated' as const, 'autonomous' as const),
      purpose: name,
      authorizationDetails: fc.oneof(fc.array(anyGrant, { maxLength: 3 }), fc.constant('inherit' as const)),
    }),
    optional({ name, software: fc.record({ name, version: token }) }),
  )
  .map(([top, window, status, common, agent, rest]) => {
    const subject: AgentSubject = { kind: 'Agent', ...common, ...agent, ...rest }
    return { type: 'DelegationCredential', ...top, ...window, status, subject }
  })

export const anyDerivedCredential: fc.Arbitrary<DelegationCredential> = fc
  .tuple(
    delegationMembers,
    windowMembers,
    optional({ status: anyStatusEntry }),
    onward,
    fc.record({
      kind: fc.constantFrom('SubAgent' as const, 'Run' as const),
      parent: fc.record({
        id: uuidUrn,
        digest: fc.stringMatching(/^zQm[1-9A-HJ-NP-Za-km-z]{44}$/),
      }),
      authorizationDetails: fc.array(anyGrant, { maxLength: 3 }),
    }),
    optional({
      name,
      purpose: name,
      lineage: optional({ rootTask: name, parentRun: name, run: name }),
    }),
  )
  .map(([top, window, status, common, derived, rest]) => {
    const subject: DerivedSubject = { ...common, ...derived, ...rest }
    return { type: 'DelegationCredential', ...top, ...window, ...status, subject }
  })
