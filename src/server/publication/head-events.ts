import type { PublicationStore } from '../../issuer/publication-store.ts'
import { ApiError } from '../api-error.ts'
import { HeadChannel, TICK_MS } from './head-channel.ts'

/** Who was told that the service ends may ask again after so many seconds, perhaps another process. */
const RETRY_SECONDS = '1'

/** Of the store: what is published, and that something changed, whichever process published or changed it. */
export type HeadSource = Pick<PublicationStore, 'publishedHead' | 'publishedChanges'> & {
  onStatusChange(listener: (tenant: string) => void): () => void
}

/** Tells whoever listens of each head as soon as it is signed (docs/spec/05-status.md "Push"). */
export class HeadEvents {
  readonly #store: HeadSource
  readonly #channels = new Map<string, HeadChannel>()
  readonly #unsubscribe: () => void
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(store: HeadSource) {
    this.#store = store
    this.#unsubscribe = store.onStatusChange((tenant) => this.#channels.get(tenant)?.expectHead())
  }

  /**
   * Begins a stream of events, with the newest head.
   *
   * @returns `undefined` when nothing is published of that tenant. @throws {ApiError} `unavailable` once it is closed.
   */
  async open(tenant: string): Promise<ReadableStream<Uint8Array> | undefined> {
    const head = await this.#store.publishedHead(tenant)
    if (head === undefined) return undefined
    if (this.#isClosed) throw new ApiError('unavailable', { headers: { 'retry-after': RETRY_SECONDS } })
    const channel = this.#channels.get(tenant) ?? new HeadChannel(this.#store, tenant, head)
    this.#channels.set(tenant, channel)
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS)
    return channel.join(head)
  }

  /** This process has published. */
  published(tenant: string): void {
    this.#channels.get(tenant)?.look()
  }

  /** Ends all streams; there are no others. */
  close(): void {
    this.#isClosed = true
    this.#unsubscribe()
    clearInterval(this.#timer)
    for (const channel of this.#channels.values()) channel.close()
    this.#channels.clear()
  }

  /** Nothing is looked at for nobody. */
  #tick(): void {
    for (const [tenant, channel] of this.#channels) {
      if (channel.isDeserted) this.#channels.delete(tenant)
      else channel.tick()
    }
    if (this.#channels.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
