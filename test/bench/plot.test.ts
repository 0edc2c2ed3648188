import { describe, expect, it } from 'vitest'
import { drawPlot, exponentOf, extrapolate } from './plot.ts'

const LINEAR = [
  { x: 1e4, y: 2 },
  { x: 1e5, y: 20 },
  { x: 1e6, y: 200 },
]
const FLAT = [
  { x: 1e4, y: 0.5 },
  { x: 1e6, y: 0.5 },
]

describe('how something grows', () => {
  it('is 1 in proportion, and 0 where it does not', () => {
    expect(exponentOf(LINEAR)).toBeCloseTo(1)
    expect(exponentOf(FLAT)).toBeCloseTo(0)
  })

  it('is drawn further from the last point', () => {
    expect(extrapolate(LINEAR, 1e7)).toBeCloseTo(2000)
    expect(extrapolate(FLAT, 1e7)).toBeCloseTo(0.5)
  })
})

describe('a plot', () => {
  const plot = drawPlot({
    title: 'Less < more',
    xLabel: 'rows',
    yLabel: 'ms',
    series: [
      { name: 'one', points: LINEAR },
      { name: 'all', points: FLAT },
    ],
  })

  it('puts equal factors at equal distances', () => {
    const places = [...plot.matchAll(/<circle[^>]* cx="([\d.]+)" cy="([\d.]+)"/g)].map((match) =>
      match.slice(1).map(Number),
    )
    const [a = [], b = [], c = []] = places

    expect(places).toHaveLength(3)
    expect((b[0] ?? 0) - (a[0] ?? 0)).toBeCloseTo((c[0] ?? 0) - (b[0] ?? 0), 0)
    expect((a[1] ?? 0) - (b[1] ?? 0)).toBeCloseTo((b[1] ?? 0) - (c[1] ?? 0), 0)
    expect(a[1]).toBeGreaterThan(c[1] ?? 0)
  })

  it('labels its axes with every power of ten, its series, and itself', () => {
    for (const label of [
      '>10,000<',
      '>100,000<',
      '>1,000,000<',
      '>0.1<',
      '>1,000<',
      '>rows<',
      '>ms<',
      '>one<',
      '>all<',
    ])
      expect(plot).toContain(label)
    expect(plot).toContain('aria-label="Less &lt; more"')
  })

  it('writes no name over another', () => {
    const series = ['a', 'b', 'c'].map((name) => ({ name, points: FLAT }))
    const many = drawPlot({ title: '', xLabel: '', yLabel: '', series })

    const heights = [...many.matchAll(/y="([\d.]+)">[abc]</g)].map(([, y]) => Number(y))
    expect(heights).toHaveLength(3)
    expect((heights[1] ?? 0) - (heights[0] ?? 0)).toBeGreaterThan(12)
    expect((heights[2] ?? 0) - (heights[1] ?? 0)).toBeGreaterThan(12)
  })

  it('tells five series apart by the form of their markers, too', () => {
    const series = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, points: FLAT }))
    const many = drawPlot({ title: '', xLabel: '', yLabel: '', series })

    const forms = [...many.matchAll(/<(?:circle class="m0"|polygon class="m[1-4]") [^>]*>/g)].map(
      ([form]) => form,
    )
    expect(new Set(forms).size).toBe(10)
    expect(many).toContain('.m4 {')
    expect(many).not.toContain('undefined')
  })

  it('has colours for dark pages', () => {
    expect(plot).toContain('prefers-color-scheme: dark')
  })
})
