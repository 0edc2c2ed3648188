import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** The folders that decide whether a credential is accepted. */
const FOLDERS = ['core', 'model', 'did', 'securing', 'status', 'delegation', 'verifier']
const LEAST_PERCENT = 95

/** Reads the summary that vitest wrote and names each folder below the limit, with the files that pull it down. */
export function coverageGaps(reports, root) {
  const { total, ...files } = JSON.parse(readFileSync(join(reports, 'coverage-summary.json'), 'utf8'))
  if (total.lines.total === 0) return ['no line was measured']
  const entries = Object.entries(files).map(([path, measured]) => ({
    path: relative(root, path),
    ...measured,
  }))
  const gaps = FOLDERS.flatMap((folder) => gapsOf(folder, entries))
  return gaps.length === 0 ? [] : [...gaps, readFileSync(join(reports, 'coverage.txt'), 'utf8')]
}

function gapsOf(folder, entries) {
  const inside = entries.filter((entry) => entry.path.startsWith(`src/${folder}/`))
  return ['lines', 'branches'].flatMap((metric) => {
    const covered = inside.reduce((sum, entry) => sum + entry[metric].covered, 0)
    const total = inside.reduce((sum, entry) => sum + entry[metric].total, 0)
    const percent = total === 0 ? 100 : (100 * covered) / total
    return percent >= LEAST_PERCENT
      ? []
      : [`src/${folder}: ${percent.toFixed(1)} % of ${metric}, not ${LEAST_PERCENT} %`]
  })
}
