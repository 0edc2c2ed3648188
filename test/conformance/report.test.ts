import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { listVectorFiles, listVectors } from '../helpers/vectors.ts'
import { SOURCES, type Source } from './sources.ts'

const sources: readonly Source[] = Object.values(SOURCES)

/** Notes and licences, which lie beside the vectors of every source. */
const BESIDE = /^(NOTE\.md|LICENSE.*)$/

/** First cell of each row of the table of sources, and its count. */
function reportedCounts(): Record<string, number> {
  const rows = readFileSync('docs/conformance.md', 'utf8').matchAll(/^\| `([a-z0-9-]+)` \|[^|]*\| (\d+) \|/gm)
  return Object.fromEntries([...rows].map(([, name = '', count]) => [name, Number(count)]))
}

describe('docs/conformance.md', () => {
  it('reports every source, with the number of cases that the suites run', () => {
    const counts = sources.map(({ folder, cases }) => [
      folder,
      Object.values(cases).reduce((a, b) => a + b, 0),
    ])

    expect(reportedCounts()).toEqual(Object.fromEntries(counts))
  })
})

describe('the vectors of others', () => {
  it('are of known sources', (ctx) => {
    expect(listVectors(ctx, '.').toSorted()).toEqual(sources.map(({ folder }) => folder).toSorted())
  })

  for (const { folder, read, leftOut } of sources) {
    it(`are read, or left out for a reason: ${folder}`, (ctx) => {
      const patterns = [BESIDE, ...read, ...leftOut.map(({ files }) => files)]
      const unknown = listVectorFiles(ctx, folder).filter((file) => !patterns.some((one) => one.test(file)))

      expect(unknown).toEqual([])
    })
  }
})
