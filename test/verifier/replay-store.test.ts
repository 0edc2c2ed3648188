import { describe, expect, it } from 'vitest'
import { MAX_HELD_NONCES_PER_KEY } from '../../src/verifier/ports.ts'
import { MemoryReplayStore } from '../../src/verifier/replay-store.ts'

describe('the replay store in memory', () => {
  it('tells the second use of a nonce from the first', () => {
    const store = new MemoryReplayStore(() => 0)

    expect(store.use('key', 'n1', 90_000)).toBe('fresh')
    expect(store.use('key', 'n1', 90_000)).toBe('replayed')
    expect(store.use('key', 'n2', 90_000)).toBe('fresh')
  })

  it('tells it also when the second use names another end', () => {
    const store = new MemoryReplayStore(() => 0)

    expect(store.use('key', 'n1', 90_000)).toBe('fresh')
    expect(store.use('key', 'n1', 30_000)).toBe('replayed')
  })

  it('keeps the nonces of keys apart', () => {
    const store = new MemoryReplayStore(() => 0)

    expect(store.use('a', 'n1', 90_000)).toBe('fresh')
    expect(store.use('b', 'n1', 90_000)).toBe('fresh')
  })

  it('remembers a nonce until it has ended, and no shorter', () => {
    let now = 0
    const store = new MemoryReplayStore(() => now)
    store.use('key', 'n1', 90_000)
    now = 90_000
    expect(store.use('key', 'n1', 90_000)).toBe('replayed')
    now = 121_000

    expect(store.use('key', 'n1', 200_000)).toBe('fresh')
  })

  it('is unavailable to a key that has filled its share, not to others, and recovers', () => {
    let now = 0
    const store = new MemoryReplayStore(() => now)
    for (let i = 0; i < MAX_HELD_NONCES_PER_KEY; i++) store.use('greedy', `n${i}`, 60_000)

    expect(store.use('greedy', 'one more', 60_000)).toBe('unavailable')
    expect(store.use('modest', 'first', 60_000)).toBe('fresh')
    now = 61_000
    expect(store.use('greedy', 'one more', 120_000)).toBe('fresh')
  })

  it('is unavailable to all when it is full, and recovers as nonces end', () => {
    let now = 0
    const store = new MemoryReplayStore(() => now, 3)
    store.use('a', 'n1', 60_000)
    store.use('a', 'n2', 60_000)

    expect(store.use('b', 'n1', 90_000)).toBe('fresh')
    expect(store.use('c', 'n1', 60_000)).toBe('unavailable')
    expect(store.use('a', 'n1', 60_000)).toBe('replayed')
    now = 60_001
    expect(store.use('c', 'n1', 90_000)).toBe('fresh')
    expect(store.use('c', 'n2', 90_000)).toBe('fresh')
    expect(store.use('c', 'n3', 90_000)).toBe('unavailable')
  })
})
