import { describe, expect, it } from 'vitest'
import {
  ageSeconds,
  DEFAULT_HEARTBEAT_SECONDS,
  FRESHNESS_SECONDS,
  HEAD_CACHE_SECONDS,
  isFresh,
  pollSeconds,
  smallestEnforceableFreshness,
} from '../../src/status/freshness.ts'
import { NOW } from './fixtures.ts'

describe('freshness', () => {
  it('has three tiers: an hour, five minutes, half a minute', () => {
    expect(FRESHNESS_SECONDS).toEqual({ routine: 3600, sensitive: 300, critical: 30 })
  })

  it('is not reached one millisecond too late [SS-11]', () => {
    expect(isFresh(NOW - 30_000, NOW, 30)).toBe(true)
    expect(isFresh(NOW - 30_001, NOW, 30)).toBe(false)
  })

  it('of zero seconds means zero', () => {
    expect(isFresh(NOW, NOW, 0)).toBe(true)
    expect(isFresh(NOW - 1, NOW, 0)).toBe(false)
  })

  it('is never reached by a time that is no number', () => {
    expect(isFresh(Number.NaN, NOW, 3600)).toBe(false)
    expect(isFresh(NOW, Number.NaN, 3600)).toBe(false)
    expect(isFresh(NOW, NOW, Number.NaN)).toBe(false)
  })
})

describe('ageSeconds', () => {
  it.each([
    [0, 0],
    [1, 1],
    [1000, 1],
    [1001, 2],
    [-5000, 0],
  ])('of a status that is %i ms old is %i', (ms, seconds) => {
    expect(ageSeconds(NOW - ms, NOW)).toBe(seconds)
  })
})

describe('pollSeconds', () => {
  it.each([
    [[3600], 30],
    [[3600, 30], 15],
    [[300, 40], 20],
    [[], 30],
    [[10], 5],
  ])('for a policy of %j seconds is %i', (policy, seconds) => {
    expect(pollSeconds(policy)).toBe(seconds)
  })
})

describe('smallestEnforceableFreshness', () => {
  it('is heartbeat and cache age and poll together', () => {
    expect(smallestEnforceableFreshness({ heartbeatSeconds: 60, cacheAgeSeconds: 1, pollSeconds: 30 })).toBe(
      91,
    )
  })

  it('lets the critical tier be enforced with the defaults', () => {
    const smallest = smallestEnforceableFreshness({
      heartbeatSeconds: DEFAULT_HEARTBEAT_SECONDS,
      cacheAgeSeconds: HEAD_CACHE_SECONDS,
      pollSeconds: pollSeconds([FRESHNESS_SECONDS.critical]),
    })

    expect(smallest).toBeLessThanOrEqual(FRESHNESS_SECONDS.critical)
  })
})
