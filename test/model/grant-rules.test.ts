import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { CONSTRAINT_KINDS } from '../../src/model/constraints/kinds.ts'
import { describeGrantFault, grantRule, unsupportedMember } from '../../src/model/grant-rules.ts'
import { readDocument } from '../../src/model/member-reader.ts'
import { readEntitlements } from '../../src/model/parse-grant.ts'

const MONEY = { currency: 'EUR', currencyOn: 'amount.currency' }

/** One constraint of each kind, with every member that the kind has. */
const CONSTRAINTS: readonly JsonObject[] = [
  { kind: 'range', on: 'amount.value', min: '1', max: '50.00', ...MONEY },
  { kind: 'one_of', on: 'payee', values: ['acct-1'] },
  { kind: 'time', days: [1, 2], from: '09:00', to: '17:00', zone: 'Europe/Berlin' },
  { kind: 'cidr', values: ['203.0.113.0/24'] },
  { kind: 'count', id: 'c1', max: 10, per: 'P1D' },
  { kind: 'budget', id: 'b1', on: 'amount.value', max: '200.00', per: 'P1D', ...MONEY },
]

const ENTRY: JsonObject = {
  type: 'api',
  locations: ['https://mail.example/'],
  actions: ['mail.read'],
  identifiers: ['inbox/'],
  inheritable: true,
  constraints: CONSTRAINTS,
}

function read(entry: JsonObject) {
  return readDocument({ authorizationDetails: [entry] }, readEntitlements)
}

/** At which member an entry is refused. */
function faultOf(entry: JsonObject): string | undefined {
  const verdict = read(entry)
  return verdict.verified ? undefined : (verdict.refusal.dimension ?? '')
}

function withConstraint(constraint: JsonObject): JsonObject {
  return { ...ENTRY, constraints: [constraint] }
}

const MEMBERS = Object.keys(ENTRY).map((name) => ({ at: name, entry: { ...ENTRY, [name]: {} } }))

const OF_CONSTRAINTS = CONSTRAINTS.flatMap((constraint) =>
  Object.keys(constraint).map((name) => ({
    at: `constraints.${name}`,
    entry: withConstraint({ ...constraint, [name]: {} }),
  })),
)

describe('grantRule', () => {
  it('is asked of every member of every kind that there is', () => {
    expect(CONSTRAINTS.map(({ kind }) => kind)).toEqual(CONSTRAINT_KINDS)
    expect(faultOf(ENTRY)).toBeUndefined()
    expect(OF_CONSTRAINTS).toHaveLength(27)
  })

  it.each([...MEMBERS, ...OF_CONSTRAINTS])(
    'has a rule for $at, at which reading refuses',
    ({ at, entry }) => {
      const dimension = faultOf(entry) ?? ''

      expect(dimension).toBe(`authorizationDetails.${at}`)
      expect(grantRule(dimension)).toMatch(/^must be /)
      expect(grantRule(`entitlements.${at}`)).toBe(grantRule(dimension))
    },
  )

  it('has one for an entry and for a constraint with a member that it does not have', () => {
    const entry = faultOf({ ...ENTRY, everything: true }) ?? ''
    const constraint = faultOf(withConstraint({ kind: 'cidr', values: ['::/0'], on: 'payee' })) ?? ''

    expect(grantRule(entry)).toMatch(/and nothing else$/)
    expect(grantRule(constraint)).toContain('the members of its kind and nothing else')
  })

  it('has none for what is no member of a grant', () => {
    expect(grantRule('mechanism')).toBeUndefined()
    expect(grantRule('authorizationDetailsOfOthers')).toBeUndefined()
  })
})

describe('describeGrantFault', () => {
  it.each([
    ['a location without a scheme', { locations: ['127.0.0.1:8091'] }, 'origins with their scheme'],
    ['a wildcard', { actions: ['mail.*'] }, 'the grant: actions must be 1 to 64 dotted names'],
    [
      'a number where a decimal must be',
      { constraints: [{ kind: 'range', on: 'amount', max: 100 }] },
      'the grant: constraints.max must be a decimal in quotes, such as "100"',
    ],
    [
      'a month',
      { constraints: [{ kind: 'count', id: 'c1', max: 1, per: 'P1M' }] },
      'months and years have no fixed length',
    ],
  ])('names the rule that %s breaks', (_, members, sentence) => {
    const dimension = faultOf({ ...ENTRY, ...members })

    expect(describeGrantFault('the grant', dimension)).toContain(sentence)
  })

  it('speaks of the whole grant where no member is at fault', () => {
    expect(describeGrantFault('grant.json')).toMatch(/^grant\.json must be a list of 1 to 32 entries/)
    expect(describeGrantFault('it', 'mechanism')).toBe(
      'it: mechanism is not in the form of docs/spec/03-grants.md',
    )
  })

  it('names the known kinds, never the one that was written', () => {
    const dimension = faultOf(withConstraint({ kind: 5 }))

    expect(describeGrantFault('grant', dimension)).toBe(
      'grant: constraints.kind must be one of range, one_of, time, cidr, count, budget',
    )
  })
})

describe('unsupportedMember', () => {
  it.each([
    ['nothing of what is known', ENTRY, undefined],
    ['a type that is not', { ...ENTRY, type: 'payment' }, 'authorizationDetails.type'],
    ['a kind that is not', withConstraint({ kind: 'moon' }), 'authorizationDetails.constraints.kind'],
  ])('names %s', (_, entry, member) => {
    const grants = read(entry)

    expect(grants.verified && unsupportedMember(grants.value)).toBe(member)
  })
})
