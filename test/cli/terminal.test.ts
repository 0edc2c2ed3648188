import { describe, expect, it } from 'vitest'
import { describeGrant } from '../../src/cli/chain/describe-grant.ts'
import { counted, fields, printable, shortened, shortList, table } from '../../src/cli/terminal/text.ts'
import { formatDuration, formatRelative, parseTime, timeText } from '../../src/cli/terminal/time.ts'
import type { Constraint } from '../../src/model/constraints/constraint.ts'
import { mailGrant } from '../helpers/world.ts'

describe('printable', () => {
  it('leaves nothing that could move the cursor, break the line or turn text around', () => {
    expect(printable('a\u001b[31mb\nc\u202ed\u200be\u2028')).toBe('a\ufffd[31mb\ufffdc\ufffdd\ufffde\ufffd')
    expect(printable('Zoë 中文')).toBe('Zoë 中文')
  })
})

describe('table', () => {
  it('aligns columns under their header', () => {
    expect(
      table(
        ['ID', 'STATE'],
        [
          ['own_1', 'active'],
          ['o', ''],
        ],
      ),
    ).toEqual(['ID     STATE', 'own_1  active', 'o'])
  })
})

describe('fields', () => {
  it('aligns values and leaves out those without', () => {
    expect(
      fields([
        ['a', '1'],
        ['long', '2'],
        ['b', undefined],
      ]),
    ).toEqual(['a     1', 'long  2'])
  })
})

it('counts nouns', () => {
  expect([counted(1, 'link'), counted(0, 'link')]).toEqual(['1 link', '0 links'])
})

describe('what is too long for a row', () => {
  it.each([
    ['triage', 'triage'],
    ['exactly-10', 'exactly-10'],
    ['eleven-char', 'eleven-ch…'],
    ['🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂', '🙂🙂🙂🙂🙂🙂🙂🙂🙂…'],
  ])('is cut off: %s as %s', (text, shown) => {
    expect(shortened(text, 10)).toBe(shown)
  })

  it.each<[string[], string]>([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b', 'c'], 'a, b, c'],
    [['long-1', 'b', 'c', 'd'], 'long-1, b +2'],
    [['longer-than-ten', 'b'], 'longer-th… +1'],
  ])('is counted: %j as %s', (items, shown) => {
    expect(shortList(items, 10)).toBe(shown)
  })
})

describe('times', () => {
  it('writes dates of the API in the form of all others, and leaves what is none', () => {
    expect(timeText('2026-11-22T09:00:00.123Z')).toBe('2026-11-22 09:00:00 UTC')
    expect(timeText('soon')).toBe('soon')
  })

  it.each([
    [0, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 d'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it('says whether a time is past or to come', () => {
    expect([formatRelative(1000, 4000), formatRelative(4000, 1000)]).toEqual(['3 s ago', 'in 3 s'])
  })

  it.each([
    ['2026-11-22T09:00:00Z', Date.UTC(2026, 10, 22, 9)],
    ['2026-11-22T09:00:00.250+01:00', Date.UTC(2026, 10, 22, 8, 0, 0, 250)],
    ['2026-11-22T09:00Z', Date.UTC(2026, 10, 22, 9)],
    ['1795338000000', 1_795_338_000_000],
    ['2026-11-22T09:00:00', undefined],
    ['today', undefined],
    ['1795338000', undefined],
  ])('reads %s', (text, ms) => {
    expect(parseTime(text)).toBe(ms)
  })
})

describe('describeGrant', () => {
  const cases: readonly (readonly [Constraint, string])[] = [
    [
      { kind: 'range', on: ['amount', 'value'], max: 50n * 10n ** 18n, currency: 'EUR', currencyOn: ['c'] },
      'amount.value is at most 50 EUR',
    ],
    [{ kind: 'range', on: ['n'], min: 10n ** 18n }, 'n is at least 1'],
    [{ kind: 'range', on: ['n'], min: 10n ** 18n, max: 2n * 10n ** 18n }, 'n is 1 to 2'],
    [{ kind: 'one_of', on: ['payee'], values: ['a', 'b'] }, 'payee is one of a, b'],
    [
      { kind: 'time', days: [1, 5], from: 540, to: 1020, zone: 'Europe/Berlin' },
      'it is 09:00-17:00 on Mon, Fri in Europe/Berlin',
    ],
    [
      { kind: 'time', days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 60, zone: 'UTC' },
      'it is 00:00-01:00 on any day in UTC',
    ],
    [
      { kind: 'cidr', values: [{ family: 4, base: 0xcb007100n, prefixLength: 24 }] },
      'called from 203.0.113.0/24',
    ],
  ]

  it.each(cases)('says a constraint in words', (constraint, words) => {
    expect(describeGrant(mailGrant({ constraints: [constraint] }))).toBe(
      `mail.read, mail.send at https://mail.example/ if ${words}`,
    )
  })

  it('says which resources, and what is not passed on', () => {
    expect(describeGrant(mailGrant({ identifiers: ['inbox/'], inheritable: false }))).toBe(
      'mail.read, mail.send at https://mail.example/ on inbox/ (not inheritable)',
    )
    expect(describeGrant(mailGrant({ identifiers: [] }))).toContain('on nothing')
  })

  it('says of what it does not understand that it grants nothing', () => {
    expect(describeGrant(mailGrant({ type: 'moon', supported: false }))).toContain('grants nothing')
  })
})
