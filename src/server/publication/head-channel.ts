import { encodeUtf8 } from '../../core/bytes.ts'
import type { PublicationStore } from '../../issuer/publication-store.ts'
import type { PublishedHead } from '../../issuer/published-status.ts'
import { changesSliceOf } from '../../status/changes.ts'
import { encodeHeadEvent, MAX_PUSHED_CHANGES_CHARS } from '../../status/head-event.ts'
import { EVENT_KEEP_ALIVE_MS } from '../limits.ts'
import { EventReader } from './event-reader.ts'

/** How often a channel is asked whether it is time for something, in milliseconds. */
export const TICK_MS = 100

/** Ticks between two looks for a head that another process published, of whose commit nothing was heard. */
const LOOK_TICKS = 10

/** Ticks at each of which it is looked for the head that follows a change which another process may publish. */
const EXPECTING_TICKS = 20

const KEEP_ALIVE_TICKS = EVENT_KEEP_ALIVE_MS / TICK_MS

/** Slices of changes that an event carries at most: two, where a minute ends between two heads. */
const MAX_PUSHED_SLICES = 2

/** After how long a reader whose stream ended is to come again, in milliseconds. */
const RECONNECT_MS = 2_000

/** What a stream begins with, and what is sent when there is nothing to say. */
const BEGIN = `retry: ${RECONNECT_MS}\n\n`
const NOTHING = encodeUtf8(':\n\n')

/** Those who listen for the heads of one tenant. */
export class HeadChannel {
  readonly #store: Pick<PublicationStore, 'publishedHead' | 'publishedChanges'>
  readonly #tenant: string
  readonly #readers = new Set<EventReader>()
  /** What was told last. */
  #told: PublishedHead
  #looking: Promise<void> | undefined
  #isAsked = false
  #expecting = 0
  #sinceLook = 0
  #sinceSent = 0

  constructor(
    store: Pick<PublicationStore, 'publishedHead' | 'publishedChanges'>,
    tenant: string,
    head: PublishedHead,
  ) {
    this.#store = store
    this.#tenant = tenant
    this.#told = head
  }

  get isDeserted(): boolean {
    return this.#readers.size === 0
  }

  /** @param head The newest one, as it was just read: the one after it may have been told meanwhile, or is looked for. */
  join(head: PublishedHead): ReadableStream<Uint8Array> {
    const reader = new EventReader((left) => this.#readers.delete(left))
    this.#readers.add(reader)
    const { seq, jwt } = head.seq > this.#told.seq ? head : this.#told
    reader.send(encodeUtf8(BEGIN + encodeHeadEvent(seq, { head: jwt, changes: {} })))
    this.look()
    return reader.stream
  }

  /** Something changed: whoever publishes will have signed a head soon. */
  expectHead(): void {
    this.#expecting = EXPECTING_TICKS
  }

  tick(): void {
    if (this.#expecting > 0 || ++this.#sinceLook >= LOOK_TICKS) this.look()
    if (this.#expecting > 0) this.#expecting--
    if (++this.#sinceSent >= KEEP_ALIVE_TICKS) this.#send(NOTHING)
  }

  /** Tells of the newest head if it has not been told, one look at a time. Never rejects: what fails is tried again. */
  look(): void {
    this.#sinceLook = 0
    this.#isAsked = this.#looking !== undefined
    this.#looking ??= this.#look()
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined
        if (this.#isAsked) this.look()
      })
  }

  close(): void {
    for (const reader of this.#readers) reader.end()
  }

  async #look(): Promise<void> {
    const head = await this.#store.publishedHead(this.#tenant)
    if (head === undefined || head.seq <= this.#told.seq) return
    const changes = head.root === this.#told.root ? {} : await this.#changesTo(head)
    this.#told = head
    this.#expecting = 0
    this.#send(encodeUtf8(encodeHeadEvent(head.seq, { head: head.jwt, changes })))
  }

  /** The slices from the head that was told to this one; none where they are long, or already lead to a later one. */
  async #changesTo(head: PublishedHead): Promise<Readonly<Record<string, string>>> {
    const first = changesSliceOf(this.#told.iatMs)
    const count = changesSliceOf(head.iatMs) - first + 1
    if (!(count >= 1 && count <= MAX_PUSHED_SLICES)) return {}
    const slices: Record<string, string> = {}
    let chars = 0
    for (let slice = first; slice < first + count; slice++) {
      const body = (await this.#store.publishedChanges(this.#tenant, slice)) ?? ''
      slices[slice] = body
      chars += body.length
      if (body === '' || chars > MAX_PUSHED_CHANGES_CHARS) return {}
    }
    const newest = await this.#store.publishedHead(this.#tenant)
    this.#isAsked ||= newest?.seq !== head.seq
    return newest?.seq === head.seq ? slices : {}
  }

  #send(bytes: Uint8Array): void {
    this.#sinceSent = 0
    for (const reader of this.#readers) reader.send(bytes)
  }
}
