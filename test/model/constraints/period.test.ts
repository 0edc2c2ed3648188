import { describe, expect, it } from 'vitest'
import { formatPeriod, isLongerWindow, parsePeriod, windowAt } from '../../../src/model/constraints/period.ts'

const DAY = 86_400_000

describe('a period', () => {
  it.each([
    ['PT1S', 1000],
    ['PT90S', 90_000],
    ['PT15M', 900_000],
    ['PT1H', 3_600_000],
    ['PT24H', DAY],
    ['P1D', DAY],
    ['P1W', 7 * DAY],
    ['P52W', 364 * DAY],
    ['P366D', 366 * DAY],
    ['PT31622400S', 366 * DAY],
  ])('%s is %d ms', (text, ms) => {
    expect(parsePeriod(text)).toBe(ms)
  })

  it.each([
    'P1M',
    'P1Y',
    'P367D',
    'P53W',
    'PT99999999S',
    'P0D',
    'P01D',
    'P1.5D',
    'P-1D',
    '-P1D',
    'P1DT1H',
    'PT1D',
    'P1H',
    'P1S',
    'PT1W',
    'P',
    'PT',
    'p1d',
    ' P1D',
    'P1D ',
    'P१D',
    'PT100000000S',
    '',
    '86400',
  ])('is not %j', (text) => {
    expect(parsePeriod(text)).toBeUndefined()
  })

  it('is text', () => {
    expect(parsePeriod(86_400)).toBeUndefined()
    expect(parsePeriod(null)).toBeUndefined()
  })

  it.each(['PT1S', 'PT90S', 'PT15M', 'PT1H', 'PT25H', 'P1D', 'P10D', 'P1W', 'P366D'])(
    'is written as it was read: %s',
    (text) => {
      expect(formatPeriod(parsePeriod(text) ?? 0)).toBe(text)
    },
  )

  it('is written in the shortest way', () => {
    expect(formatPeriod(parsePeriod('PT168H') ?? 0)).toBe('P1W')
  })
})

describe('a window', () => {
  it('holds its first millisecond and not that of the next', () => {
    expect(windowAt(DAY, 0)).toEqual({ number: 0, endsAt: DAY })
    expect(windowAt(DAY, DAY - 1)).toEqual({ number: 0, endsAt: DAY })
    expect(windowAt(DAY, DAY)).toEqual({ number: 1, endsAt: 2 * DAY })
  })

  it('of a day begins at midnight UTC, of a week on a Thursday as 1970 did', () => {
    const at = Date.UTC(2026, 10, 22, 9)

    expect(new Date(windowAt(DAY, at).endsAt).toISOString()).toBe('2026-11-23T00:00:00.000Z')
    expect(new Date(windowAt(7 * DAY, at).endsAt).toISOString()).toBe('2026-11-26T00:00:00.000Z')
  })

  it('is longer when it is made of whole ones, and longest when there is none', () => {
    expect(isLongerWindow(DAY, 7 * DAY)).toBe(true)
    expect(isLongerWindow(DAY, undefined)).toBe(true)
    expect(isLongerWindow(undefined, undefined)).toBe(true)
    expect(isLongerWindow(undefined, DAY)).toBe(false)
    expect(isLongerWindow(2 * DAY, 3 * DAY)).toBe(false)
    expect(isLongerWindow(7 * DAY, DAY)).toBe(false)
  })
})
