import { describe, expect, it } from 'vitest'
import { buildGrant } from '../../src/model/build-grant.ts'
import type { Grant } from '../../src/model/grant.ts'
import { parseCredential } from '../../src/model/parse-credential.ts'
import type { Refusal } from '../../src/refusal.ts'
import { agentJson, ownerJson, parsed } from '../helpers/credentials.ts'

const MAIL = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }
const PATH = 'credentialSubject.authorizationDetails'

function refusalOf(...authorizationDetails: unknown[]): Refusal | undefined {
  const verdict = parseCredential(agentJson({ authorizationDetails }))
  return verdict.verified ? undefined : verdict.refusal
}

function grantIn(entry: object): Grant {
  const { authorizationDetails } = parsed(agentJson({ authorizationDetails: [entry] })).subject
  const grant = authorizationDetails === 'inherit' ? undefined : authorizationDetails[0]
  if (grant === undefined) throw new Error('there is no grant')
  return grant
}

describe('a grant', () => {
  it('is read with its constraints [P5]', () => {
    const constraints = [
      { kind: 'range', on: 'amount.value', max: '50.00', currency: 'EUR', currencyOn: 'amount.currency' },
      { kind: 'one_of', on: 'payee', values: ['acct-1'] },
      { kind: 'time', days: [1, 2], from: '09:00', to: '24:00', zone: 'Europe/Berlin' },
      { kind: 'cidr', values: ['203.0.113.0/24'] },
    ]

    expect(grantIn({ ...MAIL, identifiers: ['inbox/'], constraints })).toEqual({
      type: 'api',
      supported: true,
      locations: [{ origin: 'https://mail.example', path: '/' }],
      actions: ['mail.read'],
      identifiers: ['inbox/'],
      constraints: [
        {
          kind: 'range',
          on: ['amount', 'value'],
          max: 50n * 10n ** 18n,
          currency: 'EUR',
          currencyOn: ['amount', 'currency'],
        },
        { kind: 'one_of', on: ['payee'], values: ['acct-1'] },
        { kind: 'time', days: [1, 2], from: 540, to: 1440, zone: 'Europe/Berlin' },
        { kind: 'cidr', values: [{ family: 4, base: 0xcb007100n, prefixLength: 24 }] },
      ],
      inheritable: true,
    })
  })

  it('tells no limit from a limit to nothing [DC-05]', () => {
    expect(grantIn(MAIL)).not.toHaveProperty('identifiers')
    expect(grantIn({ ...MAIL, identifiers: [] })).toHaveProperty('identifiers', [])
  })

  it.each([
    ['no location', { locations: [] }, 'locations'],
    ['locations left out', { locations: undefined }, 'locations'],
    ['locations of null', { locations: null }, 'locations'],
    ['null among the locations', { locations: [null] }, 'locations'],
    ['a location as a string', { locations: 'https://mail.example/' }, 'locations'],
    ['no action', { actions: [] }, 'actions'],
    ['actions left out', { actions: undefined }, 'actions'],
    ['an empty action', { actions: [''] }, 'actions'],
    ['a wildcard for actions', { actions: ['*'] }, 'actions'],
    ['a wildcard in an action', { actions: ['mail.*'] }, 'actions'],
    ['an action with an empty part', { actions: ['mail..read'] }, 'actions'],
    ['an action with white space', { actions: ['mail.read '] }, 'actions'],
    ['an action of 129 characters', { actions: ['x'.repeat(129)] }, 'actions'],
    ['identifiers of null', { identifiers: null }, 'identifiers'],
    ['null among the identifiers', { identifiers: [null] }, 'identifiers'],
    ['constraints as an object', { constraints: {} }, 'constraints'],
    ['a constraint that is a string', { constraints: ['range'] }, 'constraints'],
    ['a constraint without a kind', { constraints: [{ max: 5 }] }, 'constraints.kind'],
    ['a malformed constraint', { constraints: [{ kind: 'cidr', values: ['x'] }] }, 'constraints.values'],
    ['a type of no text', { type: '' }, 'type'],
  ])('with %s is malformed [DC-05]', (_, members, name) => {
    expect(refusalOf({ ...MAIL, ...members })).toEqual({ code: 'malformed', dimension: `${PATH}.${name}` })
  })

  it('with an unknown member is malformed', () => {
    expect(refusalOf({ ...MAIL, privileges: ['admin'] })).toEqual({ code: 'malformed', dimension: PATH })
  })

  it.each([
    ['33 entries', new Array(33).fill(MAIL), ''],
    ['65 locations', [{ ...MAIL, locations: new Array(65).fill('https://a.example/') }], '.locations'],
    ['65 actions', [{ ...MAIL, actions: new Array(65).fill('a') }], '.actions'],
    ['65 identifiers', [{ ...MAIL, identifiers: new Array(65).fill('a') }], '.identifiers'],
    ['17 constraints', [{ ...MAIL, constraints: new Array(17).fill({ kind: 'x' }) }], '.constraints'],
    [
      '65 values',
      [{ ...MAIL, constraints: [{ kind: 'one_of', on: 'a', values: new Array(65).fill(1) }] }],
      '.constraints.values',
    ],
  ])('beyond %s is over the limit', (_, entries, path) => {
    expect(refusalOf(...entries)).toEqual({ code: 'limit_exceeded', dimension: PATH + path })
  })

  it('at the limits is read', () => {
    const constraints = new Array(16).fill({ kind: 'one_of', on: 'a', values: new Array(64).fill(1) })

    expect(refusalOf(...new Array(32).fill({ ...MAIL, constraints }))).toBeUndefined()
  })

  it('of an unknown type is not supported and grants nothing, whatever else it says', () => {
    const unknown = {
      type: 'payment_initiation',
      locations: ['https://bank.example/'],
      actions: 'all',
      amount: {},
    }

    expect(grantIn(unknown)).toMatchObject({ supported: false, actions: [] })
    expect(grantIn(MAIL)).toMatchObject({ supported: true })
  })

  it.each(['velocity', 'moon_phase', 'constructor', '__proto__'])(
    'with the kind %s, which is unknown, is not supported [DC-20]',
    (kind) => {
      expect(grantIn({ ...MAIL, constraints: [{ kind, max: 5, anything: [{}] }] })).toMatchObject({
        supported: false,
        constraints: [],
      })
    },
  )

  it('with an unknown kind is still malformed where a known part is', () => {
    expect(refusalOf({ ...MAIL, constraints: [{ kind: 'velocity' }, { kind: 'cidr' }] })).toEqual({
      code: 'malformed',
      dimension: `${PATH}.constraints.values`,
    })
  })

  it('states a counted limit once', () => {
    const [count, other] = ['c1', 'c2'].map((id) => ({ kind: 'count', id, max: 1 }))
    const budget = { kind: 'budget', id: 'c1', on: 'amount', max: '5' }

    expect(refusalOf({ ...MAIL, constraints: [count, other] })).toBeUndefined()
    for (const again of [count, budget]) {
      expect(refusalOf({ ...MAIL, constraints: [count, again] })).toEqual({
        code: 'malformed',
        dimension: `${PATH}.constraints`,
      })
    }
  })

  it('says whether it is inherited only where an owner holds it', () => {
    const details = [{ ...MAIL, inheritable: false }]

    expect(parsed(ownerJson({ authorizationDetails: details })).subject).toMatchObject({
      authorizationDetails: [{ inheritable: false }],
    })
    expect(refusalOf(...details)).toEqual({ code: 'malformed', dimension: PATH })
  })
})

