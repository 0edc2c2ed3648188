import type { Fetch, Random } from '../core/clock.ts'
import { EventParser } from '../core/event-parser.ts'
import { mediaTypeOf } from '../core/media-type.ts'
import { NewestOnly } from '../core/newest-only.ts'
import type { SetTimer } from '../core/timer.ts'
import { HEAD_EVENT, MAX_HEAD_EVENT_CHARS, type PushedHead, parseHeadEvent } from '../status/head-event.ts'
import { EVENTS_MEDIA_TYPE } from '../status/layout.ts'
import { FETCH_DEADLINE_MS } from './fetch-document.ts'
import { retryAfterMs } from './retry-after.ts'

/** After how long a silence a stream counts as broken, in milliseconds: a service says something every 10 s. */
export const MAX_SILENCE_MS = 30_000

/** The first pause before it is asked again, doubled each time up to the last, in milliseconds. */
export const FIRST_PAUSE_MS = 1_000
export const MAX_PAUSE_MS = 300_000

/** After a push the next one waits for so long, in milliseconds: issuers publish less often, and nobody may keep us busy. */
export const PUSH_PAUSE_MS = 100

export interface StatusPushOptions {
  /** Where heads are pushed; `undefined` while that is not known. */
  readonly url: () => string | undefined
  readonly fetch: Fetch
  readonly setTimer: SetTimer
  readonly random: Random
  /** Takes in what was pushed; one at a time. @returns False for what nobody who means well pushes. Never rejects. */
  readonly onPush: (pushed: PushedHead) => Promise<boolean>
}

/**
 * Listens for the heads of one authority (docs/spec/05-status.md "Push"), and comes again when a stream ends. Whatever goes
 * wrong here costs time only: the head is looked at again and again in any case.
 */
export class StatusPush {
  readonly #options: StatusPushOptions
  #listening: AbortController | undefined
  #cancelPause: () => void = () => undefined
  #pauseMs = FIRST_PAUSE_MS
  #isOpen = false

  constructor(options: StatusPushOptions) {
    this.#options = options
  }

  /** Whether heads come by themselves at present: one did since the stream began. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  start(): void {
    if (this.#listening === undefined) void this.#listen()
  }

  stop(): void {
    this.#cancelPause()
    this.#listening?.abort()
    this.#listening = undefined
    this.#isOpen = false
  }

  async #listen(): Promise<void> {
    const listening = new AbortController()
    this.#listening = listening
    const askedMs = await this.#follow(listening).catch(() => 0)
    listening.abort()
    if (this.#listening !== listening) return
    this.#isOpen = false
    const { setTimer, random } = this.#options
    const chance = (random(1)[0] ?? 0) / 256
    const pauseMs = Math.min(MAX_PAUSE_MS, Math.max(this.#pauseMs, askedMs))
    this.#pauseMs = Math.min(MAX_PAUSE_MS, this.#pauseMs * 2)
    this.#cancelPause = setTimer(() => void this.#listen(), pauseMs * (1 + chance))
  }

  /** Ends when the stream does. @returns For how many milliseconds the service asks not to be asked. */
  async #follow(listening: AbortController): Promise<number> {
    const { url, fetch } = this.#options
    const place = url()
    if (place === undefined) return 0
    const { signal } = listening
    const headers = { accept: EVENTS_MEDIA_TYPE }
    const init: RequestInit = { redirect: 'manual', signal, credentials: 'omit', headers }
    const response = await this.#within(FETCH_DEADLINE_MS, listening, fetch(place, init))
    const { body } = response
    if (body === null || !isEventStream(response)) return retryAfterMs(response)
    await this.#read(body.getReader(), listening)
    return 0
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>, listening: AbortController): Promise<void> {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    const parser = new EventParser(MAX_HEAD_EVENT_CHARS)
    // Who lags behind is not led through what is over: the newest head says all.
    const heads = new NewestOnly<string>((data) => this.#take(data, listening))
    for (;;) {
      const next = await this.#within(MAX_SILENCE_MS, listening, reader.read())
      const events = next.done ? undefined : parser.add(decoder.decode(next.value, { stream: true }))
      if (events === undefined) return
      for (const { event, data } of events) if (event === HEAD_EVENT) heads.offer(data)
    }
  }

  async #take(data: string, listening: AbortController): Promise<void> {
    if (listening.signal.aborted) return
    const pushed = parseHeadEvent(data)
    const isGood = pushed !== undefined && (await this.#options.onPush(pushed))
    if (listening.signal.aborted) return
    if (!isGood) return listening.abort()
    this.#isOpen = true
    this.#pauseMs = FIRST_PAUSE_MS
    await this.#pause()
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#options.setTimer(resolve, PUSH_PAUSE_MS))
  }

  /** Waits no longer than that, nor for a `fetch` that does not know of aborting. */
  #within<T>(ms: number, listening: AbortController, waiting: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { signal } = listening
      const end = (): void => reject(new Error('the stream of heads has ended'))
      const cancel = this.#options.setTimer(() => listening.abort(), ms)
      signal.addEventListener('abort', end, { once: true })
      const done = (): void => {
        cancel()
        signal.removeEventListener('abort', end)
      }
      waiting.finally(done).then(resolve, reject)
      if (signal.aborted) end()
    })
  }
}

function isEventStream({ status, headers }: Response): boolean {
  return status === 200 && mediaTypeOf(headers.get('content-type')) === EVENTS_MEDIA_TYPE
}
