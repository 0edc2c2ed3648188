import { describe, expect, it } from 'vitest'
import { MAX_USAGE_KEYS_PER_AGENT } from '../../src/verifier/ports.ts'
import { MemoryUsageStore } from '../../src/verifier/usage-store.ts'

const charge = (key: string, amount = 1n, max = 2n, keepUntil = 1_000) => ({ key, amount, max, keepUntil })

describe('the usage store in memory', () => {
  it('reserves up to the maximum, and keeps agents and keys apart', () => {
    const store = new MemoryUsageStore(() => 0)

    expect(store.reserve('a', [charge('k')])).toBe('reserved')
    expect(store.reserve('a', [charge('k')])).toBe('reserved')
    expect(store.reserve('a', [charge('k')])).toEqual({ exhausted: [0] })
    expect(store.reserve('b', [charge('k')])).toBe('reserved')
    expect(store.reserve('a', [charge('other')])).toBe('reserved')
  })

  it('reserves all or nothing, and says which do not fit', () => {
    const store = new MemoryUsageStore(() => 0)

    expect(store.reserve('a', [charge('x'), charge('y', 3n), charge('z', 5n)])).toEqual({ exhausted: [1, 2] })
    expect(store.reserve('a', [charge('x', 2n)])).toBe('reserved')
  })

  it('takes back what was reserved, never below nothing', () => {
    const store = new MemoryUsageStore(() => 0)
    store.reserve('a', [charge('k', 2n)])
    store.release('a', [charge('k', 1n), charge('unknown')])
    store.release('nobody', [charge('k')])

    expect(store.reserve('a', [charge('k', 2n)])).toEqual({ exhausted: [0] })
    store.release('a', [charge('k', 9n)])
    expect(store.reserve('a', [charge('k', 2n)])).toBe('reserved')
    expect(store.reserve('a', [charge('k')])).toEqual({ exhausted: [0] })
  })

  it('remembers until the latest time that it was told, and begins anew after it', () => {
    let now = 0
    const store = new MemoryUsageStore(() => now)
    store.reserve('a', [charge('k', 1n, 1n, 5_000)])
    store.reserve('a', [charge('l', 0n, 1n, 9_000)])
    now = 5_000
    expect(store.reserve('a', [charge('k', 1n, 1n, 100)])).toEqual({ exhausted: [0] })
    now = 5_001

    expect(store.reserve('a', [charge('k', 1n, 1n, 8_000)])).toBe('reserved')
    expect(store.reserve('a', [charge('k', 1n, 1n, 8_000)])).toEqual({ exhausted: [0] })
  })

  it('is unavailable to an agent that has filled its share, not to others, and recovers', () => {
    let now = 0
    const store = new MemoryUsageStore(() => now)
    for (let i = 0; i < MAX_USAGE_KEYS_PER_AGENT; i++)
      expect(store.reserve('greedy', [charge(`k${i}`)])).toBe('reserved')

    expect(store.reserve('greedy', [charge('one more')])).toBe('unavailable')
    expect(store.reserve('greedy', [charge('k0')])).toBe('reserved')
    expect(store.reserve('modest', [charge('first')])).toBe('reserved')
    now = 59_999
    expect(store.reserve('greedy', [charge('one more')])).toBe('unavailable')
    now = 60_000
    expect(store.reserve('greedy', [charge('one more')])).toBe('reserved')
  })

  it('does not forget what ends just now when it looks for what has ended', () => {
    let now = 0
    const store = new MemoryUsageStore(() => now)
    store.reserve('a', [charge('k', 1n, 1n, 60_000), charge('l', 1n, 1n, 59_999)])
    now = 60_000

    expect(store.reserve('a', [charge('k', 1n, 1n, 90_000)])).toEqual({ exhausted: [0] })
    expect(store.reserve('a', [charge('l', 1n, 1n, 90_000)])).toBe('reserved')
  })

  it('is unavailable to all when it is full, and recovers', () => {
    let now = 0
    const store = new MemoryUsageStore(() => now)
    for (let agent = 0; agent < 100; agent++) {
      const charges = Array.from({ length: MAX_USAGE_KEYS_PER_AGENT }, (_, i) => charge(`k${i}`))
      expect(store.reserve(`agent ${agent}`, charges)).toBe('reserved')
    }

    expect(store.reserve('late', [charge('k')])).toBe('unavailable')
    expect(store.reserve('agent 1', [charge('k1')])).toBe('reserved')
    now = 60_000
    expect(store.reserve('late', [charge('k')])).toBe('reserved')
  })
})
