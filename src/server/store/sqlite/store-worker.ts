import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { faultOf } from '../sql/fault.ts'
import type { Answered, Call } from '../sql/messages.ts'
import { FileReader } from './file-reader.ts'
import { FileWriter } from './file-writer.ts'
import { OPENING, type ServiceMessage, type ThreadOptions } from './messages.ts'

/** Calls done together: enough to spread the cost of a commit, few enough to keep the wait short. */
const MAX_BATCH = 512

/** So long nothing must have come before a thread tidies up: what follows a change, such as its publication, finds it free; in milliseconds. */
const QUIET_MS = 100

/** Where something always comes, it tidies up in between, after so many turns: some seconds at most. */
const MAX_BUSY_TURNS = 256

/** What a thread does with the calls that have gathered. */
interface Work {
  answer(calls: readonly Call[]): Promise<Answered>
  /** What nobody waits for. `isQuiet`: nobody would wait for what can be put off, either. */
  tidy?(isQuiet: boolean): Promise<void>
  close(): void
}

async function openWork({ role, ...options }: ThreadOptions): Promise<Work> {
  return role === 'writer' ? await FileWriter.open(options) : new FileReader(options.file)
}

/** Gathers calls while the work before them goes on, then does them together. */
function serve(port: MessagePort, work: Work): void {
  const waiting: Call[] = []
  let isScheduled = false
  let isClosing = false
  let quiet: NodeJS.Timeout | undefined
  let busyTurns = 0

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    clearTimeout(quiet)
    setImmediate(() => void turn())
  }

  async function turn(): Promise<void> {
    const batch = waiting.splice(0, MAX_BATCH)
    if (batch.length > 0) send(port, await work.answer(batch))
    if (++busyTurns === MAX_BUSY_TURNS) await tidy(false)
    isScheduled = false
    if (waiting.length > 0) schedule()
    else if (isClosing) finish()
    else quiet = setTimeout(() => void tidy(true), QUIET_MS)
  }

  async function tidy(isQuiet: boolean): Promise<void> {
    busyTurns = 0
    await work.tidy?.(isQuiet)
  }

  function finish(): void {
    work.close()
    port.close()
  }

  port.on('message', (message: ServiceMessage) => {
    if (message.kind === 'calls') waiting.push(...message.calls)
    else isClosing = true
    schedule()
  })
}

function send(port: MessagePort, message: Answered): void {
  port.postMessage(message)
}

async function start(port: MessagePort, options: ThreadOptions): Promise<void> {
  try {
    serve(port, await openWork(options))
    send(port, { answers: [{ id: OPENING, value: undefined }], changed: [] })
  } catch (error) {
    send(port, { answers: [{ id: OPENING, fault: faultOf(error) }], changed: [] })
    port.close()
  }
}

if (parentPort !== null) await start(parentPort, workerData as ThreadOptions)
