import { expect, it } from 'vitest'
import { slopeOf } from './slope.ts'
import { runSoak } from './soak.ts'

it('verifies while lists change and keys rotate, and every answer is the right one', {
  timeout: 60_000,
}, async () => {
  const bytes = [5, 4, 3, 2, 1].values()
  const report = await runSoak({
    verifications: 400,
    swaps: 4,
    rotations: 3,
    warmUp: 4,
    agents: 8,
    samples: 5,
    measure: () => bytes.next().value ?? 0,
  })

  expect(report).toMatchObject({ swaps: 4, rotations: 3, wrong: [] })
  expect(report.verifications).toBeGreaterThanOrEqual(400)
  expect(report.accepted).toBeGreaterThan(300)
  expect(report.refused).toBeGreaterThan(30)
  expect(report.samples.map((sample) => sample.bytes)).toEqual([5, 4, 3, 2, 1])
  expect(report.growth).toBeLessThan(0)
})

it('sees growth as a slope: per verification, whatever lies below', () => {
  const samples = (bytes: (n: number) => number) =>
    Array.from({ length: 50 }, (_, i) => ({ verifications: i * 1000, bytes: bytes(i * 1000) }))

  expect(slopeOf(samples((n) => 7_000_000 + 20 * n))).toBeCloseTo(20)
  expect(slopeOf(samples(() => 7_000_000))).toBe(0)
  expect(slopeOf(samples((n) => 7_000_000 + (n % 2000 === 0 ? 500 : -500)))).toBeCloseTo(0, 1)
  expect(slopeOf([{ verifications: 1, bytes: 1 }])).toBe(0)
})
