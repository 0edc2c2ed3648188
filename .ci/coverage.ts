import { relative } from 'node:path'

interface Covered {
  readonly total: number
  readonly covered: number
}

type Metric = 'lines' | 'branches'

/** The part of `coverage-summary.json` that is read: measures by absolute path, and `total`. */
export type CoverageSummary = Readonly<Record<string, Readonly<Record<Metric, Covered>>>>

/** The folders that decide whether a credential is accepted. */
const FOLDERS = ['core', 'model', 'did', 'securing', 'status', 'delegation', 'verifier']
const LEAST_PERCENT = 95

/** Names each folder in which the tests reach too little. A folder without code has no gap. */
export function coverageGaps(summary: CoverageSummary, root: string): string[] {
  if ((summary.total?.lines.total ?? 0) === 0) return ['no line was measured']
  return FOLDERS.flatMap((folder) => {
    const measured = Object.entries(summary).filter(([path]) =>
      relative(root, path).startsWith(`src/${folder}/`),
    )
    const percents = (['lines', 'branches'] as const).map(
      (metric) => [metric, percentOf(measured.map(([, measures]) => measures[metric]))] as const,
    )
    return percents
      .filter(([, percent]) => percent < LEAST_PERCENT)
      .map(
        ([metric, percent]) => `src/${folder}: ${percent.toFixed(1)} % of ${metric}, not ${LEAST_PERCENT} %`,
      )
  })
}

function percentOf(measures: readonly Covered[]): number {
  const total = measures.reduce((sum, measure) => sum + measure.total, 0)
  const covered = measures.reduce((sum, measure) => sum + measure.covered, 0)
  return total === 0 ? 100 : (100 * covered) / total
}
