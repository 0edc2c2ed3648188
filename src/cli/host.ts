import { createInterface } from 'node:readline/promises'
import { type Clock, type Fetch, systemClock } from '../core/clock.ts'

/** Where text goes to. */
export interface TextSink {
  readonly isTTY: boolean
  write(text: string): void
}

/** Where text comes from. */
export interface TextSource {
  readonly isTTY: boolean
  /** All of it, until the end. */
  read(): Promise<string>
  /** One line, after a question on stderr; empty at the end of input. */
  ask(question: string): Promise<string>
}

/** The process around a command, so that a test can be one. */
export interface Host {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Working directory, absolute. */
  readonly directory: string
  readonly stdin: TextSource
  readonly stdout: TextSink
  readonly stderr: TextSink
  readonly clock: Clock
  readonly fetch: Fetch
  /** Aborted when the process is asked to end: SIGINT, SIGTERM, SIGHUP. Asking once more ends it at once. */
  readonly ending: () => AbortSignal
}

/** The host of `main.ts`. */
export function processHost(): Host {
  return {
    environment: process.env,
    directory: process.cwd(),
    stdin: { isTTY: process.stdin.isTTY === true, read: readStdin, ask: askOnTerminal },
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    clock: systemClock,
    fetch: (input, init) => fetch(input, init),
    ending,
  }
}

function sinkOf(stream: NodeJS.WriteStream): TextSink {
  return { isTTY: stream.isTTY === true, write: (text) => void stream.write(text) }
}

async function readStdin(): Promise<string> {
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) text += chunk
  return text
}

async function askOnTerminal(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
  try {
    return await Promise.race([terminal.question(question), closed])
  } finally {
    terminal.close()
  }
}

function ending(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => controller.abort())
  return controller.signal
}
