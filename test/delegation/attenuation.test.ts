import { describe, expect, it } from 'vitest'
import { attenuate } from '../../src/delegation/attenuation.ts'
import { grant, grants, MAIL } from '../helpers/grants.ts'

const upTo = (max: string, on = 'amount') => ({ kind: 'range', on, max })
const OFFICE = { kind: 'cidr', values: ['203.0.113.0/24'] }
const UNKNOWN = { kind: 'moon_phase', phase: 'full' }

/** The dimension in which the child goes beyond its parent; `undefined` when it does not. */
function escalation(
  parent: object | readonly object[],
  child: object | readonly object[],
): string | undefined {
  const entries = (members: object | readonly object[]) => [members].flat().map((entry) => grant(entry))
  const verdict = attenuate(entries(parent), entries(child))
  if (verdict.verified) return undefined
  expect(verdict.refusal.code).toBe('capability_escalated')
  return verdict.refusal.dimension
}

describe('attenuate accepts', () => {
  it.each([
    ['the same', {}, {}],
    ['fewer actions', {}, { actions: ['mail.read'] }],
    ['a path below', {}, { locations: ['https://mail.example/inbox/'] }],
    ['a limit of its own [I5]', {}, { identifiers: ['inbox/support'], constraints: [upTo('5')] }],
    ['no identifier at all', { identifiers: ['inbox/'] }, { identifiers: [] }],
    ['identifiers below a prefix', { identifiers: ['inbox/'] }, { identifiers: ['inbox/a', 'inbox/b/'] }],
    ['a limit not restated, which still binds [DC-03]', { identifiers: ['a'], constraints: [upTo('5')] }, {}],
    ['a limit restated as tightly', { constraints: [upTo('5')] }, { constraints: [upTo('5.00')] }],
    ['a limit on another argument', { constraints: [upTo('5')] }, { constraints: [upTo('99', 'fee')] }],
    [
      'two limits on one argument, restated',
      { constraints: [{ kind: 'range', on: 'a', min: '1' }, upTo('9', 'a')] },
      { constraints: [upTo('9', 'a'), { kind: 'range', on: 'a', min: '1' }] },
    ],
    ['nothing', {}, []],
    ['nothing from nothing', [], []],
    [
      'each entry from another of the parent',
      [{ actions: ['a'] }, { actions: ['b'] }],
      [{ actions: ['b'] }, { actions: ['a'] }],
    ],
  ])('%s', (_, parent, child) => {
    expect(escalation(parent, child)).toBeUndefined()
  })
})

describe('attenuate refuses', () => {
  it.each([
    ['an action more [DC-03]', {}, { actions: ['mail.read', 'mail.delete'] }, 'actions'],
    ['an action in other case', {}, { actions: ['Mail.read'] }, 'actions'],
    ['a location more', {}, { locations: ['https://mail.example/', 'https://bank.example/'] }, 'locations'],
    ['a wider path [DC-03]', { locations: ['https://mail.example/inbox'] }, {}, 'locations'],
    [
      'a path that begins alike [DC-04]',
      { locations: ['https://mail.example/w/notes'] },
      { locations: ['https://mail.example/w/notesSECRET'] },
      'locations',
    ],
    ['another identifier', { identifiers: ['w/notes'] }, { identifiers: ['w/other'] }, 'identifiers'],
    [
      'an identifier that begins alike [DC-04]',
      { identifiers: ['w/notes'] },
      { identifiers: ['w/notesSECRET'] },
      'identifiers',
    ],
    [
      'an identifier that climbs [DC-04]',
      { identifiers: ['w/notes/'] },
      { identifiers: ['w/notes/../admin'] },
      'identifiers',
    ],
    ['an identifier from none [DC-05]', { identifiers: [] }, { identifiers: ['a'] }, 'identifiers'],
    ['a looser limit [DC-03]', { constraints: [upTo('5')] }, { constraints: [upTo('6')] }, 'range'],
    [
      'a limit restated without one of its bounds',
      { constraints: [{ kind: 'range', on: 'amount', min: '1', max: '5' }] },
      { constraints: [upTo('5')] },
      'range',
    ],
    [
      'one more value',
      { constraints: [{ kind: 'one_of', on: 'p', values: [1] }] },
      { constraints: [{ kind: 'one_of', on: 'p', values: [1, 2] }] },
      'one_of',
    ],
    [
      'a larger network',
      { constraints: [OFFICE] },
      { constraints: [{ kind: 'cidr', values: ['0.0.0.0/0'] }] },
      'cidr',
    ],
    ['anything from nothing', [], {}, 'type'],
    [
      'two entries of the parent at once',
      [{ actions: ['a'] }, { actions: ['b'] }],
      { actions: ['a', 'b'] },
      'actions',
    ],
    [
      'locations and actions of two entries crossed',
      [{ actions: ['a'] }, { actions: ['b'], locations: ['https://b.example/'] }],
      { actions: ['a'], locations: ['https://b.example/'] },
      'locations',
    ],
    ['a second entry that is wider', {}, [{}, { actions: ['mail.delete'] }], 'actions'],
  ])('%s', (_, parent, child, dimension) => {
    expect(escalation(parent, child)).toBe(dimension)
  })

  it('names the dimension in which the closest entry of the parent fell short', () => {
    const parent = [
      { actions: ['mail.delete'] },
      { constraints: [OFFICE] },
      { locations: ['https://bank.example/'] },
    ]

    expect(escalation(parent, { constraints: [{ kind: 'cidr', values: ['::/0'] }] })).toBe('cidr')
  })
})

