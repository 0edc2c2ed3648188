// npm run mutate [-- FILE OR FOLDER…]: changes one operator at a time in the code that decides, and asks the tests
// whether they notice. Takes hours for everything on two cores; a file takes minutes. --help says more.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { type Explained, LEAST_KILLED, type Report, type Summary, summarize } from './summarize.ts'

const HERE = import.meta.dirname
const ROOT = resolve(HERE, '../..')
const STRYKER = join(HERE, 'node_modules/@stryker-mutator/core/bin/stryker.js')
const ALL = ['src/delegation', 'src/securing', 'src/status', 'src/verifier']
const USAGE = `npm run mutate [-- FILE OR FOLDER…]

Changes one operator at a time in ${ALL.join(', ')} (or in what is named), and runs the tests that
reach it. A change that no test notices survived: it needs a test, or an explanation in test/mutate/survivors.json.
Exits with 1 when a survivor is not explained, or, of everything, fewer than ${LEAST_KILLED * 100} % were noticed.`

const words = process.argv.slice(2)
if (words.includes('--help')) {
  console.log(USAGE)
} else {
  process.exitCode = await main(words.length === 0 ? ALL : words)
}

async function main(targets: readonly string[]): Promise<number> {
  const missing = targets.find((target) => !existsSync(resolve(ROOT, target)))
  if (missing !== undefined) {
    console.error(`${missing} does not exist.\n\n${USAGE}`)
    return 2
  }
  if (!existsSync(STRYKER) && (await run('npm', ['ci', '--loglevel=error'], HERE)) !== 0) return 1
  const scratch = mkdtempSync(join(tmpdir(), 'procura-mutate-'))
  try {
    return await mutate(targets.map(patternOf), scratch)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function patternOf(target: string): string {
  const path = relative(ROOT, resolve(ROOT, target))
  return statSync(resolve(ROOT, target)).isDirectory() ? `${path}/**/*.ts` : path
}

async function mutate(patterns: readonly string[], scratch: string): Promise<number> {
  const reportFile = join(scratch, 'report.json')
  const reporters = process.stderr.isTTY ? 'json,progress' : 'json'
  const options = ['--mutate', [...patterns, '!src/**/*.d.ts'].join(','), '--reporters', reporters]
  options.push('--tempDirName', join(scratch, 'sandbox'), '--concurrency', String(cpus().length))
  const config = join('test', 'mutate', 'stryker.config.mjs')
  const environment = { ...process.env, PROCURA_MUTATE_REPORT: reportFile }
  const code = await run(process.execPath, [STRYKER, 'run', config, ...options], ROOT, environment)
  if (!existsSync(reportFile)) return code || 1
  return print(summarize(readJson<Report>(reportFile), readJson<Explained[]>(join(HERE, 'survivors.json'))))
}

function print({ killed, survived, share, unexplained, obsolete }: Summary): number {
  for (const { file, line, code, original, replacement } of unexplained)
    console.log(`${file}:${line}\n    ${code}\n    survived: ${original} → ${replacement}`)
  for (const { file, code, replacement } of obsolete)
    console.log(`survivors.json explains what did not survive: ${file}: ${code} → ${replacement}`)
  const explained = survived - unexplained.length
  console.log(
    `${killed} of ${killed + survived} mutants killed (${(share * 100).toFixed(1)} %), ${survived} survived, ${explained} of them explained`,
  )
  const isEnough = share >= LEAST_KILLED || words.length > 0
  return isEnough && unexplained.length === 0 && obsolete.length === 0 ? 0 : 1
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T
}

/** Runs a command whose words go to the standard error, and ends it with this process. */
function run(command: string, args: readonly string[], cwd: string, env = process.env): Promise<number> {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', process.stderr, process.stderr] })
    const stop = () => child.kill('SIGTERM')
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)
    child.on('error', (error) => {
      console.error(error.message)
      done(1)
    })
    child.on('exit', (code) => done(code ?? 1))
  })
}
