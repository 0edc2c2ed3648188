// npm run mutate [-- FILE OR FOLDER…]: changes one operator at a time in the code that decides, and asks the tests
// whether they notice. Takes an hour or two for everything on two cores; a file takes minutes. --help says more.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import {
  type Counts,
  type Explained,
  LEAST_KILLED,
  type Report,
  type Summary,
  summarize,
} from './summarize.ts'

const HERE = import.meta.dirname
const ROOT = resolve(HERE, '../..')
const STRYKER = join(HERE, 'node_modules/@stryker-mutator/core/bin/stryker.js')
const REPORT = join(ROOT, 'coverage/mutation.json')
const ALL = ['src/delegation', 'src/securing', 'src/status', 'src/verifier']
const USAGE = `npm run mutate [-- FILE OR FOLDER…]

Changes one operator at a time in ${ALL.join(', ')} (or in what is named), and runs the tests that
reach it. A change that no test notices survived: it needs a test, or an explanation in test/mutate/survivors.json.
The last report stays in coverage/mutation.json, and in coverage/mutation.html for people.
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
  rmSync(REPORT, { force: true })
  const reporters = `json,html,${process.stderr.isTTY ? 'progress' : 'progress-append-only'}`
  const options = ['--mutate', [...patterns, '!src/**/*.d.ts'].join(','), '--reporters', reporters]
  options.push('--tempDirName', join(scratch, 'sandbox'), '--concurrency', String(availableParallelism()))
  const config = join('test', 'mutate', 'stryker.config.mjs')
  const code = await run(process.execPath, [STRYKER, 'run', config, ...options], ROOT)
  if (!existsSync(REPORT)) return code || 1
  return print(summarize(readJson<Report>(REPORT), readJson<Explained[]>(join(HERE, 'survivors.json'))))
}

function print({ folders, killed, survived, share, unexplained, obsolete }: Summary): number {
  for (const { file, line, code, original, replacement } of unexplained)
    console.log(`${file}:${line}\n    ${code}\n    survived: ${original} → ${replacement}`)
  for (const { file, code, original, replacement } of obsolete)
    console.log(
      `survivors.json explains what did not survive: ${file}: ${code}: ${original} → ${replacement}`,
    )
  const explained = survived - unexplained.length
  for (const [folder, counts] of Object.entries(folders)) console.log(`${folder}: ${sentence(counts)}`)
  console.log(`${sentence({ killed, survived, explained })}, ${(share * 100).toFixed(1)} % killed`)
  const isEnough = share >= LEAST_KILLED || words.length > 0
  return isEnough && unexplained.length === 0 && obsolete.length === 0 ? 0 : 1
}

function sentence({ killed, survived, explained }: Counts): string {
  return `${killed} of ${killed + survived} mutants killed, ${survived} survived, ${explained} of them explained`
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T
}

/** Runs a command whose words go to the standard error, progress at most once a minute, and ends it with this process. */
function run(command: string, args: readonly string[], cwd: string): Promise<number> {
  return new Promise((done) => {
    const output = process.stderr.isTTY ? process.stderr : 'pipe'
    const child = spawn(command, args, { cwd, stdio: ['ignore', output, process.stderr] })
    if (child.stdout !== null) printSlowly(child.stdout)
    const stop = () => child.kill('SIGTERM')
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)
    child.on('error', (error) => {
      console.error(error.message)
      done(1)
    })
    child.on('exit', (code) => done(code ?? 1))
  })
}

function printSlowly(lines: Readable): void {
  let next = 0
  createInterface({ input: lines }).on('line', (line) => {
    const isProgress = line.startsWith('Mutation testing')
    if (isProgress && performance.now() < next) return
    if (isProgress) next = performance.now() + 60_000
    console.error(line)
  })
}
