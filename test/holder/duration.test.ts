import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_DURATION_MS, parseDuration } from '../../src/holder/duration.ts'

describe('parseDuration', () => {
  it.each([
    { text: '30s', ms: 30_000 },
    { text: '15m', ms: 900_000 },
    { text: '24h', ms: 86_400_000 },
    { text: '30d', ms: 2_592_000_000 },
    { text: '366d', ms: MAX_DURATION_MS },
  ])('reads $text as $ms ms', ({ text, ms }) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each([
    '',
    '15',
    'm',
    '0m',
    '015m',
    '1.5h',
    '-1s',
    '15 m',
    '15M',
    '1w',
    '15m ',
    '15m\n',
    '367d',
    '9999999999d',
  ])('refuses the text %j', (text) => {
    expect(() => parseDuration(text)).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
    )
  })

  it.each([
    0,
    -1,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    MAX_DURATION_MS + 1,
    undefined,
    null,
    {},
    '1e3s',
  ])('refuses the value %s', (value) => {
    expect(() => parseDuration(value)).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
    )
  })

  it.each([
    ['1day', /^lifetime must be a whole number with a unit, such as '30s', '15m', '24h' or '30d'$/],
    [-1, /^lifetime must be a whole number with a unit, .*, or a positive whole number of milliseconds$/],
    ['367d', /^lifetime must be at most 366 days$/],
    [MAX_DURATION_MS + 1, /^lifetime must be at most 366 days$/],
  ])('says of %j the rule that it breaks, and no other', (value, message) => {
    expect(() => parseDuration(value, 'lifetime')).toThrow(message)
  })

  it('takes a number as milliseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_DURATION_MS }), (ms) => {
        expect(parseDuration(ms)).toBe(ms)
      }),
    )
  })

  it('names what the duration is for', () => {
    expect(() => parseDuration('soon', 'lifetime')).toThrow(/^lifetime must be/)
  })
})
