import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { faultOf } from './fault.ts'
import { type Answered, type Call, OPENING, type ServiceMessage, type ThreadOptions } from './messages.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Calls done together: enough to spread the cost of a commit, few enough to keep the wait short. */
const MAX_BATCH = 512

/** What a thread does with the calls that have gathered. */
interface Work {
  answer(calls: readonly Call[]): Answered
  /** What can be done once the callers have their answers. */
  tidy?(): void
  close(): void
}

function openWork({ role, ...options }: ThreadOptions): Work {
  return role === 'writer' ? new Writer(options) : new Reader(options.file)
}

/** Gathers calls while the work before them goes on, then does them together. */
function serve(port: MessagePort, work: Work): void {
  const waiting: Call[] = []
  let isScheduled = false
  let isClosing = false

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(turn)
  }

  function turn(): void {
    isScheduled = false
    const batch = waiting.splice(0, MAX_BATCH)
    if (batch.length > 0) send(port, work.answer(batch))
    work.tidy?.()
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

function start(port: MessagePort, options: ThreadOptions): void {
  try {
    serve(port, openWork(options))
    send(port, { answers: [{ id: OPENING, value: undefined }], changed: [] })
  } catch (error) {
    send(port, { answers: [{ id: OPENING, fault: faultOf(error) }], changed: [] })
    port.close()
  }
}

if (parentPort !== null) start(parentPort, workerData as ThreadOptions)
