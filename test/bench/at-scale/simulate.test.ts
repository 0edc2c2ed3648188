import { describe, expect, it } from 'vitest'
import { populationOf, type Range } from './assumptions.ts'
import { fillDocument } from './document.ts'
import { plotsOf, usualPoll } from './plots.ts'
import { STRETCH_MS, signingsOf } from './signings.ts'
import { type Figures, simulate } from './simulate.ts'
import { tablesOf } from './tables.ts'

const SMALL: Range = { credentials: [1e6], revokedParts: [0.001, 0.01], pollSeconds: [60, 300, 900] }

describe('what a population is', () => {
  it('has 22,222 revocations a day where one in a hundred of 10^8 is revoked', () => {
    expect(Math.round(populationOf(1e8, 0.01).revocationsPerDay)).toBe(22_222)
  })

  it('is of as many authorities as verifiers need that follow 2,048 lists of each', () => {
    expect(populationOf(1e8, 0.01)).toMatchObject({ authorities: 1, pairs: 763 })
    expect(populationOf(1e9, 0.01)).toMatchObject({ authorities: 8, pairs: 954 })
  })
})

describe('what is signed in a stretch of time', () => {
  const population = populationOf(1e6, 0.05)
  const signings = signingsOf(population, 'a seed')

  it('has the revocations of its part of a day, in order', () => {
    const revocations = signings.filter(({ index }) => index !== undefined)
    const expected = (population.revocationsPerDay * STRETCH_MS) / 86_400_000

    expect(revocations.length).toBeGreaterThan(expected * 0.7)
    expect(revocations.length).toBeLessThan(expected * 1.3)
    expect(signings.map(({ at }) => at)).toEqual(signings.map(({ at }) => at).toSorted((a, b) => a - b))
  })

  it('has each list at least once: every three hours it is signed anew', () => {
    expect(new Set(signings.map(({ key }) => key)).size).toBeGreaterThanOrEqual(2 * population.pairs)
  })
})

describe('what following takes', () => {
  it('comes out the same again, in figures, tables and plots', async () => {
    const [once, again] = [await simulate(SMALL), await simulate(SMALL)]

    expect(again).toEqual(once)
    expect([...tablesOf(again)]).toEqual([...tablesOf(once)])
    expect([...plotsOf(again)]).toEqual([...plotsOf(once)])
  })

  it('is less the less has changed, and least by changes', async () => {
    const [figures] = (await simulate({ ...SMALL, revokedParts: [0.05] })) as [Figures]
    const { plain, etag, leaves, changes } = usualPoll(figures)

    expect(plain.bytes).toBeGreaterThan(leaves.bytes)
    expect(plain.bytes).toBeGreaterThan(etag.bytes)
    expect(etag.bytes).toBeGreaterThan(changes.bytes)
    expect(plain.requests).toBe(etag.requests)
  })

  it('is the lists for who looks so seldom that changes are not kept', async () => {
    const [{ polled }] = (await simulate(SMALL)) as [Figures]
    const [often, , seldom] = polled

    expect(seldom?.changes).toEqual(seldom?.leaves)
    expect(often?.changes.bytes).toBeLessThan(often?.leaves.bytes ?? 0)
  })
})

it('a document without a place for a table is not filled', async () => {
  expect(() => fillDocument('nothing', [])).toThrow('no place')
})
