import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const PROCESS = fileURLToPath(new URL('./serving-process.ts', import.meta.url))

/** A service that does not listen by then, in milliseconds, hangs. */
const START_MS = 60_000

/** A service that was asked to end and has not ended by then, in milliseconds, hangs. */
const END_MS = 30_000

export interface Places {
  readonly dataDir: string
  readonly publishDirectory: string
  readonly env?: Readonly<Record<string, string>>
  /** Program and arguments under which it runs: `strace …`. It must not keep a signal to itself. */
  readonly under?: readonly string[]
  /** Program and arguments in place of serving-process.ts on the two directories. */
  readonly command?: readonly string[]
}

/** The service in a process group of its own. */
export interface Serving {
  readonly child: ChildProcess
  /** Lines that it logged. */
  readonly log: readonly string[]
  /** Lines of its standard output: where it listens, and what its logger writes. */
  readonly said: readonly string[]
  /** Whether it came so far as to listen. */
  readonly listens: Promise<boolean>
  readonly ended: Promise<{ readonly code: number | null }>
  /** What it logged, wherever to. */
  complaints(): readonly string[]
  hasEnded(): boolean
  /** Sends a signal to the service. */
  signal(name: NodeJS.Signals): void
  /** Sends a signal and waits; what hangs is killed. @returns The exit code: `null` when a signal ended it, or it hung. */
  end(name: NodeJS.Signals): Promise<number | null>
}

export function startServing({ dataDir, publishDirectory, env, under = [], command }: Places): Serving {
  const service = command ?? [process.execPath, PROCESS, dataDir, publishDirectory]
  const [program = '', ...args] = [...under, ...service]
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...env },
  })
  const ended = once(child, 'exit').then(([code]) => ({ code: code as number | null }))
  const log: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line))
  const stdout = createInterface({ input: child.stdout })
  const said: string[] = []
  const listening = new Promise<boolean>((resolve) => {
    stdout.on('line', (line) => {
      said.push(line)
      if (!isLogged(line)) resolve(true)
    })
  })
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), START_MS).unref())
  const listens = Promise.race([listening, ended.then(() => false), late])
  const signal = (name: NodeJS.Signals) => sendTo(child, name)
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const end = (name: NodeJS.Signals) => endServing({ ended, signal }, name)
  const complaints = () => [...log, ...said.filter(isLogged)]
  return { child, log, said, listens, ended, complaints, hasEnded, signal, end }
}

/** A line of the logger, which may come before the one that says that the service listens. */
function isLogged(line: string): boolean {
  return line.startsWith('{')
}

async function endServing({ ended, signal }: Pick<Serving, 'ended' | 'signal'>, name: NodeJS.Signals) {
  signal(name)
  const timer = setTimeout(() => signal('SIGKILL'), END_MS)
  const { code } = await ended
  clearTimeout(timer)
  return code
}

/**
 * Everything that runs there is killed; any other signal is for the service alone, not for the program that looks on. What has ended
 * already is no error.
 */
function sendTo({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(name === 'SIGKILL' ? -pid : traced(pid), name)
  } catch {}
}

/** The process that `strace` follows; the process itself when it has no child. */
function traced(pid: number): number {
  const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
  return child === '' ? pid : Number(child)
}
