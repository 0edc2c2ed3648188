import { describe, expect, it } from 'vitest'
import { type Report, summarize } from './summarize.ts'

const SOURCE = ['export function isLate(now: number, end: number) {', '  return now > end', '}'].join('\n')

function reportOf(...statuses: readonly string[]): Report {
  const location = { start: { line: 2, column: 10 }, end: { line: 2, column: 19 } }
  const mutants = statuses.map((status, i) => ({
    location,
    status,
    replacement: `now >= end${' '.repeat(i)}`,
  }))
  return { files: { 'src/late.ts': { source: SOURCE, mutants } } }
}

const REASON = {
  file: 'src/late.ts',
  code: 'return now > end',
  original: 'now > end',
  replacement: 'now >= end',
  reason: 'same',
}

describe('the summary of mutants', () => {
  it('counts those that were noticed, by a failure or by never ending', () => {
    const report = reportOf('Killed', 'Timeout', 'Killed', 'Survived')

    expect(summarize(report, [])).toMatchObject({ killed: 3, survived: 1, share: 0.75 })
  })

  it('counts what no test reaches among the survivors, and leaves out what could not run', () => {
    expect(summarize(reportOf('Killed', 'NoCoverage', 'RuntimeError', 'Ignored'), [])).toMatchObject({
      killed: 1,
      survived: 1,
    })
  })

  it('counts each folder of the sources by itself', () => {
    const { files } = reportOf('Killed', 'Survived')
    const [late] = Object.values(files)
    if (late === undefined) throw new Error('the sample is empty')
    const report = { files: { 'src/status/late.ts': late, 'src/verifier/watch/late.ts': late } }
    const reason = { ...REASON, file: 'src/status/late.ts', replacement: 'now >= end' }

    expect(summarize(report, [reason]).folders).toEqual({
      'src/status': { killed: 1, survived: 1, explained: 1 },
      'src/verifier': { killed: 1, survived: 1, explained: 0 },
    })
  })

  it('is no success when nothing ran', () => {
    expect(summarize({ files: {} }, []).share).toBe(0)
  })

  it('shows a survivor with its line and what was changed, until it is explained', () => {
    const report = reportOf('Survived')

    expect(summarize(report, []).unexplained).toEqual([
      {
        file: 'src/late.ts',
        line: 2,
        code: 'return now > end',
        original: 'now > end',
        replacement: 'now >= end',
      },
    ])
    expect(summarize(report, [REASON])).toMatchObject({ unexplained: [], obsolete: [] })
  })

  it('tells when an explanation has no survivor any more, but only of files that were looked at', () => {
    expect(summarize(reportOf('Killed'), [REASON]).obsolete).toEqual([REASON])
    expect(summarize({ files: {} }, [REASON]).obsolete).toEqual([])
  })
})
