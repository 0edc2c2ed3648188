import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

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

  expect(stdout).toMatch(/^\d+ vectors are as generated\n$/)
  expect(status).toBe(0)
})

it('pass on the built package behind the command protocol, in a process of its own', () => {
  const { status, last } = run(['--', process.execPath, 'test/vectors/implementation.ts'])

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
  ['cannot be started', ['/nowhere/verifier'], 'ENOENT'],
  ['answers with something else', ['echo', 'ready'], 'JSON'],
])('are failed by a program that %s', (_, command, reason) => {
  const { status, stdout } = run(['--theme', 'trust', '--', ...command])

  expect(stdout).toContain(reason)
  expect(status).toBe(1)
})

it('are run for a program that is named, and for themes that there are', () => {
  expect(run(['--theme', 'nothing', '--', 'true']).status).toBe(2)
  expect(run([]).stderr).toMatch(/^usage: /)
})
