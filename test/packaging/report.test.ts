import { describe, expect, it } from 'vitest'
import { type CoverageSummary, coverageGaps } from '../../.ci/coverage.ts'
import { type JsonReport, readReport } from '../../.ci/report.ts'

const OPTIONS = { root: '/project', allKinds: false, requireAll: false }

function fileOf(name: string, ...tests: readonly (readonly [status: string, needs?: string])[]): JsonReport {
  const assertionResults = tests.map(([status, needs], index) => ({
    fullName: `does ${index}`,
    status,
    ...(needs === undefined ? {} : { meta: { needs } }),
  }))
  const status = tests.some((test) => test[0] === 'failed') ? 'failed' : 'passed'
  return { testResults: [{ name: `/project/${name}`, status, assertionResults }] }
}

describe('the closing report', () => {
  it('counts tests and names the kinds that ran', () => {
    const report = readReport(fileOf('test/core/json.test.ts', ['passed'], ['passed']), OPTIONS)

    expect(report).toMatchObject({ passed: 2, skipped: 0, failed: [], problems: [] })
    expect(report.notes).toEqual(['Each part does what its tests say: 2'])
  })

  it('names each test that failed, with its file', () => {
    const report = readReport(fileOf('test/e2e/demo.test.ts', ['passed'], ['failed']), OPTIONS)

    expect(report.failed).toEqual(['test/e2e/demo.test.ts: does 1'])
    expect(report.notes).toEqual(['The parts work together over the wire: 1, and 1 not'])
  })

  it('counts a file that cannot be loaded as a failure', () => {
    const broken = {
      testResults: [{ name: '/project/test/a.test.ts', status: 'failed', assertionResults: [] }],
    }

    expect(readReport(broken, OPTIONS).failed).toEqual(['test/a.test.ts: can be loaded and set up'])
  })

  it('says 0 for a kind that has no tests yet', () => {
    const report = readReport(fileOf('test/a.test.ts', ['passed']), { ...OPTIONS, allKinds: true })

    expect(report.notes).toContain('Every example runs: 0')
    expect(report.problems).toEqual([])
  })

  it('does not call a run without tests a success', () => {
    expect(readReport({ testResults: [] }, OPTIONS).problems).toEqual(['no test ran'])
  })

  it('says what skipped tests would have needed, and accepts none where everything is required', () => {
    const json = fileOf('test/a.test.ts', ['passed'], ['skipped', 'nginx'], ['skipped', 'nginx'])

    expect(readReport(json, OPTIONS).notes).toContain('skipped, not available: nginx (2)')
    expect(readReport(json, OPTIONS).problems).toEqual([])
    expect(readReport(json, { ...OPTIONS, requireAll: true }).problems).toHaveLength(1)
  })

  it('does not demand the vectors of other projects', () => {
    const json = fileOf('test/core/a.test.ts', ['passed'], ['pending', 'vectors'])

    expect(readReport(json, { ...OPTIONS, requireAll: true }).problems).toEqual([])
  })
})

describe('the coverage gate', () => {
  const measured = (lines: number, branches: number): CoverageSummary[string] => ({
    lines: { total: 100, covered: lines },
    branches: { total: 20, covered: branches },
  })

  it('lets a folder pass at 95 % of lines and branches', () => {
    expect(
      coverageGaps({ total: measured(95, 19), '/project/src/core/a.ts': measured(95, 19) }, '/project'),
    ).toEqual([])
  })

  it('names a folder below, even where the whole is above', () => {
    const summary = {
      total: measured(97, 19),
      '/project/src/core/a.ts': measured(100, 20),
      '/project/src/status/a.ts': measured(94, 18),
    }

    expect(coverageGaps(summary, '/project')).toEqual([
      'src/status: 94.0 % of lines, not 95 %',
      'src/status: 90.0 % of branches, not 95 %',
    ])
  })

  it('does not take an empty measurement for full coverage', () => {
    expect(coverageGaps({}, '/project')).toEqual(['no line was measured'])
  })
})
