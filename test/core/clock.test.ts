import { describe, expect, it } from 'vitest'
import { systemClock, systemRandom } from '../../src/core/clock.ts'

describe('systemClock', () => {
  it('tells milliseconds', () => {
    const before = Date.now()

    expect(systemClock()).toBeGreaterThanOrEqual(before)
    expect(systemClock()).toBeLessThanOrEqual(Date.now())
  })
})

describe('systemRandom', () => {
  it('gives as many bytes as asked, never twice the same', () => {
    expect(systemRandom(16)).toHaveLength(16)
    expect(systemRandom(16)).not.toEqual(systemRandom(16))
  })
})
