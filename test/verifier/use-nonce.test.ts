import { describe, expect, it, vi } from 'vitest'
import type { ReplayStore } from '../../src/verifier/ports.ts'
import { useNonce } from '../../src/verifier/use-nonce.ts'
import { outcomeOf } from '../helpers/signers.ts'

const USE = {
  keyThumbprint: 'thumbprint',
  tag: 'agent-delegation',
  nonce: Uint8Array.of(1, 2, 3),
  expiresAtMs: 60_000,
}

const answerTo = async (use: () => unknown) => outcomeOf(await useNonce({ use } as ReplayStore, USE))

describe('a nonce', () => {
  it('is kept by key, under its kind, for as long as clocks may differ beyond its end', () => {
    const use = vi.fn(() => 'fresh' as const)

    expect(useNonce({ use }, USE)).toEqual({ verified: true, value: undefined })
    expect(use).toHaveBeenCalledWith('thumbprint', 'agent-delegation AQID', 90_000)
  })

  it.each([
    ['fresh', 'accepted'],
    ['replayed', 'replayed'],
    ['unavailable', 'replay_unavailable'],
    [undefined, 'replay_unavailable'],
    [true, 'replay_unavailable'],
  ])('of which a store answers %s is %s, now or later', async (answer, outcome) => {
    expect(await answerTo(() => answer)).toBe(outcome)
    expect(await answerTo(() => Promise.resolve(answer))).toBe(outcome)
  })
})
