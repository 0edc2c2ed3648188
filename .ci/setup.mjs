// Makes a checkout ready and hands over to a script: node .ci/setup.mjs [--no-build | --rebuild] [SCRIPT ARGUMENTS…]
//
// Runs on whatever Node there is, before anything is installed, so it uses Node's own modules only and no syntax
// newer than Node 14. It writes nothing to stdout: that belongs to the script.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const MODULES = path.join(ROOT, 'node_modules')
const BIN = path.join(MODULES, '.bin')
const NODE = path.join(BIN, 'node')
const LOCK = path.join(ROOT, '.ci', '.setup.lock')
const INSTALL_STAMP = path.join(MODULES, '.procura-installed')
const BUILD_STAMP = path.join(MODULES, '.procura-built')
const OLDEST_NODE = 20
const DEVELOPMENT_NODE = 24
/** What a link that npm made earlier runs: the compiler writes it anew each time, and not as a program. */
const CLI = path.join(ROOT, 'dist/cli/main.js')
const LOCK_POLL_MS = 200
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP']

class SetupError extends Error {}

const options = parseArguments(process.argv.slice(2))
let running
let interrupted
for (const signal of FORWARDED) process.on(signal, () => onSignal(signal))

main().then(
  (exit) => end(exit),
  (error) => {
    process.stderr.write(`${error instanceof SetupError ? error.message : error.stack}\n`)
    end({ code: 1, signal: interrupted })
  },
)

async function main() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE)
    throw new SetupError(`Procura needs Node ${OLDEST_NODE} or newer; this is Node ${process.versions.node}.`)
  if (!isReady()) await withLock(prepare)
  return options.script.length === 0 ? { code: 0 } : run(NODE, options.script, { stdio: 'inherit' })
}

function parseArguments(words) {
  const flags = []
  while (words.length > 0 && words[0].startsWith('--')) flags.push(words.shift())
  return { build: !flags.includes('--no-build'), rebuild: flags.includes('--rebuild'), script: words }
}

function isReady() {
  return isInstalled() && (!options.build || (!options.rebuild && isBuilt()))
}

/** Installs and builds what is out of date, and says so in one line that grows. Another setup may have done it. */
async function prepare() {
  const installs = !isInstalled()
  const builds = options.build && (options.rebuild || installs || !isBuilt())
  if (!installs && !builds) return
  process.stderr.write('setup:')
  if (installs) await step('npm ci', install)
  if (builds) await step('build', build)
  process.stderr.write('\n')
}

async function step(name, work) {
  const start = Date.now()
  process.stderr.write(` ${name} …`)
  try {
    await work()
  } catch (error) {
    process.stderr.write(' failed\n')
    throw error
  }
  process.stderr.write(` ${((Date.now() - start) / 1000).toFixed(1)} s`)
}

async function install() {
  // The level is stated because `npm run -s` hands its silence down, and a failure must not be silent.
  await quietly('npm', ['ci', '--include=dev', '--loglevel=error', '--no-audit', '--no-fund'])
  await checkNode()
  writeStamp(INSTALL_STAMP, installDigest())
}

async function checkNode() {
  const advice =
    'npm must be allowed to run the install script of the package "node" (see .npmrc, ignore-scripts).'
  if (!fs.existsSync(NODE)) throw new SetupError(`node_modules/.bin/node is missing: ${advice}`)
  const version = await quietly(NODE, ['-p', 'process.versions.node'])
  if (Number(version.split('.')[0]) < DEVELOPMENT_NODE)
    throw new SetupError(
      `node_modules/.bin/node is Node ${version.trim()}, not ${DEVELOPMENT_NODE}: ${advice}`,
    )
}

