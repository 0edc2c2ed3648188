import { mediaTypeOf } from '../core/media-type.ts'
import type { PresentationRefusal } from '../verifier/verdict.ts'

/** Whether a response goes on for as long as somebody listens (HTML "Server-sent events"). */
export function isEventStream(contentType: string | undefined): boolean {
  return mediaTypeOf(contentType) === 'text/event-stream'
}

/** The event with which a stream ends, and why: the code and nothing else. */
export function lastEvent({ code }: PresentationRefusal): string {
  return `event: delegation-ended\ndata: ${JSON.stringify({ code })}\n\n`
}

/** What ends an event: an empty line, in any of the three forms of a line's end. */
const BETWEEN = /(?:^|\n\n|\r\r|\r\n\r\n)$/

/** Bytes, or characters, of {@link BETWEEN} at most. */
const TAIL = 4

/** Follows a stream, to know whether an event may begin where it is. Half an event must not be completed by another. */
export class EventTail {
  #tail = ''

  get isBetweenEvents(): boolean {
    return BETWEEN.test(this.#tail)
  }

  add(part: string | Uint8Array): void {
    const text = typeof part === 'string' ? part.slice(-TAIL) : String.fromCharCode(...part.slice(-TAIL))
    this.#tail = (this.#tail + text).slice(-TAIL)
  }
}
