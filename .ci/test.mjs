// npm test: everything that can be checked in minutes; npm run check (--quick): what one waits for while editing.
// Other arguments go to vitest, for example npm run check -- test/core. Every stage runs, whatever failed before it.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { coverageGaps } from './coverage.ts'
import { readReport } from './report.ts'

const ROOT = resolve(import.meta.dirname, '..')
const HEARTBEAT_MS = 30_000
const STAGE_LIMIT_MS = 25 * 60_000

const words = process.argv.slice(2)
const quick = words.includes('--quick')
const filters = words.filter((word) => word !== '--quick')
const scratch = mkdtempSync(join(tmpdir(), 'procura-test-'))
const reportFile = join(scratch, 'report.json')
/** Node keeps there what it compiled: half of what it costs to start one of the many processes of tests. */
const NODE_COMPILE_CACHE = join(scratch, 'compiled')
const env = { ...process.env, NO_COLOR: '1', NODE_COMPILE_CACHE }
const counts = { passed: 0, failed: 0, skipped: 0 }
const failures = []
let current

process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => abandon(signal))

const lint = [
  'The sources are formatted and linted',
  tool('@biomejs/biome/bin/biome', 'check', '--error-on-warnings'),
]
const build = ['The package builds', script('.ci/setup.mjs', '--rebuild')]
const types = ['The types hold', tool('typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit')]
const edge = [
  'The verifier compiles without the types of Node',
  tool('typescript/bin/tsc', '-p', 'test/packaging'),
]
const stages = quick
  ? [
      lint,
      build,
      types,
      edge,
      ['Each part does what its tests say', tests('--project', 'unit', '--project', 'mocking')],
    ]
  : [
      lint,
      build,
      types,
      edge,
      ['The package can be packed', pack],
      [
        'The packed package keeps the rules of publishing',
        onTarball('publint/src/cli.js', 'run', '--strict'),
      ],
      [
        'Every export resolves for ESM',
        onTarball('@arethetypeswrong/cli/dist/index.js', '--profile', 'esm-only'),
      ],
      ['Nothing is unused: files, exports, dependencies', tool('knip/bin/knip.js', '--no-progress')],
      ['All tests pass', tests('--coverage')],
      ['The library works on Node 20', script('.ci/node20.mjs')],
      ['The tests reach what decides: 95 % of lines and branches in each folder', coverage],
    ]

for (const [name, work] of stages) await runStage(name, work)
finish()

async function runStage(name, work) {
  const start = performance.now()
  const seconds = () => ((performance.now() - start) / 1000).toFixed(1)
  process.stdout.write(`${name} …`)
  const heartbeat = setInterval(
    () => process.stdout.write(` ${Math.round(Number(seconds()))} s …`),
    HEARTBEAT_MS,
  )
  const { problems, notes = [] } = await work()
  clearInterval(heartbeat)
  process.stdout.write(` ${problems.length === 0 ? 'ok' : 'FAILED'}  ${seconds()} s\n`)
  for (const line of [...notes, ...problems]) process.stdout.write(`${line.replace(/^/gm, '    ')}\n`)
  if (problems.length === 0) counts.passed++
  else fail(name)
}

function fail(what) {
  counts.failed++
  failures.push(what)
}

function tool(path, ...args) {
  return script(join('node_modules', path), ...args)
}

function script(path, ...args) {
  return async () => {
    const { code, output } = await run(process.execPath, [path, ...args])
    return { problems: code === 0 ? [] : [output], notes: output.match(/^(0 tests: .*| *Tests .*)$/gm) ?? [] }
  }
}

async function pack() {
  const { code, output } = await run('npm', ['pack', '--loglevel=error', '--pack-destination', scratch])
  return { problems: code === 0 && existsSync(tarball()) ? [] : [output] }
}

function tarball() {
  const { name, version } = readJson(join(ROOT, 'package.json'))
  return join(scratch, `${name}-${version}.tgz`)
}

function onTarball(path, ...args) {
  return () => tool(path, ...args, tarball())()
}

/** The tests count one by one; the stage fails by itself only for what no test can be blamed for. */
function tests(...args) {
  return async () => {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
    const vitest = join('node_modules', 'vitest', 'vitest.mjs')
    const { code, output } = await run(process.execPath, [vitest, 'run', ...args, ...reporters, ...filters])
    if (!existsSync(reportFile)) return { problems: [output] }
    const requireAll = process.env.PROCURA_REQUIRE_ALL === '1'
    const report = readReport(readJson(reportFile), { root: ROOT, allKinds: !quick, requireAll })
    counts.passed += report.passed
    counts.skipped += report.skipped
    for (const title of report.failed) fail(title)
    const problems = code === 0 ? report.problems : [...report.problems, output.replace(/^ *[✓↓] .*\n/gm, '')]
    return { problems, notes: report.notes }
  }
}

function coverage() {
  const gaps = coverageGaps(readJson(join(ROOT, 'coverage', 'coverage-summary.json')), ROOT)
  const table = readFileSync(join(ROOT, 'coverage', 'coverage.txt'), 'utf8')
  return { problems: gaps.length === 0 ? [] : [...gaps, table] }
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** Runs a command in a process group of its own, so that what it leaves behind can be ended with it. */
function run(command, args) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    current = child
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text))
    const limit = setTimeout(() => {
      output += `\nended after ${STAGE_LIMIT_MS / 60_000} minutes`
      endGroup('SIGKILL')
    }, STAGE_LIMIT_MS)
    child.on('error', (error) => (output += error.message))
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      current = undefined
      done({ code, output: signal === null ? output : `${output}\nended by ${signal}` })
    })
  })
}

function endGroup(signal) {
  if (current?.pid === undefined) return
  try {
    process.kill(-current.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

function abandon(signal) {
  endGroup(signal)
  process.stdout.write(`\nended by ${signal}\n`)
  process.exit(1)
}

function finish() {
  if (failures.length > 0) process.stdout.write('\nFailed:\n')
  for (const failure of failures) process.stdout.write(`  ${failure}\n`)
  if (counts.skipped > 0) process.stdout.write(`\n${counts.skipped} skipped\n`)
  process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed\n`)
  process.exitCode = counts.failed === 0 ? 0 : 1
}