async function build() {
  const digest = buildDigest()
  fs.rmSync(BUILD_STAMP, { force: true })
  fs.rmSync(path.join(ROOT, 'dist'), { recursive: true, force: true })
  await quietly(NODE, [path.join(MODULES, 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'])
  if (fs.existsSync(CLI)) fs.chmodSync(CLI, 0o755)
  writeStamp(BUILD_STAMP, digest)
}

function isInstalled() {
  return fs.existsSync(NODE) && readText(INSTALL_STAMP) === installDigest()
}

function isBuilt() {
  return fs.existsSync(path.join(ROOT, 'dist')) && readText(BUILD_STAMP) === buildDigest()
}

function installDigest() {
  return digestOf(['package-lock.json'], `${process.platform}-${process.arch}`)
}

function buildDigest() {
  return digestOf([
    'package-lock.json',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    ...filesUnder('src'),
  ])
}

function digestOf(files, salt = '') {
  const hash = createHash('sha256').update(salt)
  for (const file of files) {
    const bytes = fs.readFileSync(path.join(ROOT, file))
    hash.update(`${file}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

function filesUnder(folder) {
  return fs
    .readdirSync(path.join(ROOT, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const file = `${folder}/${entry.name}`
      return entry.isDirectory() ? filesUnder(file) : [file]
    })
}

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Written whole or not at all: a stamp is believed without a second look. */
function writeStamp(file, text) {
  const partial = `${file}.${process.pid}`
  fs.writeFileSync(partial, text)
  fs.renameSync(partial, file)
}

async function withLock(work) {
  await acquireLock()
  try {
    await work()
  } finally {
    fs.rmSync(LOCK, { force: true })
  }
}

/** A link is made in one step and only where there is none, and the lock never exists without its holder's pid. */
async function acquireLock() {
  const claim = `${LOCK}.${process.pid}`
  fs.writeFileSync(claim, String(process.pid))
  try {
    for (let told = false; !tryLink(claim); ) {
      const holder = readText(LOCK)
      if (holder !== undefined && !isAlive(Number(holder))) removeStaleLock(holder)
      else if (!told) {
        process.stderr.write('setup: waiting for another one to finish\n')
        told = true
      }
      if (interrupted !== undefined) throw new SetupError('setup: interrupted')
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS))
    }
  } finally {
    fs.rmSync(claim, { force: true })
  }
}

function tryLink(claim) {
  try {
    fs.linkSync(claim, LOCK)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** Only one process can move the dead one's lock away; should it have caught a live one's, it puts that back. */
function removeStaleLock(holder) {
  const aside = `${LOCK}.${process.pid}.stale`
  try {
    fs.renameSync(LOCK, aside)
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw error
  }
  if (readText(aside) !== holder) tryLink(aside)
  fs.rmSync(aside, { force: true })
}

function isAlive(pid) {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Runs a tool and returns its stdout; what it printed is shown only if it fails. */
async function quietly(command, args) {
  const printed = { out: '', all: '' }
  const exit = await run(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }, (child) => {
    child.stdout.on('data', (chunk) => {
      printed.out += chunk
      printed.all += chunk
    })
    child.stderr.on('data', (chunk) => {
      printed.all += chunk
    })
  })
  if (interrupted !== undefined) throw new SetupError('setup: interrupted')
  if (exit.code === 0) return printed.out
  throw new SetupError(`${printed.all.trim()}\nsetup: "${path.basename(command)} ${args.join(' ')}" failed`)
}

/** Resolves with how the child ended. npm itself must not run on a Node that it is about to replace. */
function run(command, args, { stdio }, watch = () => {}) {
  const outside = (process.env.PATH || '')
    .split(path.delimiter)
    .filter((entry) => !entry.startsWith(MODULES + path.sep))
  const entries = command === 'npm' ? outside : [BIN, ...outside]
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: entries.join(path.delimiter) }
    running = spawn(command, args, { cwd: ROOT, env, stdio })
    running.on('error', (error) => reject(new SetupError(`setup: cannot start ${command}: ${error.message}`)))
    running.on('close', (code, signal) => {
      running = undefined
      resolve({ code, signal })
    })
    watch(running)
  })
}

/** A terminal sends ^C to the child as well; sending it twice would read as impatience. */
function onSignal(signal) {
  interrupted = signal
  if (running !== undefined && !(signal === 'SIGINT' && process.stdin.isTTY)) running.kill(signal)
}

/** Ends as the child ended, so that a caller cannot tell the difference. */
function end({ code, signal }) {
  if (signal) {
    for (const name of FORWARDED) process.removeAllListeners(name)
    process.kill(process.pid, signal)
    setTimeout(() => process.exit(128 + (os.constants.signals[signal] || 0)), 1000)
  } else {
    process.exitCode = code
  }
}
