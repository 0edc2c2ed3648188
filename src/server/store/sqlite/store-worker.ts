import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { faultOf } from '../sql/fault.ts'
import type { Answered, Call } from '../sql/messages.ts'
import { FileReader } from './file-reader.ts'
import { FileWriter } from './file-writer.ts'
import { OPENING, type ServiceMessage, type ThreadOptions } from './messages.ts'

/** Calls done together: enough to spread the cost of a commit, few enough to keep the wait short. */
const MAX_BATCH = 512

/** What a thread does with the calls that have gathered. */
interface Work {
  answer(calls: readonly Call[]): Promise<Answered>
  /** What can be done once the callers have their answers. */
  tidy?(): Promise<void>
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

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(() => void turn())
  }

  async function turn(): Promise<void> {
    const batch = waiting.splice(0, MAX_BATCH)
    if (batch.length > 0) send(port, await work.answer(batch))
    await work.tidy?.()
    isScheduled = false
    if (waiting.length > 0) schedule()
    else if (isClosing) finish()
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
