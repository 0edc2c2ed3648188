import type { ServerResponse } from 'node:http'
import type { Verifier } from '../../verifier/create-verifier.ts'
import { evidenceOf } from '../../verifier/evidence.ts'
import type { PresentationRefusal, VerifiedPresentation } from '../../verifier/verdict.ts'
import type { Watch } from '../../verifier/watch.ts'
import { EventTail, isEventStream, lastEvent } from '../event-stream.ts'
import { fieldOf, forgetBody } from './response-fields.ts'
import { failLater, replaceMethod, silence } from './response-methods.ts'

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
 * for. An event stream ends with an event that says why, where one may begin; of anything else the connection is
 * closed, so that no client takes a part for the whole. What the handler does to the response afterwards goes nowhere;
 * it learns of the end by `close`, as when a client leaves.
 */
export class HeldResponse {
  readonly #res: ServerResponse
  readonly #given: Given
  readonly #tail = new EventTail()
  readonly #endForReal: ServerResponse['end']
  /** An event stream, which may end at any place. */
  #isOpenEnded = false
  #hasLength = false
  /** All of it was given before the delegation ended, though it may still be on its way. */
  #isWhole = false
  #isOver = false
  #watch: Watch | undefined

  constructor(res: ServerResponse, given: Given) {
    this.#res = res
    this.#given = given
    this.#endForReal = res.end
    const { writeHead, write, end } = res
    replaceMethod(res, 'writeHead', (args) => {
      const written: unknown = Reflect.apply(writeHead, res, args)
      this.#begin(args)
      return written
    })
    replaceMethod(res, 'write', (args) => {
      if (this.#isOver) return this.#drop(args, false)
      this.#follow(args[0])
      return Reflect.apply(write, res, args)
    })
    replaceMethod(res, 'end', (args) => {
      if (this.#isOver) return this.#drop(args, res)
      this.#isWhole = true
      return Reflect.apply(end, res, args)
    })
  }

  /** Begins to watch, or answers with the watch that has begun. */
  watch(): Watch {
    if (this.#watch !== undefined) return this.#watch
    const { verifier, verdict } = this.#given
    const watch = verifier.watch(verdict, (refusal) => this.#end(refusal))
    this.#watch = watch
    whenGone(this.#res, () => watch.stop())
    return watch
  }

  #begin(args: readonly unknown[]): void {
    const res = this.#res
    this.#hasLength = fieldOf(res, args, 'content-length') !== undefined
    const isEvents = isEventStream(fieldOf(res, args, 'content-type'))
    this.#isOpenEnded = isEvents && !this.#hasLength
    if (isEvents) this.watch()
  }

  #follow(part: unknown): void {
    if (typeof part === 'string' || part instanceof Uint8Array) this.#tail.add(part)
  }

  #drop<T>(args: readonly unknown[], answer: T): T {
    failLater(args)
    return answer
  }

  #end(refusal: PresentationRefusal): void {
    const res = this.#res
    if (res.closed) return
    const { setTimer } = evidenceOf(this.#given.verdict).context
    try {
      this.#conclude(refusal)
    } catch {
      // Whatever others have made of the response, it does not go on.
      destroy(res)
    }
    this.#isOver = true
    silence(res)
    whenGone(
      res,
      setTimer(() => destroy(res), END_GRACE_MS),
    )
  }

  #conclude(refusal: PresentationRefusal): void {
    const res = this.#res
    // To add to what has ended would be an error that nobody listens to.
    if (this.#isWhole || res.writableEnded) return
    if (!res.headersSent) {
      forgetBody(res)
      this.#given.answer(refusal)
    } else if (this.#isOpenEnded)
      Reflect.apply(this.#endForReal, res, this.#tail.isBetweenEvents ? [lastEvent(refusal)] : [])
    else cut(res, this.#hasLength)
  }
}

/** Closes the connection, so that a client sees that something is missing. */
function cut(res: ServerResponse, hasLength: boolean): void {
  // A body that has neither length nor chunks lasts until the connection ends: only by a reset does that end differ.
  if (!hasLength && !res.chunkedEncoding) reset(res)
  destroy(res)
}

/** Also one that waits behind another on its connection, and has no socket of its own yet. */
function destroy(res: ServerResponse): void {
  const { assignSocket } = res
  replaceMethod(res, 'assignSocket', (args) => {
    res.req.socket.destroy()
    return Reflect.apply(assignSocket, res, args)
  })
  res.destroy()
}

function reset({ socket }: ServerResponse): void {
  try {
    socket?.resetAndDestroy()
  } catch {
    // TLS and local sockets have no reset; TLS tells a cut from an end by itself.
  }
}

/** Once, when the response has closed, or its client has left: one that waits behind another is not told of that. */
function whenGone(res: ServerResponse, run: () => void): void {
  const { socket } = res.req
  const gone = (): void => {
    res.off('close', gone)
    socket.off('close', gone)
    run()
  }
  res.once('close', gone)
  socket.once('close', gone)
  if (res.closed || socket.destroyed) gone()
}
