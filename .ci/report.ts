import { relative } from 'node:path'

/** The part of vitest's JSON report that is read. */
export interface JsonReport {
  readonly testResults: readonly JsonFile[]
}

interface JsonFile {
  readonly name: string
  readonly status: string
  readonly assertionResults: readonly {
    readonly fullName: string
    readonly status: string
    readonly meta?: { readonly needs?: string }
  }[]
}

interface Test {
  readonly file: string
  readonly title: string
  readonly status: string
  readonly needs: string | undefined
}

export interface Report {
  readonly passed: number
  readonly skipped: number
  /** File and title of each. */
  readonly failed: readonly string[]
  /** For people: how many of each kind, and what was skipped for want of what. */
  readonly notes: readonly string[]
  /** Why the run counts as failed although no test did. */
  readonly problems: readonly string[]
}

export interface ReportOptions {
  /** Paths are shown relative to it. */
  readonly root: string
  /** Names the kinds without a test as well, with 0. */
  readonly allKinds: boolean
  /** A skipped test is a problem. */
  readonly requireAll: boolean
}

/** What each folder of tests shows; tests elsewhere are of the part that they mirror. */
const SENTENCES = new Map([
  ['unit', 'Each part does what its tests say'],
  ['architecture', 'Imports keep their directions'],
  ['packaging', 'What is published is small, closed and whole'],
  ['properties', 'The laws hold for any input'],
  ['conformance', 'The vectors of the standards come out as published'],
  ['runtimes', 'The vectors pass on Bun, Deno, workerd and Chromium'],
  ['e2e', 'The parts work together over the wire'],
  ['faults', 'No fault loses a revocation'],
  ['examples', 'Every example runs'],
  ['docs', 'The documents say what the code does'],
])

/** Nobody has to have the vectors of other projects, also where all else is demanded. */
const OPTIONAL = 'vectors'

/** Reads vitest's JSON report. */
export function readReport(json: JsonReport, { root, allKinds, requireAll }: ReportOptions): Report {
  const tests = json.testResults.flatMap((file) => testsOf(file, relative(root, file.name)))
  const failed = tests.filter((test) => test.status === 'failed')
  const passed = tests.filter((test) => test.status === 'passed')
  const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed')
  const problems = []
  if (passed.length === 0) problems.push('no test ran')
  const demanded = skipped.filter(({ needs }) => needs !== OPTIONAL)
  if (requireAll && demanded.length > 0) problems.push('PROCURA_REQUIRE_ALL=1 allows no skipped test')
  return {
    passed: passed.length,
    skipped: skipped.length,
    failed: failed.map((test) => `${test.file}: ${test.title}`),
    notes: [...kindLines(tests, allKinds), ...skipLines(skipped)],
    problems,
  }
}

/** A file that cannot be loaded has no tests; it counts as one that failed. */
function testsOf({ status, assertionResults }: JsonFile, file: string): Test[] {
  const tests = assertionResults.map((test) => ({
    file,
    title: test.fullName,
    status: test.status,
    needs: test.meta?.needs,
  }))
  const isExplained = status !== 'failed' || tests.some((test) => test.status === 'failed')
  const load = { file, title: 'can be loaded and set up', status: 'failed', needs: undefined }
  return isExplained ? tests : [...tests, load]
}

function kindOf(file: string): string {
  const kind = file.split('/')[1]?.replace(/\.test\.ts$/, '') ?? ''
  return SENTENCES.has(kind) ? kind : 'unit'
}

function kindLines(tests: readonly Test[], allKinds: boolean): string[] {
  return [...SENTENCES].flatMap(([kind, sentence]) => {
    const ofKind = tests.filter((test) => kindOf(test.file) === kind)
    if (ofKind.length === 0 && !allKinds) return []
    const failed = ofKind.filter((test) => test.status === 'failed').length
    const passed = ofKind.filter((test) => test.status === 'passed').length
    return [`${sentence}: ${passed}${failed === 0 ? '' : `, and ${failed} not`}`]
  })
}

function skipLines(skipped: readonly Test[]): string[] {
  const reasons = new Map<string, number>()
  for (const { needs = 'no reason given' } of skipped) reasons.set(needs, (reasons.get(needs) ?? 0) + 1)
  return [...reasons].map(([needs, count]) => `skipped, not available: ${needs} (${count})`)
}
