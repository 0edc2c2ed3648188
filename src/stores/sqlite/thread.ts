import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { StoreDatabase } from './database.ts'
import type { FileRequest, FromThread, ThreadOptions, ToThread } from './thread-messages.ts'

/*
 * The thread that the file belongs to. Requests that have gathered while one commit was on its way to the disk share the
 * next one.
 */

/** Requests of one transaction: enough to spread the cost of a commit, few enough to keep the wait short. */
const MAX_BATCH = 512

type Batch = readonly (readonly [id: number, request: FileRequest])[]

function start(port: MessagePort, options: ThreadOptions): void {
  const send = (message: FromThread): void => port.postMessage(message)
  try {
    serve(port, new StoreDatabase(options), send)
    send({ kind: 'open' })
  } catch (error) {
    send({ kind: 'closed', reason: reasonOf(error) })
    port.close()
  }
}

function serve(port: MessagePort, database: StoreDatabase, send: (message: FromThread) => void): void {
  port.on('message', (first: ToThread) => {
    const messages = [first, ...waitingAt(port)]
    const requests = messages.flatMap((message) => (message.kind === 'requests' ? message.requests : []))
    for (let from = 0; from < requests.length; from += MAX_BATCH) {
      send(answer(database, requests.slice(from, from + MAX_BATCH)))
    }
    if (messages.every(({ kind }) => kind === 'requests')) return
    database.close()
    port.close()
  })
}

function waitingAt(port: MessagePort): readonly ToThread[] {
  const messages: ToThread[] = []
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    messages.push(next.message)
  }
  return messages
}

/** A transaction that fails has done nothing: nobody is told otherwise. */
function answer(database: StoreDatabase, batch: Batch): FromThread {
  try {
    const answers = database.answer(batch.map(([, request]) => request))
    return { kind: 'answers', answers: batch.map(([id], i) => [id, answers[i]] as const) }
  } catch (error) {
    return { kind: 'failed', ids: batch.map(([id]) => id), reason: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

if (parentPort !== null) start(parentPort, workerData)
