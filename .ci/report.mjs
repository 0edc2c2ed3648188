import { relative } from 'node:path'

/** What each folder of tests shows; tests elsewhere are of the part that they mirror. */
const SENTENCES = new Map([
  ['unit', 'Each part does what its tests say'],
  ['architecture', 'Imports keep their directions'],
  ['packaging', 'What is published is small, closed and whole'],
  ['properties', 'The laws hold for any input'],
  ['conformance', 'The vectors of the standards come out as published'],
  ['e2e', 'The parts work together over the wire'],
  ['faults', 'No fault loses a revocation'],
  ['examples', 'Every example runs'],
  ['docs', 'The documents say what the code does'],
])

/**
 * Reads vitest's JSON report: counts, a line for each kind of test, and what failed.
 *
 * @param allKinds Names the kinds without a test as well, with 0.
 */
export function readReport(json, { root, allKinds }) {
  const tests = json.testResults.flatMap((file) => testsOf(file, relative(root, file.name)))
  const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed')
  const passed = tests.filter((test) => test.status === 'passed')
  return {
    passed: passed.length,
    skipped: skipped.length,
    failed: tests.filter((test) => test.status === 'failed').map((test) => `${test.file}: ${test.title}`),
    notes: [...kindLines(tests, allKinds), ...skipLines(skipped)],
    problems: (requireAll) => [
      ...(passed.length === 0 ? ['no test ran'] : []),
      ...(requireAll && skipped.length > 0 ? ['PROCURA_REQUIRE_ALL=1 allows no skipped test'] : []),
    ],
  }
}

/** A file that cannot be loaded has no tests; it counts as one that failed. */
function testsOf(file, path) {
  if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'))
    return [{ file: path, title: 'can be loaded and set up', status: 'failed' }]
  return file.assertionResults.map((test) => ({
    file: path,
    title: test.fullName,
    status: test.status,
    needs: test.meta?.needs,
  }))
}

function kindOf(path) {
  const [, first = ''] = path.split('/')
  const kind = first.replace(/\.test\.ts$/, '')
  return SENTENCES.has(kind) ? kind : 'unit'
}

function kindLines(tests, allKinds) {
  return [...SENTENCES].flatMap(([kind, sentence]) => {
    const ofKind = tests.filter((test) => kindOf(test.file) === kind)
    if (ofKind.length === 0 && !allKinds) return []
    const failed = ofKind.filter((test) => test.status === 'failed').length
    const passed = ofKind.filter((test) => test.status === 'passed').length
    return [`${sentence}: ${passed}${failed === 0 ? '' : `, and ${failed} not`}`]
  })
}

function skipLines(skipped) {
  const reasons = Map.groupBy(skipped, (test) => test.needs ?? 'no reason given')
  return [...reasons].map(([needs, tests]) => `skipped, not available: ${needs} (${tests.length})`)
}
