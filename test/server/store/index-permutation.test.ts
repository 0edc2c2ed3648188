import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIndexPermutation, LIST_ENTRIES } from '../../../src/server/store/index-permutation.ts'

const SECRET = new Uint8Array(32).fill(1)
const entry = fc.nat(LIST_ENTRIES - 1)

describe('createIndexPermutation', () => {
  it('gives each of the 131,072 indexes exactly once', () => {
    const { indexOf } = createIndexPermutation(SECRET, 1)
    const given = new Uint8Array(LIST_ENTRIES)

    for (let ordinal = 0; ordinal < LIST_ENTRIES; ordinal++) given[indexOf(ordinal)] = 1

    expect(given.every((times) => times === 1)).toBe(true)
  })

  it('is undone by its inverse, whatever the secret and the list', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.nat(1_000),
        fc.array(entry, { minLength: 1, maxLength: 200 }),
        (secret, list, ordinals) => {
          const { indexOf, ordinalOf } = createIndexPermutation(secret, list)

          expect(ordinals.map((ordinal) => ordinalOf(indexOf(ordinal)))).toEqual(ordinals)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('is the same again for the same secret and list, and another for any other', () => {
    const first = (secret: Uint8Array, list: number) =>
      Array.from({ length: 8 }, (_, i) => createIndexPermutation(secret, list).indexOf(i))

    expect(first(SECRET, 1)).toEqual(first(SECRET, 1))
    expect(first(SECRET, 2)).not.toEqual(first(SECRET, 1))
    expect(first(new Uint8Array(32), 1)).not.toEqual(first(SECRET, 1))
  })

  it('shows no order: indexes given one after the other lie about a third of the list apart', () => {
    const { indexOf } = createIndexPermutation(SECRET, 3)
    let distance = 0
    for (let ordinal = 1; ordinal <= 10_000; ordinal++) {
      distance += Math.abs(indexOf(ordinal) - indexOf(ordinal - 1))
    }

    expect(distance / 10_000 / LIST_ENTRIES).toBeCloseTo(1 / 3, 1)
  })

  it.each([-1, LIST_ENTRIES, 0.5, Number.NaN])('refuses %d, which is no entry of a list', (entry) => {
    const { indexOf, ordinalOf } = createIndexPermutation(SECRET, 1)

    for (const ask of [indexOf, ordinalOf]) {
      expect(() => ask(entry)).toThrow(expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }))
    }
  })
})
