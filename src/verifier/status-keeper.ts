import type { Clock } from '../core/clock.ts'
import { accept, type Refused, type Verdict } from '../refusal.ts'
import { type KeptRevocations, parseKeptRevocations } from '../status/kept-revocations.ts'
import type { OpenedSnapshot } from '../status/snapshot.ts'
import type { StatusTrust } from '../status/status-jws.ts'
import type { AuthorityTrust } from './authority-trust.ts'
import type { EmergencyFollower } from './emergency-follower.ts'
import type { GuardedStatusStore } from './guarded-stores.ts'
import type { HeldStatus } from './held-status.ts'
import { encodeKeptStatus, type KeptStatus, openStatus, parseKeptStatus } from './kept-status.ts'
import { failureOf } from './sync-failure.ts'
import type { TrustEntry } from './trust.ts'
import type { VerifierAlarm } from './verifier-alarm.ts'

/** Least pause between two times that status is saved, in milliseconds: heads come more often. */
export const SAVE_PAUSE_MS = 5_000

/** Where status is kept, and who is told when what lies there cannot be believed. */
export interface Keeping {
  readonly store: GuardedStatusStore
  readonly tell: (alarm: VerifierAlarm) => void
}

interface StatusKeeperOptions extends Keeping {
  readonly trust: AuthorityTrust
  readonly held: HeldStatus
  readonly emergency: EmergencyFollower
  readonly clock: Clock
}

/** Keeps what is held of one authority's status in a store, and takes it back once, before anything is believed. */
export class StatusKeeper {
  readonly #options: StatusKeeperOptions
  #isLoaded = false
  /** Loaded, and not yet taken into the memory. */
  #kept: KeptStatus | undefined
  /** The head that was saved last. */
  #saved: string | undefined
  #savedAt = Number.NEGATIVE_INFINITY

  constructor(options: StatusKeeperOptions) {
    this.#options = options
  }

  /**
   * Reads what was saved, unless that was done; documents count from now on. A store that fails is asked again.
   *
   * @returns Whether it is read.
   */
  async load(): Promise<boolean> {
    if (!this.#isLoaded) await this.#load()
    return this.#isLoaded
  }

  async #load(): Promise<void> {
    const { store, trust } = this.#options
    const bytes = await store.load(trust.authority)
    this.#isLoaded = bytes !== 'failed'
    if (bytes === undefined || bytes === 'failed') return
    const kept = parseKeptStatus(bytes, trust.authority)
    if (kept.verified) {
      this.#kept = kept.value
      await trust.restore(kept.value.documents)
    } else this.#refuse(kept)
  }

  /**
   * Takes in what was saved.
   *
   * @returns A refusal only while it cannot be known yet: then nothing else may be believed either.
   */
  async take(entry: TrustEntry, context: StatusTrust): Promise<Verdict<void>> {
    const kept = this.#kept
    if (kept === undefined) return accept(undefined)
    const opened = await openKept(kept, entry, context, this.#options.emergency)
    if (!opened.verified && isPending(opened)) return opened
    this.#kept = undefined
    if (!opened.verified) {
      this.#refuse(opened)
      return accept(undefined)
    }
    const { snapshot, revocations } = opened.value
    this.#options.held.acceptSnapshot(snapshot)
    this.#options.held.restore(entry.statusIssuer, revocations)
    this.#saved = snapshot.head.token
    return accept(undefined)
  }

  /** Saves what is held, if it is of a later head than what was saved, and that was a while ago. Never rejects. */
  async save({ statusIssuer, head: source }: TrustEntry): Promise<void> {
    const { store, trust, held, emergency, clock } = this.#options
    const token = held.head(statusIssuer)?.token
    const isResting = Math.abs(clock() - this.#savedAt) < SAVE_PAUSE_MS
    if (token === undefined || token === this.#saved || isResting || !this.#isLoaded) return
    const kept = held.written(statusIssuer)
    if (kept === undefined) return
    this.#savedAt = clock()
    const { authority } = trust
    const about = { authority, source, documents: trust.keptDocuments(), emergency: emergency.token }
    const status = await encodeKeptStatus(about, kept)
    if (await store.save(authority, status)) this.#saved = token
  }

  #refuse(refused: Refused): void {
    const { tell, trust } = this.#options
    tell({ kind: 'kept_status_refused', authority: trust.authority, failure: failureOf(refused) })
  }
}

interface Opened {
  readonly snapshot: OpenedSnapshot
  readonly revocations: readonly KeptRevocations[]
}

async function openKept(
  kept: KeptStatus,
  entry: TrustEntry,
  context: StatusTrust,
  emergency: EmergencyFollower,
): Promise<Verdict<Opened>> {
  const snapshot = await openStatus(kept, entry, context, emergency)
  if (!snapshot.verified) return snapshot
  const revocations = await parseKeptRevocations(kept.revocations)
  return revocations.verified
    ? accept({ snapshot: snapshot.value, revocations: revocations.value })
    : revocations
}

/** While a document is missing, or the clock is behind what was seen already, nobody knows what was kept. */
function isPending({ refusal: { code, dimension } }: Refused): boolean {
  return code === 'did_unresolvable' || dimension === 'iatMs'
}
