import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const { name, version, exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  name: string
  version: string
  exports: Record<string, string>
}

/** Everything but files and the service, which needs the `node:sqlite` of a newer Node and says so. */
const LIBRARY = Object.keys(exports).filter((path) => !/\*|\.json$|^\.\/server$/.test(path))

const consumer = mkdtempSync(join(tmpdir(), 'consumer-'))

/** The Node of the machine, which may be as old as `engines` allows; the tests themselves run on the newest. */
const PATH = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((entry) => !entry.startsWith(join(process.cwd(), 'node_modules')))
  .join(delimiter)

function run(command: string, args: readonly string[], cwd = consumer): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH },
  })
  if (status !== 0) throw new Error(`${command} ${args[0]} failed:\n${stderr}`)
  return stdout
}

beforeAll(() => {
  run('npm', ['pack', '--loglevel=error', '--pack-destination', consumer], process.cwd())
  const manifest = { private: true, type: 'module', dependencies: { [name]: `file:${name}-${version}.tgz` } }
  writeFileSync(join(consumer, 'package.json'), JSON.stringify(manifest))
  const quiet = ['--loglevel=error', '--no-audit', '--no-fund', '--prefer-offline']
  run('npm', ['install', '--omit=dev', '--ignore-scripts', ...quiet])
})

afterAll(() => rmSync(consumer, { recursive: true, force: true }))

describe('the packed package, installed without install scripts and development dependencies', () => {
  const nodes = [
    ['the newest Node', process.execPath],
    ['the Node of the machine', 'node'],
  ] as const

  it.each(nodes)('can be imported on %s, every export of the library [SC-01]', (_, node) => {
    const imports = LIBRARY.map((path) => `import(${JSON.stringify(join(name, path))})`)
    const script = `const all = await Promise.all([${imports}]); console.log(all.every((m) => Object.keys(m).length > 0))`

    expect(run(node, ['--input-type=module', '--eval', script])).toBe('true\n')
  })

  it('contains what it says and no tests or sources [SC-01]', () => {
    const files = run('npm', ['ls', '--parseable', '--all']).trim().split('\n')
    const tarball = run('tar', ['-tzf', `${name}-${version}.tgz`])
      .trim()
      .split('\n')

    expect(tarball.filter((file) => /^package\/(src|test|examples|\.ci)\//.test(file))).toEqual([])
    expect(tarball).toContain('package/dist/verifier/index.js')
    expect(files.length).toBeGreaterThan(1)
  })
})
