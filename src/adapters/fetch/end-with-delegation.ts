import { encodeUtf8 } from '../../core/bytes.ts'
import type { Verifier } from '../../verifier/create-verifier.ts'
import type { PresentationRefusal, VerifiedPresentation } from '../../verifier/verdict.ts'
import type { Watch } from '../../verifier/watch.ts'
import { EventTail, isEventStream, lastEvent } from '../event-stream.ts'

/**
 * Ends the body of a response when the delegation of its request ends, at `recheckAt` unless all still holds, or when its
 * status changes (docs/spec/07-verifying.md "Long-lived connections"). `requireDelegation` does it for event streams by
 * itself; use this for what else lasts longer than a moment. The stream that the handler made is cancelled. An event
 * stream closes; of anything else, and of what states its length, the stream fails, so that no client takes a part for
 * the whole.
 *
 * @param delegation As the handler was given it.
 */
export function endWithDelegation(
  verifier: Verifier,
  delegation: VerifiedPresentation,
  response: Response,
): Response {
  if (response.body === null) return response
  const { headers } = response
  const isEvents = isEventStream(headers.get('content-type') ?? undefined)
  const cut = new CutStream(response.body, isEvents && !headers.has('content-length'))
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => cut.start(controller, (onEnd) => verifier.watch(delegation, onEnd)),
      pull: (controller) => cut.pull(controller),
      cancel: (reason) => cut.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, response)
}

type Controller = ReadableStreamDefaultController<Uint8Array>

/** A stream that goes on as another does, until it is cut. */
class CutStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #isOpenEnded: boolean
  readonly #tail = new EventTail()
  #watch: Watch | undefined
  /** It takes nothing any more, however it came to that: to close it twice would be an error that nobody catches. */
  #isOver = false

  /** @param isOpenEnded An event stream, which may end at any place. */
  constructor(source: ReadableStream<Uint8Array>, isOpenEnded: boolean) {
    this.#reader = source.getReader()
    this.#isOpenEnded = isOpenEnded
  }

  start(controller: Controller, watch: (onEnd: (refusal: PresentationRefusal) => void) => Watch): void {
    this.#watch = watch((refusal) => this.#cut(controller, refusal))
  }

  async pull(controller: Controller): Promise<void> {
    try {
      const { done, value } = await this.#reader.read()
      if (this.#isOver) return
      if (!done) return this.#pass(controller, value)
      this.#finish()
      controller.close()
    } catch (error) {
      if (this.#isOver) return
      this.#finish()
      this.#release(error)
      throw error
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#finish()
    await this.#reader.cancel(reason)
  }

  #pass(controller: Controller, part: Uint8Array): void {
    this.#tail.add(part)
    controller.enqueue(part)
  }

  #finish(): void {
    this.#isOver = true
    this.#watch?.stop()
  }

  #cut(controller: Controller, refusal: PresentationRefusal): void {
    if (this.#isOver) return
    this.#isOver = true
    if (!this.#isOpenEnded)
      controller.error(new Error(`the delegation of the request has ended: ${refusal.code}`))
    else {
      if (this.#tail.isBetweenEvents) controller.enqueue(encodeUtf8(lastEvent(refusal)))
      controller.close()
    }
    this.#release(refusal.code)
  }

  /** Whoever made the stream may fail to end it; nobody reads it any more. */
  #release(reason: unknown): void {
    this.#reader.cancel(reason).catch(() => undefined)
  }
}
