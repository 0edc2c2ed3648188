import { describe, expect, it } from 'vitest'
import { costOf, itemsFor, median, ROUNDS, WARMUP_ROUNDS } from './cost.ts'

describe('the median', () => {
  it.each([
    [[3], 3],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[100, 1, 1, 1, 1], 1],
  ])('of %j is %d', (values, middle) => {
    expect(median(values)).toBe(middle)
  })
})

describe('what an item costs', () => {
  it('is measured over at least seven rounds, after others that do not count', () => {
    expect(ROUNDS).toBeGreaterThanOrEqual(7)
    expect(WARMUP_ROUNDS).toBeGreaterThan(0)
  })

  it('is found by acting on each item once, so that nothing cold is warm', async () => {
    const seen: number[] = []
    const items = Array.from({ length: itemsFor(2) }, (_, i) => i)

    const { us, units } = await costOf(items, (item) => void seen.push(item))

    expect(seen).toEqual(items)
    expect(us).toBeGreaterThanOrEqual(0)
    expect(units).toBeGreaterThanOrEqual(0)
  })
})