describe('buildGrant', () => {
  it('writes what the owner wrote, but for the spelling of values', () => {
    const entry = {
      ...MAIL,
      identifiers: [],
      constraints: [{ kind: 'range', on: 'a.b', min: '0.50', max: '50.00' }],
    }

    expect(buildGrant(grantIn(entry))).toEqual({
      ...entry,
      constraints: [{ kind: 'range', on: 'a.b', min: '0.5', max: '50' }],
    })
  })

  it.each([
    ['::/0', '::/0'],
    ['::1/128', '::1/128'],
    ['1:0:0:2::/128', '1:0:0:2::/128'],
    ['1::2:0:0:3/128', '1::2:0:0:3/128'],
    ['2001:0DB8:0:0:1:0:0:1/128', '2001:db8::1:0:0:1/128'],
    ['1:2:3:4:5:6:7:0/128', '1:2:3:4:5:6:7:0/128'],
    ['100::/8', '100::/8'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ])('writes the block %s as %s', (block, text) => {
    const grant = grantIn({ ...MAIL, constraints: [{ kind: 'cidr', values: [block] }] })

    expect(buildGrant(grant)).toMatchObject({ constraints: [{ values: [text] }] })
  })

  it.each([
    { kind: 'count', id: 'c1', max: 10, per: 'P1D' },
    { kind: 'count', id: 'c1', max: 1 },
    { kind: 'budget', id: 'b1', on: 'a.b', max: '200', per: 'PT36H' },
    { kind: 'budget', id: 'b1', on: 'a.b', currency: 'EUR', currencyOn: 'a.c', max: '0.5' },
  ])('writes a counted limit as it was read: %j', (limit) => {
    expect(buildGrant(grantIn({ ...MAIL, constraints: [limit] }))).toMatchObject({ constraints: [limit] })
  })

  it('throws for an entry that was not understood, because parts of it are lost', () => {
    const grant = grantIn({ ...MAIL, constraints: [{ kind: 'velocity', max: 1 }] })

    expect(() => buildGrant(grant)).toThrow(expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }))
  })
})
