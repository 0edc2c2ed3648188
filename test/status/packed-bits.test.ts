import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBit, STATUS_LIST_ENTRIES } from '../../src/status/bitstring.ts'
import { countMissing, packBits, readPacked, unionBits } from '../../src/status/packed-bits.ts'
import { bitsWith } from './fixtures.ts'

const index = fc.nat(STATUS_LIST_ENTRIES - 1)
const indexes = fc.uniqueArray(index, { maxLength: 50 })

/** Every `step`-th entry is set. */
function bitsEach(step: number): Uint8Array {
  return bitsWith(...Array.from({ length: Math.ceil(STATUS_LIST_ENTRIES / step) }, (_, i) => i * step))
}

const sparse = bitsEach(1000)
const dense = bitsEach(100)

describe('packed bits', () => {
  it('take four bytes for each set entry while at most a thousand are set, else what the bits take', () => {
    expect(packBits(sparse)).toMatchObject({ set: { byteLength: 132 * 4 } })
    expect(packBits(bitsEach(128))).toMatchObject({ set: { length: 1024 } })
    expect(packBits(bitsWith(...Array.from({ length: 1025 }, (_, i) => i)))).toHaveProperty('dense')
    expect(packBits(dense)).toEqual({ entries: STATUS_LIST_ENTRIES, dense })
  })

  it.each([
    ['sparse', sparse],
    ['dense', dense],
    ['empty', bitsWith()],
  ])('read %s bits as the bits themselves read', (_, bits) => {
    const packed = packBits(bits)

    fc.assert(
      fc.property(index, (at) => {
        expect(readPacked(packed, at)).toBe(readBit(bits, at))
        expect(readPacked(packed, at - (at % 100))).toBe(readBit(bits, at - (at % 100)))
      }),
    )
    for (const at of [0, STATUS_LIST_ENTRIES - 1, STATUS_LIST_ENTRIES, -1, 0.5, Number.NaN, 2 ** 32]) {
      expect(readPacked(packed, at)).toBe(readBit(bits, at))
    }
  })

  it('count what another list lacks', () => {
    fc.assert(
      fc.property(indexes, indexes, (held, next) => {
        const missing = held.filter((at) => !next.includes(at)).length

        expect(countMissing(packBits(bitsWith(...held)), bitsWith(...next))).toBe(missing)
        expect(
          countMissing({ entries: STATUS_LIST_ENTRIES, dense: bitsWith(...held) }, bitsWith(...next)),
        ).toBe(missing)
      }),
    )
  })

  it.each([
    ['sparse', sparse, bitsEach(2000), 66],
    ['dense', dense, bitsEach(200), 655],
  ])('count nothing that another list has as well: %s', (_, bits, half, missing) => {
    expect(countMissing(packBits(bits), bits)).toBe(0)
    expect(countMissing(packBits(bits), half)).toBe(missing)
  })

  it('are united without losing an entry of either', () => {
    fc.assert(
      fc.property(indexes, indexes, (held, next) => {
        const both = Buffer.from(bitsWith(...held, ...next))
        const forms = [
          packBits(bitsWith(...held)),
          { entries: STATUS_LIST_ENTRIES, dense: bitsWith(...held) },
        ]

        for (const form of forms) expect(both.equals(unionBits(form, bitsWith(...next)))).toBe(true)
      }),
    )
  })

  it('are not copied when the other list has them all', () => {
    expect(unionBits(packBits(bitsWith(3)), dense)).not.toBe(dense)
    expect(unionBits(packBits(bitsWith(300)), dense)).toBe(dense)
  })
})
