import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { requireOrSkip } from '../helpers/available.ts'
import type { VectorFile } from './format.ts'
import { readVectors } from './read-vectors.ts'
import { runCommand } from './run-command.ts'

const PROGRAM = `${import.meta.dirname}/programs/python/status_reader.py`

const THEMES = new Set(['status-artifacts', 'status-following', 'emergency'])

/** What that program answers; whole chains are beyond it. */
const STEPS = new Set(['bitstring', 'list', 'head', 'leaf_table', 'sync'])

const files: readonly VectorFile[] = readVectors()
  .filter(({ theme }) => THEMES.has(theme))
  .map((file) => ({
    ...file,
    cases: file.cases.filter(({ steps }) => steps.every((step) => STEPS.has(step.do))),
  }))

it('a reader in another language, written from the specification, follows head, leaf table, lists, changes and emergency list to the same verdicts', async (ctx) => {
  requireOrSkip(ctx, 'python3', spawnSync('python3', ['--version']).status === 0)
  const report = await runCommand(files, ['python3', '-B', PROGRAM])

  expect(report).toMatchObject({ otherwise: 0, differences: [] })
  expect(report).toMatchObject({ asked: files.flatMap(({ cases }) => cases).length })
  expect(files.map(({ cases }) => cases.length > 15)).toEqual([true, true, true])
}, 120_000)
