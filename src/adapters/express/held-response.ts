import type { ServerResponse } from 'node:http'
import { systemTimer } from '../../core/timer.ts'
import type { Verifier } from '../../verifier/create-verifier.ts'
import type { PresentationRefusal, VerifiedPresentation } from '../../verifier/verdict.ts'
import type { Watch } from '../../verifier/watch.ts'
import { EventTail, isEventStream, lastEvent } from '../event-stream.ts'

/** How long a client that does not read may keep a response open that was ended, in milliseconds. */
export const END_GRACE_MS = 5_000

/** Under what a response is given. */
export interface Given {
  readonly verifier: Verifier
  readonly verdict: VerifiedPresentation
  /** Answers a request whose delegation has ended before anything was said. */
  readonly answer: (refusal: PresentationRefusal) => void
}

/**
 * A response that ends with the delegation of its request: an event stream by itself, anything else when it is asked
 * for. An event stream ends with an event that says why, where one may begin. What the handler writes afterwards goes
 * nowhere; it learns of the end by `close`, as when a client leaves.
 */
export class HeldResponse {
  readonly #res: ServerResponse
  readonly #given: Given
  readonly #tail = new EventTail()
  readonly #endForReal: ServerResponse['end']
  #isEventStream = false
  #isOver = false
  #watch: Watch | undefined

  constructor(res: ServerResponse, given: Given) {
    this.#res = res
    this.#given = given
    this.#endForReal = res.end
    const { writeHead, write, end } = res
    replace(res, 'writeHead', (args) => {
      const written: unknown = Reflect.apply(writeHead, res, args)
      this.#isEventStream = isEventStream(contentTypeOf(res, args))
      if (this.#isEventStream) this.watch()
      return written
    })
    replace(res, 'write', (args) => {
      if (this.#isOver) return false
      this.#follow(args[0])
      return Reflect.apply(write, res, args)
    })
    replace(res, 'end', (args) => (this.#isOver ? res : Reflect.apply(end, res, args)))
  }

  /** Begins to watch, or answers with the watch that has begun. */
  watch(): Watch {
    if (this.#watch !== undefined) return this.#watch
    const { verifier, verdict } = this.#given
    const watch = verifier.watch(verdict, (refusal) => this.#end(refusal))
    this.#watch = watch
    // The client may have left before the handler came to ask.
    if (this.#res.closed) watch.stop()
    else this.#res.once('close', () => watch.stop())
    return watch
  }

  #follow(part: unknown): void {
    if (typeof part === 'string' || part instanceof Uint8Array) this.#tail.add(part)
  }

  #end(refusal: PresentationRefusal): void {
    const res = this.#res
    // One that its handler has ended, and that is still on its way, takes nothing more: to add to it would be an error.
    if (!res.headersSent) this.#given.answer(refusal)
    else if (!res.writableEnded) {
      const mayTell = this.#isEventStream && this.#tail.isBetweenEvents
      Reflect.apply(this.#endForReal, res, mayTell ? [lastEvent(refusal)] : [])
    }
    this.#isOver = true
    const cancel = systemTimer(() => res.destroy(), END_GRACE_MS)
    res.once('close', cancel)
  }
}

function replace(res: ServerResponse, name: string, by: (args: readonly unknown[]) => unknown): void {
  const value = (...args: unknown[]): unknown => by(args)
  Object.defineProperty(res, name, { value, configurable: true, writable: true })
}

/** Set beforehand, or given to `writeHead`: as an object, a list of pairs, or a list of names and values in turn. */
function contentTypeOf(res: ServerResponse, args: readonly unknown[]): string | undefined {
  const set = res.getHeader('content-type')
  if (set !== undefined) return String(set)
  const fields = args.at(-1)
  if (typeof fields !== 'object' || fields === null) return undefined
  const pairs = Array.isArray(fields) ? pairsIn(fields) : Object.entries(fields)
  const found = pairs.find(([name]) => String(name).toLowerCase() === 'content-type')
  return found === undefined ? undefined : String(found[1])
}

function pairsIn(list: readonly unknown[]): readonly (readonly unknown[])[] {
  if (list.every(Array.isArray)) return list
  return list.flatMap((item, i) => (i % 2 === 0 ? [[item, list[i + 1]]] : []))
}
