import { describe, expect, it } from 'vitest'
import { authorize } from '../../src/delegation/authorize.ts'
import { grant, grants, MAIL, request } from '../helpers/grants.ts'

const UP_TO_5 = { kind: 'range', on: 'amount', max: '5' }
const OFFICE = { kind: 'cidr', values: ['203.0.113.0/24'] }
const UNKNOWN = { kind: 'moon_phase' }

const notAuthorized = (dimension: string) => ({
  verified: false,
  refusal: { code: 'not_authorized', dimension },
})

describe('authorize', () => {
  it('answers with the entry that allows the request', () => {
    const entries = grants({ ...MAIL, actions: ['mail.delete'] }, MAIL)

    expect(authorize(entries, request())).toEqual({ verified: true, value: entries[1] })
  })

  it.each([
    ['no entry [DC-05]', [], {}, 'actions'],
    ['another action', [{}], { action: 'mail.delete' }, 'actions'],
    ['an action that begins alike', [{}], { action: 'mail.reader' }, 'actions'],
    ['another origin', [{}], { origin: 'https://bank.example' }, 'locations'],
    [
      'a path outside the prefix [DC-04]',
      [{ locations: ['https://mail.example/w/notes'] }],
      { path: '/w/notesSECRET' },
      'locations',
    ],
    [
      'a path that climbs [DC-04]',
      [{ locations: ['https://mail.example/w/notes'] }],
      { path: '/w/notes/../admin' },
      'locations',
    ],
    ['another identifier', [{ identifiers: ['inbox/'] }], { identifier: 'outbox/a' }, 'identifiers'],
    ['no identifier where some are named', [{ identifiers: ['inbox/'] }], {}, 'identifiers'],
    [
      'any identifier where none is granted [DC-05]',
      [{ identifiers: [] }],
      { identifier: 'inbox/a' },
      'identifiers',
    ],
    ['no identifier where none is granted [DC-05]', [{ identifiers: [] }], {}, 'identifiers'],
  ])('does not authorize %s', (_, entries, members, dimension) => {
    expect(authorize(entries.map(grant), request(members))).toEqual(notAuthorized(dimension))
  })

  it('allows a request that names an identifier where the entry names none', () => {
    expect(authorize([grant()], request({ identifier: 'inbox/a' }))).toMatchObject({ verified: true })
  })

  it('needs one entry that alone allows all of the request', () => {
    const entries = [grant({ actions: ['mail.send'] }), grant({ locations: ['https://bank.example/'] })]

    expect(authorize(entries, request())).toEqual(notAuthorized('locations'))
  })

  it.each([
    [[OFFICE, UP_TO_5], { arguments: { amount: '5' } }, 'cidr'],
    [[UP_TO_5, OFFICE], { clientAddress: '203.0.113.7' }, 'range'],
    [[UP_TO_5], { arguments: { amount: '6' } }, 'range'],
  ])('names the kind of the constraint that is violated', (constraints, members, dimension) => {
    expect(authorize([grant({ constraints })], request(members))).toEqual({
      verified: false,
      refusal: { code: 'constraint_violated', dimension },
    })
  })

  it('allows what keeps every constraint of an entry [S2]', () => {
    const facts = { arguments: { amount: '5' }, clientAddress: '203.0.113.7' }

    expect(authorize([grant({ constraints: [OFFICE, UP_TO_5] })], request(facts))).toMatchObject({
      verified: true,
    })
  })

  it('explains the refusal by the entry that came closest', () => {
    const far = grant({ actions: ['mail.delete'] })
    const near = grant({ constraints: [UP_TO_5] })

    for (const entries of [
      [far, near],
      [near, far],
    ])
      expect(authorize(entries, request())).toMatchObject({ refusal: { code: 'constraint_violated' } })
  })

  describe('an entry that is not supported [DC-20]', () => {
    it('grants nothing, and says so when only it would match', () => {
      expect(authorize([grant({ constraints: [UNKNOWN] })], request())).toEqual({
        verified: false,
        refusal: { code: 'unsupported', dimension: 'authorizationDetails' },
      })
    })

    it('of an unknown type says so too, where it looks like ours', () => {
      expect(authorize(grants({ ...MAIL, type: 'x' }), request())).toMatchObject({
        refusal: { code: 'unsupported' },
      })
    })

    it('does not stand in the way of one that allows', () => {
      expect(authorize([grant({ constraints: [UNKNOWN] }), grant()], request())).toMatchObject({
        verified: true,
      })
    })

    it('is not blamed where it would not match anyway', () => {
      expect(authorize([grant({ constraints: [UNKNOWN] })], request({ action: 'mail.delete' }))).toEqual(
        notAuthorized('actions'),
      )
      expect(authorize([grant({ constraints: [UNKNOWN, OFFICE] })], request())).toMatchObject({
        refusal: { code: 'constraint_violated', dimension: 'cidr' },
      })
    })
  })
})
