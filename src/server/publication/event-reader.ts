import { MAX_WAITING_EVENT_BYTES } from '../limits.ts'

/** Of a stream that is not said to be one of bytes. */
type Controller = ReadableStreamDefaultController<Uint8Array>

/** One who listens. What is not read yet waits, up to a limit; whoever lets more than that wait is dropped. */
export class EventReader {
  readonly stream: ReadableStream<Uint8Array>
  readonly #onLeave: (reader: EventReader) => void
  #controller: Controller | undefined

  /** @param onLeave Told once, when it has gone away or was dropped. */
  constructor(onLeave: (reader: EventReader) => void) {
    this.#onLeave = onLeave
    const waiting = new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING_EVENT_BYTES })
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller as Controller
        },
        cancel: () => void this.#leave(),
      },
      waiting,
    )
  }

  send(bytes: Uint8Array): void {
    const room = this.#controller?.desiredSize ?? 0
    if (room >= bytes.length) this.#controller?.enqueue(bytes)
    else this.#leave()?.error(new Error('the reader of events is too slow'))
  }

  /** In good order: what waits is still read. */
  end(): void {
    this.#leave()?.close()
  }

  #leave(): Controller | undefined {
    const controller = this.#controller
    this.#controller = undefined
    if (controller !== undefined) this.#onLeave(this)
    return controller
  }
}
