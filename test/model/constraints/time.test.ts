import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { zoneOffset } from '../../../src/model/constraints/zone-offset.ts'
import { allows, allowsUntil, constraintIn, isSubsumed } from '../../helpers/constraints.ts'

const OFFICE = { kind: 'time', days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00', zone: 'Europe/Berlin' }
const NIGHT = { ...OFFICE, days: [5], from: '22:00', to: '06:00' }
const allowsAt = (window: object, instant: string) => allows(window, { now: Date.parse(instant) })

describe('time parse', () => {
  it.each([
    ['office hours', {}],
    ['a whole day', { from: '00:00', to: '24:00' }],
    ['a window over midnight', { from: '22:00', to: '06:00' }],
    ['a window to midnight', { from: '22:00', to: '00:00' }],
    ['a zone that nobody knows, which denies later', { zone: 'Mars/Olympus' }],
  ])('accepts %s', (_, members) => {
    expect(constraintIn({ ...OFFICE, ...members })).toBeDefined()
  })

  it.each([
    ['no day', { days: [] }],
    ['day 0', { days: [0] }],
    ['day 8', { days: [8] }],
    ['a day twice', { days: [1, 1] }],
    ['a day by name', { days: ['Mon'] }],
    ['a window of no length', { from: '09:00', to: '09:00' }],
    ['a window that begins at the end of the day', { from: '24:00', to: '06:00' }],
    ['hour 25', { to: '25:00' }],
    ['minute 60', { to: '12:60' }],
    ['24:01', { to: '24:01' }],
    ['one digit', { from: '9:00' }],
    ['seconds', { from: '09:00:00' }],
    ['an offset as a zone', { zone: '+02:00' }],
    ['an empty zone', { zone: '' }],
    ['no zone', { zone: undefined }],
    ['an unknown member', { until: 'x' }],
  ])('refuses %s', (_, members) => {
    expect(constraintIn(JSON.parse(JSON.stringify({ ...OFFICE, ...members })))).toBeUndefined()
  })
})

describe('time allows', () => {
  it.each([
    ['from the first minute', '2026-11-23T08:00:00Z'],
    ['to the end of the last', '2026-11-23T15:59:59.999Z'],
    ['an hour earlier in UTC in summer', '2026-07-20T07:00:00Z'],
  ])('%s', (_, instant) => {
    expect(allowsAt(OFFICE, instant)).toBe(true)
  })

  it.each([
    ['before', '2026-11-23T07:59:59.999Z'],
    ['at the end, which is exclusive', '2026-11-23T16:00:00Z'],
    ['on a Sunday', '2026-11-22T10:00:00Z'],
    ['by winter hours in summer', '2026-07-20T15:30:00Z'],
  ])('not %s', (_, instant) => {
    expect(allowsAt(OFFICE, instant)).toBe(false)
  })

  it.each([
    ['Friday night', '2026-11-27T21:00:00Z', true],
    ['Saturday morning, which belongs to Friday', '2026-11-28T04:59:59Z', true],
    ['Saturday at the end', '2026-11-28T05:00:00Z', false],
    ['Friday morning, which belongs to Thursday', '2026-11-27T01:00:00Z', false],
    ['Saturday night', '2026-11-28T22:00:00Z', false],
  ])('over midnight: %s (%s) is %s', (_, instant, allowed) => {
    expect(allowsAt(NIGHT, instant)).toBe(allowed)
  })

  it('over midnight from Sunday to Monday', () => {
    expect(allowsAt({ ...NIGHT, days: [7] }, '2026-11-23T01:00:00Z')).toBe(true)
  })

  it('both passes of the hour that autumn repeats, and what follows the hour that spring skips', () => {
    const early = { ...OFFICE, days: [7], from: '02:00', to: '03:30' }

    expect(allowsAt(early, '2026-10-25T00:30:00Z')).toBe(true)
    expect(allowsAt(early, '2026-10-25T01:30:00Z')).toBe(true)
    expect(allowsAt(early, '2026-03-29T00:59:59Z')).toBe(false)
    expect(allowsAt(early, '2026-03-29T01:29:59Z')).toBe(true)
    expect(allowsAt(early, '2026-03-29T01:30:00Z')).toBe(false)
  })

  it('nothing in a zone that the platform does not know [P12]', () => {
    const always = { ...OFFICE, days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }

    expect(allowsAt({ ...always, zone: 'Mars/Olympus' }, '2026-11-23T10:00:00Z')).toBe(false)
    expect(allowsAt(always, '2026-11-23T10:00:00Z')).toBe(true)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e20])('nothing at the instant %d', (now) => {
    const always = { ...OFFICE, days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }

    expect(allows(always, { now })).toBe(false)
  })
})

describe('time allows a request', () => {
  const until = (window: object, instant: string) => {
    const ends = allowsUntil(window, { now: Date.parse(instant) })
    return new Date(ends).toISOString()
  }

  it.each([
    ['until the end of the hours', OFFICE, '2026-11-23T15:50:00.500Z', '2026-11-23T16:00:00.000Z'],
    [
      'until midnight where they end then',
      { ...NIGHT, to: '00:00' },
      '2026-11-27T22:59:00Z',
      '2026-11-27T23:00:00.000Z',
    ],
    ['until the morning after a night', NIGHT, '2026-11-28T04:46:00Z', '2026-11-28T05:00:00.000Z'],
    ['past midnight in the middle of a night', NIGHT, '2026-11-27T22:55:00Z', '2026-11-27T23:00:00.000Z'],
    [
      'until the next moment at which clocks could change',
      { ...OFFICE, days: [7], from: '00:00', to: '04:00' },
      '2026-03-29T00:59:59.999Z',
      '2026-03-29T01:00:00.000Z',
    ],
  ])('%s', (_, window, instant, end) => {
    expect(allowsAt(window, instant)).toBe(true)
    expect(until(window, instant)).toBe(end)
  })

  it('over hours that are not on a quarter to the minute', () => {
    expect(until({ ...OFFICE, to: '16:52' }, '2026-11-23T15:50:00Z')).toBe('2026-11-23T15:52:00.000Z')
  })

  it('no longer than now in a zone that the platform does not know', () => {
    expect(until({ ...OFFICE, zone: 'Mars/Olympus' }, '2026-11-23T10:00:00Z')).toBe(
      '2026-11-23T10:00:00.000Z',
    )
  })
})

describe('time subsumes', () => {
  it.each([
    ['the same', OFFICE, OFFICE],
    ['fewer days', OFFICE, { ...OFFICE, days: [2] }],
    ['shorter hours', OFFICE, { ...OFFICE, from: '10:00', to: '16:59' }],
    ['a shorter night', NIGHT, { ...NIGHT, from: '23:00', to: '05:00' }],
    ['the evening of a night', NIGHT, { ...NIGHT, to: '24:00' }],
    ['the morning of a night, on the day after', NIGHT, { ...NIGHT, days: [6], from: '01:00', to: '06:00' }],
    ['a night within whole days', { ...NIGHT, days: [5, 6], from: '00:00', to: '24:00' }, NIGHT],
  ])('%s', (_, parent, child) => {
    expect(isSubsumed(parent, child)).toBe(true)
  })

  it.each([
    ['one more day', OFFICE, { ...OFFICE, days: [5, 6] }],
    ['earlier hours', OFFICE, { ...OFFICE, from: '08:59' }],
    ['later hours', OFFICE, { ...OFFICE, to: '17:01' }],
    ['the night around the hours', OFFICE, { ...OFFICE, from: '17:00', to: '09:00' }],
    ['a night whose morning is not granted', { ...NIGHT, days: [5], from: '00:00', to: '24:00' }, NIGHT],
    ['another zone, even of the same clock', OFFICE, { ...OFFICE, zone: 'Europe/Paris' }],
  ])('not %s', (_, parent, child) => {
    expect(isSubsumed(parent, child)).toBe(false)
  })
})

describe('zoneOffset', () => {
  const local = (zone: string, now: number) =>
    new Date(now).toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T')
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
  ]

  it('agrees with the platform at any instant, also when zones alternate', () => {
    const instant = fc.integer({ min: Date.UTC(1975, 0), max: Date.UTC(2040, 0) })

    fc.assert(
      fc.property(fc.constantFrom(...zones), instant, (zone, now) => {
        const shifted = now + (zoneOffset(zone, now) ?? Number.NaN) * 60_000

        expect(new Date(shifted).toISOString().slice(0, 19)).toBe(local(zone, now))
      }),
      { numRuns: 300 },
    )
  })

  it('agrees with the platform around each change of the clocks', () => {
    const changes = [Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1), Date.UTC(2026, 3, 4, 15)]

    for (const zone of zones)
      for (const change of changes)
        for (const shift of [-1, 0, 1]) {
          const shifted = change + shift + (zoneOffset(zone, change + shift) ?? Number.NaN) * 60_000

          expect(new Date(shifted).toISOString().slice(0, 19)).toBe(local(zone, change + shift))
        }
  })
})
