import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import type { Response as ExpressResponse } from 'express'
import { EVENTS_MEDIA_TYPE } from '../../status/layout.ts'
import { ApiError } from '../api-error.ts'
import { EVENT_STREAMS_RETRY_SECONDS, MAX_EVENT_STREAMS, MAX_EVENT_STREAMS_PER_ADDRESS } from '../limits.ts'
import { type Addressed, addressOf } from './failure-limiter.ts'

/** Tells whether an answer goes on for as long as somebody listens. */
export function isEventStream({ headers, body }: Response): boolean {
  return body !== null && headers.get('content-type') === EVENTS_MEDIA_TYPE
}

/** Sends event streams: so many at one time, and to one address. Their connections are no others' then. */
export class EventStreams {
  readonly #open = new Map<string, number>()
  #total = 0

  /**
   * Sends a stream until it ends, or whoever reads it goes away. Never rejects.
   *
   * @returns What to answer in its place where there is no room.
   */
  async send(request: Addressed, res: ExpressResponse, response: Response): Promise<ApiError | undefined> {
    const address = addressOf(request)
    const full = this.#refusal(address)
    if (full === undefined) await this.#send(address, res, response)
    else await response.body?.cancel()
    return full
  }

  async #send(address: string, res: ExpressResponse, { status, headers, body }: Response): Promise<void> {
    this.#count(address, 1)
    try {
      res.writeHead(status, Object.fromEntries(headers)).flushHeaders()
      // A reader who is dropped makes it fail, and so does one who goes away.
      await pipeline(Readable.fromWeb(body as ReadableStream), res).catch(() => undefined)
    } finally {
      this.#count(address, -1)
    }
  }

  #refusal(address: string): ApiError | undefined {
    const headers = { 'retry-after': String(EVENT_STREAMS_RETRY_SECONDS) }
    if ((this.#open.get(address) ?? 0) >= MAX_EVENT_STREAMS_PER_ADDRESS)
      return new ApiError('rate_limited', { detail: 'too many event streams to this address', headers })
    if (this.#total < MAX_EVENT_STREAMS) return undefined
    return new ApiError('unavailable', { detail: 'there is no room for one more event stream', headers })
  }

  #count(address: string, change: 1 | -1): void {
    const open = (this.#open.get(address) ?? 0) + change
    this.#total += change
    if (open === 0) this.#open.delete(address)
    else this.#open.set(address, open)
  }
}
