import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { readVectors } from '../vectors/read-vectors.ts'

/** An implementation in one line, beside Procura: what it answers to a question `q`. */
function answering(outcome: string): readonly string[] {
  const program = `require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const q = JSON.parse(line); console.log(JSON.stringify({ id: q.id, outcomes: q.steps.map(() => (${outcome})) })) })`
  return [process.execPath, '--eval', program]
}

function run(args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/vectors/run.ts', ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr, last: stdout.trim().split('\n').at(-1) }
}

it('are what the generator makes, byte for byte', () => {
  const { stdout, status } = spawnSync(process.execPath, ['.ci/vectors.mjs', '--check'], { encoding: 'utf8' })

  expect(stdout).toMatch(/^\d+ vectors in \d+ files, unchanged\n$/)
  expect(status).toBe(0)
})

it('pass on the built package behind the command protocol, in a process of its own', () => {
  const { status, stdout, last } = run([])

  expect(stdout).toMatch(/^asking Procura, as it is built here: \d+ vectors with \d+ steps\n/)
  expect(last).toMatch(/^(\d+) of \1 vectors asked, 0 answered otherwise$/)
  expect(status).toBe(0)
})

it.each([
  ['accepts everything', `{ verified: true }`],
  ['refuses everything', `{ verified: false, code: 'malformed' }`],
  ['cannot tell an ancestor from the presenter', `{ verified: false, code: 'revoked', link: 0 }`],
])('are failed by an implementation that %s', (_, outcome) => {
  const { status, last } = run(['--theme', 'status', '--', ...answering(outcome)])

  expect(last).toMatch(/^(\d+) of \1 vectors asked, [1-9]\d* answered otherwise$/)
  expect(status).toBe(1)
})

it.each([
  ['ends', [process.execPath, '--eval', '0'], 'ended before it answered'],
  ['answers with something else', ['echo', 'ready'], 'JSON'],
])('are failed by a program that %s', (_, command, reason) => {
  const { status, stdout } = run(['--theme', 'trust', '--', ...command])

  expect(stdout).toContain(reason)
  expect(status).toBe(1)
})

it.each([
  [
    'a program that is not there',
    ['/nowhere/verifier'],
    '/nowhere/verifier cannot be started: there is no such program\n',
  ],
  ['what is no program', ['test/vectors/README.md'], 'it is not a program that may be run\n'],
  ['a theme that is not there', ['--theme', 'nothing', 'true'], 'there is no theme nothing\n'],
  ['an unknown option', ['--themes', 'chains'], "Unknown option '--themes'"],
])('are not asked of %s, and a sentence says so', (_, args, sentence) => {
  const { status, stderr } = run(args)

  expect(stderr).toContain(sentence)
  expect(status).toBe(2)
})

it('are counted by vector, however many of its steps are answered otherwise', () => {
  const file = readVectors().find(({ theme }) => theme === 'usage')
  const { stdout, last } = run(['--theme', 'usage', '--', ...answering(`{ verified: 'perhaps' }`)])
  const differences = stdout.trim().split('\n').slice(1, -1)

  expect(last).toBe(
    `${file?.cases.length} of ${file?.cases.length} vectors asked, ${file?.cases.length} answered otherwise`,
  )
  expect(differences.length).toBeGreaterThan(file?.cases.length ?? 0)
})

it('say how they are asked', () => {
  const { status, stdout, stderr } = run(['--help'])

  expect(stdout).toMatch(/^usage: npm run vectors/)
  expect([status, stderr]).toEqual([0, ''])
})
