import { drawPlot, type Plot, type Point } from '../plot.ts'
import type { Row } from '../rows.ts'
import { sizeOf } from './sizes.ts'

interface ScalePlot extends Omit<Plot, 'series' | 'xLabel'> {
  readonly file: string
  /** What the rows `scale.<size>.<key>` are called in the plot. */
  readonly series: Readonly<Record<string, string>>
}

const PLOTS: readonly ScalePlot[] = [
  {
    file: 'scale-issue.svg',
    title: 'Delegations issued, 64 requests together',
    yLabel: 'per second',
    series: { issue: 'issued' },
  },
  {
    file: 'scale-publish.svg',
    title: 'Publishing the status',
    yLabel: 'milliseconds',
    series: { publish_one: 'one revocation', publish_all: 'all lists anew' },
  },
  { file: 'scale-fsck.svg', title: 'procura fsck', yLabel: 'seconds', series: { fsck: 'fsck' } },
]

/** Documents by file name, of the rows `scale.…`; without such rows none. */
export function plotScale(rows: readonly Row[]): ReadonlyMap<string, string> {
  const documents = new Map<string, string>()
  for (const { file, series, ...plot } of PLOTS) {
    const lines = Object.entries(series).map(([key, name]) => ({ name, points: pointsOf(rows, key) }))
    if (lines.some(({ points }) => points.length < 2)) continue
    const xLabel = 'registered delegations and runs'
    documents.set(file, drawPlot({ ...plot, xLabel, series: lines }))
  }
  return documents
}

/** What `scale.<size>.<key>` measured, by the size of the registry. */
export function pointsOf(rows: readonly Row[], key: string): readonly Point[] {
  return rows.flatMap(({ name, value }) => {
    const [group, size = '', what] = name.split('.')
    const x = sizeOf(size)
    return group === 'scale' && what === key && x !== undefined && value !== null ? [{ x, y: value }] : []
  })
}
