import type { Clock } from '../core/clock.ts'
import type { Recorded } from '../core/recording-fetch.ts'
import { type Did, didMethodOf } from '../model/did.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import type { DidDocument } from './did-document.ts'
import type { DidMethod } from './did-method.ts'

/** A document is fetched again after this long, in milliseconds (docs/spec/10-reference.md "Defaults"). */
export const DOCUMENT_FRESH_MS = 3_600_000

/** A document that cannot be fetched again is believed for this long, in milliseconds. */
export const DOCUMENT_STALE_MS = 86_400_000

/** Pause after a failure, in milliseconds: doubles with each, up to the longest. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 300_000

/**
 * Fetches the document of a DID now, and puts into `files` what it was read from; where there are files already, reads it
 * from those. A rejection counts as `did_unresolvable`.
 */
export type DocumentLoader = (did: Did, files: Recorded) => Promise<Verdict<DidDocument>>

/** A document as it was fetched: with what surrounds it, such as a log, so that it can be read and verified again. */
export interface KeptDocument {
  readonly did: Did
  /** Milliseconds since 1970. */
  readonly fetchedAt: number
  /** What was received, by URL. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

export interface FollowedDocumentsOptions {
  /** By method, as `{ web: … }`. */
  readonly loaders: Readonly<Record<string, DocumentLoader>>
  readonly clock: Clock
}

/**
 * The documents of the few DIDs that an operator chose: fetched in the background, read without waiting. A DID that
 * is not followed is never fetched, whoever names it.
 */
export class FollowedDocuments {
  readonly #options: FollowedDocumentsOptions
  readonly #documents = new Map<Did, FollowedDocument>()

  constructor(options: FollowedDocumentsOptions) {
    this.#options = options
  }

  /** For `createDidResolver`: reads what is held and fetches nothing. */
  get methods(): Readonly<Record<string, DidMethod>> {
    const read: DidMethod = (did) => this.read(did)
    return Object.fromEntries(Object.keys(this.#options.loaders).map((name) => [name, read]))
  }

  /** @returns `did_unresolvable` when no document is held, or none young enough. */
  read(did: Did): Verdict<DidDocument> {
    return this.#documents.get(did)?.read() ?? unresolvable()
  }

  /**
   * Follows a DID, if its document is one that can change, and sees to it that the document is not older than
   * `maxAgeMs`, or has just been tried. Calls while one is under way share it. Never rejects.
   */
  async refresh(did: Did, maxAgeMs: number = DOCUMENT_FRESH_MS): Promise<void> {
    await this.#follow(did)?.refresh(maxAgeMs)
  }

  /** The document of a DID as it was fetched, however old; `undefined` when none is held. */
  kept(did: Did): KeptDocument | undefined {
    const kept = this.#documents.get(did)?.kept()
    return kept === undefined ? undefined : { did, ...kept }
  }

  /**
   * Follows a DID, beginning with a document that was fetched before, unless a younger one is held. It is read anew, is as
   * old as it is, and nothing is fetched for it. Never rejects.
   */
  async restore({ did, fetchedAt, files }: KeptDocument): Promise<void> {
    await this.#follow(did)?.restore(fetchedAt, files)
  }

  #follow(did: Did): FollowedDocument | undefined {
    const load = new Map(Object.entries(this.#options.loaders)).get(didMethodOf(did))
    if (load === undefined) return undefined
    const followed =
      this.#documents.get(did) ?? new FollowedDocument((files) => load(did, files), this.#options.clock)
    this.#documents.set(did, followed)
    return followed
  }

  /** Stops following a DID. */
  forget(did: Did): void {
    this.#documents.delete(did)
  }
}

class FollowedDocument {
  readonly #load: (files: Recorded) => Promise<Verdict<DidDocument>>
  readonly #clock: Clock
  #held: (Omit<KeptDocument, 'did'> & { readonly document: DidDocument }) | undefined
  #failures = 0
  /** When to try again after a failure, and when that was. */
  #retryAt = Number.NEGATIVE_INFINITY
  #failedAt = Number.NEGATIVE_INFINITY
  #lastRefusal: Verdict<DidDocument> = unresolvable()
  #running: Promise<void> | undefined

  constructor(load: (files: Recorded) => Promise<Verdict<DidDocument>>, clock: Clock) {
    this.#load = load
    this.#clock = clock
  }

  read(): Verdict<DidDocument> {
    const held = this.#held
    return held !== undefined && this.#clock() - held.fetchedAt < DOCUMENT_STALE_MS
      ? accept(held.document)
      : this.#lastRefusal
  }

  kept(): Omit<KeptDocument, 'did'> | undefined {
    return this.#held && { fetchedAt: this.#held.fetchedAt, files: this.#held.files }
  }

  async restore(fetchedAt: number, kept: ReadonlyMap<string, Uint8Array>): Promise<void> {
    if (kept.size === 0) return
    const loaded = await this.#load(new Map(kept)).catch(unresolvable)
    const isYounger = fetchedAt > (this.#held?.fetchedAt ?? Number.NEGATIVE_INFINITY)
    if (!loaded.verified || !isYounger) return
    this.#held = { document: loaded.value, fetchedAt: Math.min(fetchedAt, this.#clock()), files: kept }
  }

  refresh(maxAgeMs: number): Promise<void> {
    this.#running ??= this.#refreshOnce(maxAgeMs).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** A clock that was set back makes nothing young, and no pause longer. */
  #isYoung(now: number, maxAgeMs: number): boolean {
    const age = now - (this.#held?.fetchedAt ?? Number.NEGATIVE_INFINITY)
    return age >= 0 && age < maxAgeMs
  }

  #isResting(now: number): boolean {
    return now >= this.#failedAt && now < this.#retryAt
  }

  async #refreshOnce(maxAgeMs: number): Promise<void> {
    const now = this.#clock()
    if (this.#isYoung(now, maxAgeMs) || this.#isResting(now)) return
    const files: Recorded = new Map()
    const loaded = await this.#load(files).catch(unresolvable)
    if (loaded.verified) {
      this.#held = { document: loaded.value, fetchedAt: now, files }
      this.#failures = 0
      this.#retryAt = Number.NEGATIVE_INFINITY
      return
    }
    this.#lastRefusal = loaded
    this.#failedAt = now
    this.#retryAt = now + Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS)
    this.#failures += 1
    // A DID that its owner has ended is not believed a moment longer.
    if (loaded.refusal.dimension === 'deactivated') this.#held = undefined
  }
}

function unresolvable(): Verdict<DidDocument> {
  return refuse('did_unresolvable', { dimension: 'did' })
}
