// npm run check:node20: the tests of the library, published vectors included, on the oldest Node that it supports, where that is the machine's Node.
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const OLDEST_MAJOR = 20
const FOLDERS = ['core', 'model', 'did', 'securing', 'status', 'delegation', 'verifier', 'holder', 'vectors']

const node = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((entry) => !entry.startsWith(join(ROOT, 'node_modules')))
  .map((entry) => join(entry, 'node'))
  .find((file) => existsSync(file))
const version =
  node === undefined ? 'none' : spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()

if (version.startsWith(`v${OLDEST_MAJOR}.`)) {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const tests = globSync(`test/{${FOLDERS.join(',')}}/**/*.test.ts`, { cwd: ROOT })
  const args = [vitest, 'run', '--project', 'unit', '--project', 'mocking', ...tests]
  process.exitCode = spawnSync(node, args, { cwd: ROOT, stdio: 'inherit' }).status ?? 1
} else {
  process.stdout.write(`0 tests: the Node of this machine is ${version}, not ${OLDEST_MAJOR}\n`)
}
