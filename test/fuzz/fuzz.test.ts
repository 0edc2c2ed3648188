import { describe, expect, it, vi } from 'vitest'
import { fuzzTarget, TARGETS } from './fuzz.ts'
import { check } from './invariants.ts'
import { Chance } from './random.ts'
import type { Target } from './target.ts'

vi.mock(import('../../src/core/crypto/node.ts'), async (original) => {
  const { counted } = await import('./work.ts')
  return counted(await original()) as Awaited<ReturnType<typeof original>>
})

/** Cases of one target here; `npm run fuzz` tries as many as one has time for. */
const CASES = 100

/** Seeds that have shown something once, or whose first cases reach far. */
const SEEDS = ['1', 'signed for by a foreign key']

describe('fuzzing', () => {
  it.each(TARGETS.flatMap((target) => SEEDS.map((seed) => ({ name: target.name, target, seed }))))(
    'breaks no invariant of $name, from the seed "$seed"',
    { timeout: 120_000 },
    async ({ target, seed }) => {
      const tally = await fuzzTarget(target, seed, CASES)

      expect(tally.failure).toBeUndefined()
      expect(tally.cases).toBe(CASES)
      expect(Object.keys(tally.outcomes).length).toBeGreaterThan(1)
    },
  )

  it('makes the same cases of the same seed, and others of another', () => {
    const draws = (seed: string) =>
      Array.from({ length: 8 }, (_, i) => new Chance(`${seed} ${i}`).below(1000))

    expect(draws('a')).toEqual(draws('a'))
    expect(draws('a')).not.toEqual(draws('b'))
  })

  it('says which case broke which invariant, with its input', async () => {
    const target: Target = {
      name: 'broken',
      share: 1,
      prepare: async () => async (chance, keep) => {
        const number = chance.below(100)
        keep(String(number))
        check(number !== 7, 'it is seven')
        return 'read'
      },
    }
    const tally = await fuzzTarget(target, '1', 10_000)

    expect(tally).toMatchObject({ failure: { input: '7', why: expect.stringContaining('it is seven') } })
    expect(await fuzzTarget(target, '1', 10_000)).toMatchObject({
      failure: { number: tally.failure?.number },
    })
  })
})
