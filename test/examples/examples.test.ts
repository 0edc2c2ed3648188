import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const LIMIT_MS = 50_000

const examples = existsSync('examples') ? readdirSync('examples').filter((name) => name.endsWith('.ts')) : []

/** Runs a program as a reader would: `node examples/01-….ts`, on the build. */
function run(file: string): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: LIMIT_MS })
}

describe('the examples', () => {
  it.each(examples)('examples/%s runs to its end', (name) => {
    expect(run(join('examples', name))).toMatchObject({ status: 0 })
  })

  it('are numbered in the order of reading', () => {
    expect(examples.filter((name) => !/^\d\d-[a-z0-9-]+\.ts$/.test(name))).toEqual([])
  })

  it('would be found out if one failed', () => {
    expect(run('test/examples/fixtures/fails.ts')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('on purpose'),
    })
  })
})
