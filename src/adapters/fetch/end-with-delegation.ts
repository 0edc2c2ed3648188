import { encodeUtf8 } from '../../core/bytes.ts'
import type { Verifier } from '../../verifier/create-verifier.ts'
import type { PresentationRefusal, VerifiedPresentation } from '../../verifier/verdict.ts'
import type { Watch } from '../../verifier/watch.ts'
import { EventTail, isEventStream, lastEvent } from '../event-stream.ts'

/**
 * Ends the body of a response when the delegation of its request ends, at `recheckAt` unless all still holds, or when its
 * status changes (docs/spec/07-verifying.md "Long-lived connections"). `requireDelegation` does it for event streams by
 * itself; use this for what else lasts longer than a moment. The stream that the handler made is cancelled.
 *
 * @param delegation As the handler was given it.
 */
export function endWithDelegation(
  verifier: Verifier,
  delegation: VerifiedPresentation,
  response: Response,
): Response {
  if (response.body === null) return response
  const isEvents = isEventStream(response.headers.get('content-type') ?? undefined)
  const cut = new CutStream(response.body, isEvents)
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
  readonly #isEvents: boolean
  readonly #tail = new EventTail()
  #watch: Watch | undefined
  #isOver = false

  constructor(source: ReadableStream<Uint8Array>, isEvents: boolean) {
    this.#reader = source.getReader()
    this.#isEvents = isEvents
  }

  start(controller: Controller, watch: (onEnd: (refusal: PresentationRefusal) => void) => Watch): void {
    this.#watch = watch((refusal) => this.#cut(controller, refusal))
  }

  async pull(controller: Controller): Promise<void> {
    try {
      const { done, value } = await this.#reader.read()
      if (this.#isOver) return
      if (done) this.#finish(controller)
      else this.#pass(controller, value)
    } catch (error) {
      this.#watch?.stop()
      if (!this.#isOver) throw error
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#watch?.stop()
    await this.#reader.cancel(reason)
  }

  #pass(controller: Controller, part: Uint8Array): void {
    this.#tail.add(part)
    controller.enqueue(part)
  }

  #finish(controller: Controller): void {
    this.#watch?.stop()
    controller.close()
  }

  #cut(controller: Controller, refusal: PresentationRefusal): void {
    this.#isOver = true
    if (this.#isEvents && this.#tail.isBetweenEvents) controller.enqueue(encodeUtf8(lastEvent(refusal)))
    controller.close()
    // Whoever made the stream may fail to end it; nobody reads it any more.
    this.#reader.cancel(refusal.code).catch(() => undefined)
  }
}
