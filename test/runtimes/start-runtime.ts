import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { InstalledPackage } from './installed-package.ts'

/** Time for a runtime to listen, in milliseconds. */
const START_LIMIT_MS = 30_000

const FOLDER = 'test/runtimes'
const PROGRAMS = {
  bun: '@oven/bun-linux-x64/bin/bun',
  deno: '@deno/linux-x64-glibc/deno',
  workerd: '@cloudflare/workerd-linux-64/bin/workerd',
} as const

export type RuntimeName = keyof typeof PROGRAMS

export interface Runtime {
  /** `http://127.0.0.1:port` */
  readonly origin: string
  stop(): void
}

/**
 * Where a runtime is, or `undefined` when there is none for this machine. Installed by npm when it is first wanted; its
 * lockfile is the project's.
 */
export function findRuntime(name: RuntimeName): string | undefined {
  const program = resolve(FOLDER, 'node_modules', PROGRAMS[name])
  if (!isInstalled()) installRuntimes()
  return existsSync(program) ? program : undefined
}

function isInstalled(): boolean {
  const stamp = join(FOLDER, 'node_modules/.package-lock.json')
  if (!existsSync(stamp)) return false
  const wanted = JSON.parse(readFileSync(join(FOLDER, 'package-lock.json'), 'utf8')).packages
  const found = JSON.parse(readFileSync(stamp, 'utf8')).packages
  return Object.keys(found).every((path) => found[path].version === wanted[path]?.version)
}

/** Without a registry the runtimes are not available, which is for the test to say. */
function installRuntimes(): void {
  try {
    execFileSync('npm', ['ci', '--loglevel=error', '--no-audit', '--no-fund'], {
      cwd: FOLDER,
      stdio: 'ignore',
    })
  } catch {}
}

/** Flags of Deno: what the service needs, and to be asked for nothing else. */
const DENO_FLAGS = ['--no-prompt', '--allow-net', '--allow-env', '--allow-read', '--node-modules-dir=manual']

/** Runs a program to its end. @returns What it printed. */
export async function runProgram(
  name: 'bun' | 'deno',
  program: string,
  script: string,
  args: readonly string[],
): Promise<string> {
  const flags = name === 'deno' ? DENO_FLAGS : []
  const words = ['run', ...flags, script, ...args]
  const { stdout } = await promisify(execFile)(program, words, {
    cwd: dirname(script),
    timeout: START_LIMIT_MS,
  })
  return stdout
}

/** Starts the service of `test/vectors/programs/service.ts` on a runtime, at a port of its own on loopback. */
export async function startRuntime(
  name: RuntimeName,
  program: string,
  installed: InstalledPackage,
): Promise<Runtime> {
  switch (name) {
    case 'bun':
      return listening(spawn(program, ['run', await installed.program('bun')], options(installed)))
    case 'deno': {
      const script = await installed.program('deno')
      return listening(spawn(program, ['run', ...DENO_FLAGS, script], options(installed)))
    }
    case 'workerd':
      return startWorker(program, installed, 'workerd')
  }
}

/**
 * Starts a Worker on workerd, at a port of its own on loopback.
 *
 * @param name Of its program in `test/vectors/programs`.
 * @param variables Texts that it finds in its environment.
 */
export async function startWorker(
  program: string,
  installed: InstalledPackage,
  name: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Runtime> {
  const config = await workerdConfig(installed, name, variables)
  const flags = ['--socket-addr=http=127.0.0.1:0', '--control-fd=1']
  return listening(spawn(program, ['serve', config, ...flags], options(installed)))
}

function options({ folder }: InstalledPackage) {
  return {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[],
    env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
  }
}

/** One Worker, which may reach this machine. */
async function workerdConfig(
  installed: InstalledPackage,
  name: string,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const bundle = await installed.bundle(name, ['workerd', 'worker', 'browser'])
  const path = join(installed.folder, `${name}.capnp`)
  const bindings = Object.entries(variables).map(
    ([variable, text]) => `(name = "${variable}", text = ${JSON.stringify(text)})`,
  )
  writeFileSync(
    path,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "main", worker = .main), (name = "internet", network = (allow = ["private"])) ],
  sockets = [ (name = "http", http = (), service = "main") ] );
const main :Workerd.Worker = (
  modules = [ (name = "main", esModule = embed "${bundle.slice(installed.folder.length + 1)}") ],
  bindings = [ ${bindings.join(', ')} ],
  compatibilityDate = "2026-11-01" );
`,
  )
  return path
}

/** The port as a program prints it: `port 8080`, or as JSON of workerd. */
async function listening(child: ChildProcess): Promise<Runtime> {
  const stop = (): void => void child.kill('SIGKILL')
  const { stdout: output, stderr } = child
  if (output === null) throw new Error('the runtime has no standard output')
  let complaints = ''
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const timer = setTimeout(stop, START_LIMIT_MS)
  for await (const line of createInterface({ input: output })) {
    const port = /(?:^port |"port":)(\d+)/.exec(line)?.[1]
    if (port === undefined) continue
    clearTimeout(timer)
    output.resume()
    return { origin: `http://127.0.0.1:${port}`, stop }
  }
  clearTimeout(timer)
  throw new Error(`the runtime ended before it listened: ${complaints}`)
}
