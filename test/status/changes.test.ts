import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeBase64url } from '../../src/core/base64url.ts'
import {
  CHANGES_SLICE_MS,
  changesSliceOf,
  encodeChanges,
  type ListChange,
  MAX_CHANGES_CHARS,
  mergeChanges,
  parseChanges,
} from '../../src/status/changes.ts'
import { NOW, reasonOf, unwrap } from './fixtures.ts'

const SLICE = changesSliceOf(NOW)
const START = SLICE * CHANGES_SLICE_MS

const REVOKED: ListChange = { purpose: 'revocation', pair: 7, version: START + 5, set: [3, 9113], clear: [] }
const LIFTED: ListChange = {
  purpose: 'suspension',
  pair: 7,
  version: START + 9,
  set: [4],
  clear: [1, 131_071],
}

const indexes = fc.uniqueArray(fc.nat({ max: 131_071 }), { maxLength: 20 })

/** What one commit may do to a few lists. */
const changes: fc.Arbitrary<readonly ListChange[]> = fc
  .uniqueArray(
    fc.record({
      pair: fc.nat({ max: 40 }),
      purpose: fc.constantFrom('revocation' as const, 'suspension' as const),
      version: fc.nat({ max: CHANGES_SLICE_MS - 1 }).map((offset) => START + offset),
      set: indexes,
      clear: indexes,
    }),
    { maxLength: 10, selector: ({ pair, purpose }) => `${purpose} ${pair}` },
  )
  .map((some) =>
    some.map(({ set, clear, ...rest }) => ({
      ...rest,
      set: ascending(set),
      clear: rest.purpose === 'revocation' ? [] : ascending(clear.filter((index) => !set.includes(index))),
    })),
  )

function ascending(some: readonly number[]): readonly number[] {
  return some.toSorted((a, b) => a - b)
}

function text(...bytes: readonly number[]): string {
  return encodeBase64url(Uint8Array.from(bytes))
}

/** A list of entries, as changes leave it: by list and index. */
function statesAfter(
  states: ReadonlyMap<string, boolean>,
  some: readonly ListChange[],
): Map<string, boolean> {
  const next = new Map(states)
  for (const { purpose, pair, set, clear } of some) {
    for (const index of set) next.set(`${purpose} ${pair} ${index}`, true)
    for (const index of clear) next.set(`${purpose} ${pair} ${index}`, false)
  }
  return next
}

describe('changes', () => {
  it('are written in few bytes', () => {
    // format; pair 7 revocation, 5 ms, two entries; pair 7 suspension, 9 ms, one set, two cleared
    const written = encodeChanges(SLICE, [REVOKED, LIFTED])
    expect(written).toBe(text(1, 14, 5, 2, 3, 0x95, 0x47, 0, 9, 1, 4, 2, 1, 0xfd, 0xff, 7))
  })

  it('read as they were written', () => {
    fc.assert(
      fc.property(changes, (some) => {
        const sorted = mergeChanges([], some)
        expect(unwrap(parseChanges(encodeChanges(SLICE, sorted), SLICE))).toEqual(sorted)
      }),
    )
  })

  it('have one encoding: what reads is what would be written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (rest) => {
        const body = text(1, ...rest)
        const read = parseChanges(body, SLICE)
        if (read.verified) expect(encodeChanges(SLICE, read.value)).toBe(body)
      }),
      { numRuns: 2000 },
    )
  })

  it('joined lead to what they lead to one after the other', () => {
    fc.assert(
      fc.property(changes, changes, (first, then) => {
        const one = statesAfter(statesAfter(new Map(), first), then)
        expect(statesAfter(new Map(), mergeChanges(first, then))).toEqual(one)
      }),
    )
  })

  it('joined hold for a reader of any state in between', () => {
    fc.assert(
      fc.property(changes, changes, (first, then) => {
        const joined = mergeChanges(first, then)
        const between = statesAfter(new Map(), first)
        expect(statesAfter(between, joined)).toEqual(statesAfter(between, then))
      }),
    )
  })

  it.each([
    ['another format', [2]],
    ['nothing at all', []],
    ['a number that is cut off', [1, 14, 5, 1, 0x80]],
    ['a number that is longer than it need be', [1, 14, 5, 1, 0x83, 0]],
    ['a number beyond 2^53', [1, 14, 5, 1, 255, 255, 255, 255, 255, 255, 255, 127]],
    ['fewer entries than it says', [1, 14, 5, 3, 3, 9]],
    ['a list without its entries', [1, 14]],
    ['a time beyond the slice', [1, 14, 0xe0, 0xd4, 3, 0]],
    ['an entry that is both set and cleared', [1, 15, 5, 1, 3, 1, 3]],
  ])('are refused with %s', (_, body) => {
    expect(reasonOf(parseChanges(text(...body), SLICE))).toBe('status_invalid changes')
  })

  it('are accepted when they are none', () => {
    expect(unwrap(parseChanges(text(1), SLICE))).toEqual([])
  })

  it('are refused when they are longer than is read, and accepted up to there', () => {
    const long = (entries: number) => {
      const set = Array.from({ length: entries }, (_, index) => index)
      return encodeChanges(SLICE, [{ ...REVOKED, set }])
    }
    const most = (MAX_CHANGES_CHARS / 4) * 3 - 6

    expect(long(most)).toHaveLength(MAX_CHANGES_CHARS)
    expect(reasonOf(parseChanges(long(most), SLICE))).toBe('accepted')
    expect(reasonOf(parseChanges(long(most + 1), SLICE))).toBe('status_invalid changes')
  })

  it('are refused in another alphabet, and with padding', () => {
    expect(reasonOf(parseChanges('AQ==', SLICE))).toBe('status_invalid changes')
    expect(reasonOf(parseChanges('AR', SLICE))).toBe('status_invalid changes')
    expect(reasonOf(parseChanges('AQ', SLICE))).toBe('accepted')
  })
})
