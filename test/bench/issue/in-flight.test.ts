import { describe, expect, it } from 'vitest'
import { percentile, ratePerSecond } from './in-flight.ts'

describe('a rate', () => {
  it('is of everything that was asked for, each once, no more together than were wanted', async () => {
    const seen: number[] = []
    let running = 0
    let most = 0
    const rate = await ratePerSecond(20, 4, async (i) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      seen.push(i)
    })

    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(most).toBe(4)
    expect(rate).toBeGreaterThan(0)
  })

  it('is none where one of them fails', async () => {
    const failing = async (i: number) => {
      if (i === 2) throw new Error('refused')
    }

    await expect(ratePerSecond(5, 2, failing)).rejects.toThrow('refused')
  })
})

describe('a percentile', () => {
  it.each([
    [0.5, 2],
    [0.99, 4],
    [0, 1],
    [1, 4],
  ])('%d of 1 to 4 is %d', (part, value) => {
    expect(percentile([4, 2, 3, 1], part)).toBe(value)
  })
})