describe('attenuate spells out what is inherited', () => {
  it('so that a grandchild cannot loosen a limit that its parent left unsaid', () => {
    const parent = [grant({ identifiers: ['a/'], constraints: [upTo('5'), OFFICE] })]
    const child = attenuate(parent, [grant({ actions: ['mail.read'], constraints: [OFFICE] })])
    const effective = child.verified ? child.value : []

    expect(effective).toEqual([
      grant({ actions: ['mail.read'], identifiers: ['a/'], constraints: [OFFICE, upTo('5')] }),
    ])
    expect(attenuate(effective, [grant({ actions: ['mail.read'], constraints: [upTo('6')] })])).toMatchObject(
      {
        refusal: { code: 'capability_escalated', dimension: 'range' },
      },
    )
    expect(attenuate(effective, [grant({ actions: ['mail.read'], identifiers: ['b'] })])).toMatchObject({
      refusal: { dimension: 'identifiers' },
    })
    expect(attenuate(effective, [grant({ actions: ['mail.read'], constraints: [upTo('4')] })])).toMatchObject(
      {
        verified: true,
      },
    )
  })

  it('and hands on an entry that states everything as it is', () => {
    const child = grant({ constraints: [upTo('4')] })
    const verdict = attenuate([grant({ constraints: [upTo('5')] })], [child])

    expect(verdict.verified && verdict.value[0]).toBe(child)
  })
})

describe('attenuate and entries that are not supported [DC-20]', () => {
  it('lets a child state one, because it grants nothing', () => {
    const verdict = attenuate([grant()], [grant({ actions: ['mail.delete'], constraints: [UNKNOWN] })])

    expect(verdict).toMatchObject({ verified: true, value: [{ supported: false }] })
  })

  it('makes what rests on one not supported either', () => {
    const verdict = attenuate([grant({ constraints: [UNKNOWN] })], [grant()])

    expect(verdict).toMatchObject({ verified: true, value: [{ supported: false }] })
  })

  it('prefers an entry of the parent that is supported', () => {
    const verdict = attenuate([grant({ constraints: [UNKNOWN] }), grant()], [grant()])

    expect(verdict).toMatchObject({ verified: true, value: [{ supported: true }] })
  })

  it('refuses what one would not cover even if it were understood', () => {
    const verdict = attenuate([grant({ constraints: [UNKNOWN] })], [grant({ actions: ['mail.delete'] })])

    expect(verdict).toMatchObject({ refusal: { code: 'capability_escalated', dimension: 'actions' } })
  })

  it('does not let an entry of another type cover one', () => {
    const verdict = attenuate(grants({ ...MAIL, type: 'payment_initiation' }), [grant()])

    expect(verdict).toMatchObject({ refusal: { code: 'capability_escalated', dimension: 'type' } })
  })
})
