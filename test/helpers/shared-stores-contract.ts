import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/core/clock.ts'
import type { SharedStores } from '../../src/stores/index.ts'
import { MAX_USAGE_KEYS_PER_AGENT } from '../../src/verifier/ports.ts'

export const NOW = Date.UTC(2026, 10, 22, 9)
export const MINUTE = 60_000

export const charge = (key: string, amount = 1n, max = 2n, keepUntil = NOW + MINUTE) => ({
  key,
  amount,
  max,
  keepUntil,
})

/** Opens stores that are new, by a clock. */
export type OpenStores = (clock: Clock) => Promise<SharedStores>

/** What all stores of usage and nonces that we make do. */
export function keepUsageAndNonces(open: OpenStores): void {
  describe('usage', () => {
    it('is reserved up to the maximum, and agents and keys are kept apart', async () => {
      const { usage } = await open(() => NOW)

      expect(await usage.reserve('a', [charge('k', 2n)])).toBe('reserved')
      expect(await usage.reserve('a', [charge('k')])).toEqual({ exhausted: [0] })
      expect(await usage.reserve('b', [charge('k')])).toBe('reserved')
      expect(await usage.reserve('a', [charge('other')])).toBe('reserved')
    })

    it('is reserved all or nothing, and says what does not fit', async () => {
      const { usage } = await open(() => NOW)

      expect(await usage.reserve('a', [charge('x'), charge('y', 3n), charge('z', 5n)])).toEqual({
        exhausted: [1, 2],
      })
      expect(await usage.reserve('a', [charge('x', 2n)])).toBe('reserved')
    })

    it('adds up amounts of 37 digits exactly', async () => {
      const { usage } = await open(() => NOW)
      const max = 10n ** 36n
      await usage.reserve('a', [charge('k', max - 1n, max)])

      expect(await usage.reserve('a', [charge('k', 2n, max)])).toEqual({ exhausted: [0] })
      expect(await usage.reserve('a', [charge('k', 1n, max)])).toBe('reserved')
    })

    it('is given back, never below nothing', async () => {
      const { usage } = await open(() => NOW)
      await usage.reserve('a', [charge('k', 2n)])
      await usage.release('a', [charge('k'), charge('unknown')])

      expect(await usage.reserve('a', [charge('k', 2n)])).toEqual({ exhausted: [0] })
      await usage.release('a', [charge('k', 9n)])
      expect(await usage.reserve('a', [charge('k', 2n)])).toBe('reserved')
      expect(await usage.reserve('a', [charge('k')])).toEqual({ exhausted: [0] })
    })

    it('is bounded for each agent', async () => {
      const { usage } = await open(() => NOW)
      for (let from = 0; from < MAX_USAGE_KEYS_PER_AGENT; from += 100) {
        const charges = Array.from({ length: 100 }, (_, i) => charge(`k${from + i}`))
        expect(await usage.reserve('greedy', charges)).toBe('reserved')
      }

      expect(await usage.reserve('greedy', [charge('one more')])).toBe('unavailable')
      expect(await usage.reserve('greedy', [charge('k0')])).toBe('reserved')
      expect(await usage.reserve('modest', [charge('first')])).toBe('reserved')
    })

    it('begins anew after the latest time that was named for it', async () => {
      let now = NOW
      const { usage } = await open(() => now)
      await usage.reserve('a', [charge('k', 1n, 1n, NOW + MINUTE)])
      now = NOW + MINUTE
      expect(await usage.reserve('a', [charge('k', 1n, 1n, NOW)])).toEqual({ exhausted: [0] })
      now++

      expect(await usage.reserve('a', [charge('k', 1n, 1n, now + MINUTE)])).toBe('reserved')
    })
  })

  describe('nonces', () => {
    it('are fresh once, for each key', async () => {
      const { replay } = await open(() => NOW)

      expect(await replay.use('a', 'n', NOW + MINUTE)).toBe('fresh')
      expect(await replay.use('a', 'n', NOW + MINUTE)).toBe('replayed')
      expect(await replay.use('b', 'n', NOW + MINUTE)).toBe('fresh')
      expect(await replay.use('a', 'm', NOW + MINUTE)).toBe('fresh')
    })

    it('are kept until they end and no shorter', async () => {
      let now = NOW
      const { replay } = await open(() => now)
      await replay.use('a', 'n', NOW + MINUTE)
      now = NOW + MINUTE
      expect(await replay.use('a', 'n', NOW + MINUTE)).toBe('replayed')
      now++

      expect(await replay.use('a', 'n', now + MINUTE)).toBe('fresh')
    })
  })

  it('answer nobody once they are closed, after what was asked before', async () => {
    const { usage, replay, close } = await open(() => NOW)
    const pending = usage.reserve('a', [charge('k')])
    await close()

    expect(await pending).toBe('reserved')
    await expect(usage.reserve('a', [charge('k')])).rejects.toMatchObject({ code: 'ERR_PROCURA_STORAGE' })
    await expect(replay.use('a', 'n', NOW)).rejects.toMatchObject({ code: 'ERR_PROCURA_STORAGE' })
    await close()
  })
}
