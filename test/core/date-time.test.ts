import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDateTime, parseDateTime } from '../../src/core/date-time.ts'

describe('parseDateTime', () => {
  it.each([
    ['2026-11-22T09:00:00Z', '2026-11-22T09:00:00.000Z'],
    ['2026-11-22T09:00:00.5Z', '2026-11-22T09:00:00.500Z'],
    ['2026-11-22T09:00:00.0019999Z', '2026-11-22T09:00:00.001Z'],
    ['2026-11-22T09:00:00+14:00', '2026-11-21T19:00:00.000Z'],
    ['2026-11-22T09:00:00-05:30', '2026-11-22T14:30:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['0096-02-29T23:59:59Z', '0096-02-29T23:59:59.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('reads %s', (text, utc) => {
    expect(parseDateTime(text)).toBe(Date.parse(utc))
  })

  it.each([
    ['no time zone', '2026-11-22T09:00:00'],
    ['a date alone', '2026-11-22'],
    ['a space for T', '2026-11-22 09:00:00Z'],
    ['lower case', '2026-11-22t09:00:00z'],
    ['30 February', '2026-02-30T09:00:00Z'],
    ['29 February of a common year', '2026-02-29T09:00:00Z'],
    ['29 February 1900', '1900-02-29T09:00:00Z'],
    ['month 13', '2026-13-01T09:00:00Z'],
    ['month 0', '2026-00-01T09:00:00Z'],
    ['day 0', '2026-11-00T09:00:00Z'],
    ['hour 24', '2026-11-22T24:00:00Z'],
    ['minute 60', '2026-11-22T09:60:00Z'],
    ['a leap second', '2026-12-31T23:59:60Z'],
    ['year 0', '0000-01-01T00:00:00Z'],
    ['a five-digit year', '+12026-11-22T09:00:00Z'],
    ['a negative year', '-2026-11-22T09:00:00Z'],
    ['the year 10000 in UTC', '9999-12-31T23:59:59-00:01'],
    ['the year 0 in UTC', '0001-01-01T00:00:00+00:01'],
    ['an offset beyond 14 hours', '2026-11-22T09:00:00+14:01'],
    ['an offset without a colon', '2026-11-22T09:00:00+0100'],
    ['an offset of 60 minutes', '2026-11-22T09:00:00+01:60'],
    ['ten digits of a second', '2026-11-22T09:00:00.0123456789Z'],
    ['a point without digits', '2026-11-22T09:00:00.Z'],
    ['a trailing line feed', '2026-11-22T09:00:00Z\n'],
    ['text before', 'x2026-11-22T09:00:00Z'],
    ['other digits', '٢٠٢٦-11-22T09:00:00Z'],
    ['nothing', ''],
  ])('refuses %s', (_name, text) => {
    expect(parseDateTime(text)).toBeUndefined()
  })

  it('reads back every instant of the years 1 to 9999', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (ms) => {
        expect(parseDateTime(formatDateTime(ms))).toBe(ms)
      }),
    )
  })

  it('reads every millisecond exactly', () => {
    for (let ms = 0; ms < 1000; ms++) expect(parseDateTime(formatDateTime(ms))).toBe(ms)
  })
})

describe('formatDateTime', () => {
  it('writes UTC with milliseconds', () => {
    expect(formatDateTime(Date.UTC(2026, 10, 22, 9))).toBe('2026-11-22T09:00:00.000Z')
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 253_402_300_800_000, -62_135_596_800_001])(
    'throws for %d, which parseDateTime could not read back',
    (ms) => {
      expect(() => formatDateTime(ms)).toThrow(
        expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
      )
    },
  )
})
