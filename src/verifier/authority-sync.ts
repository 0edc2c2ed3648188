import type { Fetch } from '../core/clock.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { thumbprintsFor } from '../did/did-document.ts'
import type { ParsedChain, ParsedLink } from '../model/chain.ts'
import { accept, type Refused, type Verdict } from '../refusal.ts'
import type { StatusAlarm } from '../status/alarm.ts'
import type { Head } from '../status/head.ts'
import type { Listed } from '../status/listed.ts'
import type { StatusView } from '../status/status-view.ts'
import type { AuthoritySyncOptions } from './authority-sync-options.ts'
import { ConflictLog } from './conflict-log.ts'
import { EmergencyFollower } from './emergency-follower.ts'
import { Findings, type FoundBy } from './findings.ts'
import { HeadLook } from './head-look.ts'
import { HeldStatus } from './held-status.ts'
import { refuseListed } from './judge-emergency.ts'
import type { WrittenStatus } from './kept-status.ts'
import type { Look } from './place.ts'
import { StapledStatus } from './stapled-status.ts'
import { StatusKeeper } from './status-keeper.ts'
import { type SyncState, stateAfter } from './sync-state.ts'
import { takeStaple } from './take-staple.ts'
import type { TrustEntry } from './trust.ts'
import { Turns } from './turns.ts'
import { takeWritten, writeStatus } from './written-status.ts'

/**
 * Follows the head of one authority: holds every list that the newest head commits to, and swaps all that a commit
 * changed at once (docs/spec/05-status.md "The head"). What cannot be fetched or believed stays as it was and ages.
 */
export class AuthoritySync {
  readonly #options: AuthoritySyncOptions
  readonly #held: HeldStatus
  readonly #keeper: StatusKeeper | undefined
  readonly #emergency: EmergencyFollower
  readonly #stapled: StapledStatus
  readonly #findings: Findings
  #state: SyncState
  /** Looks at what is shown are shared; whatever was brought has a turn of its own. */
  readonly #turns = new Turns<SyncState>((work) => this.#keeping(work))

  constructor(options: AuthoritySyncOptions) {
    this.#options = options
    const { keeping, trust, clock } = options
    const log = new ConflictLog({ authority: trust.authority, clock, keeping })
    this.#findings = new Findings(log, () => this.#head(), options.onAlarm)
    const onAlarm = this.#findings.tell
    this.#held = new HeldStatus(onAlarm)
    this.#emergency = new EmergencyFollower({ ...options, onAlarm })
    const onStapled = (alarm: StatusAlarm) => void this.#findings.tellOf(alarm, 'staple')
    this.#stapled = new StapledStatus({ held: this.#held, clock, onAlarm: onStapled })
    if (keeping !== undefined) this.#keeper = new StatusKeeper({ ...keeping, clock, ...this.#holding })
    this.#state = { authority: options.trust.authority, lists: 0 }
  }

  /** The lists as of the last commit taken in; never changes under a reader. */
  get view(): StatusView {
    return this.#held.view
  }

  /** The same with what agents brought; `undefined` when nobody brought any. */
  get stapledView(): StatusView | undefined {
    return this.#stapled.view
  }

  /** What the emergency list has against a chain, or a part of one. */
  emergencyOf(chain: readonly ParsedLink[]): Refused | undefined {
    return refuseListed(chain, this.#emergency.listed)
  }

  get state(): SyncState {
    return this.#state
  }

  /** Whom to trust for this authority's chains and status, as of the DID documents held. */
  get trust(): Verdict<TrustEntry> {
    return this.#options.trust.read()
  }

  get isLooking(): boolean {
    return this.#turns.isBusy
  }

  /** Tells of evidence that came beside the looks, and keeps it. */
  tellOf(alarm: StatusAlarm, by: FoundBy): Promise<void> {
    return this.#findings.tellOf(alarm, by)
  }

  /** What is held, written down for others; `undefined` while nothing is. */
  written(): Promise<JsonObject | undefined> {
    return writeStatus(this.#holding)
  }

  /**
   * Looks at the head and takes in what changed. Calls while one is under way share it; one with something at hand comes after it. Never rejects.
   *
   * @param atHand For a head that was brought. If it leads to nothing, that is no failure of what lies at its place.
   */
  sync(atHand?: Fetch): Promise<SyncState> {
    const looking = async () => {
      const outcome = await this.#look(atHand)
      return atHand === undefined || outcome.verified ? this.#stateAfter(outcome) : this.#state
    }
    return atHand === undefined ? this.#turns.share(looking) : this.#turns.next(looking)
  }

  /**
   * Takes in what somebody else wrote down, whose word on documents of DIDs on the web was checked: after a look that is
   * under way, and in place of one. Fetches nothing. Never rejects.
   *
   * @returns With why it was not taken in. That is no failure of what lies at the place of the head.
   */
  async take(written: WrittenStatus): Promise<SyncState> {
    let outcome: Verdict<void> = accept(undefined)
    await this.#turns.next(async () => {
      outcome = await this.#findings.during('bundle', () => this.#takeWritten(written))
      return outcome.verified ? this.#stateAfter(outcome) : this.#state
    })
    return outcome.verified ? this.#state : this.#stateAfter(outcome)
  }

  /** Takes in what an agent brought of the status of its own chain. What does not verify changes nothing. Never rejects. */
  async takeStaple(staple: Json, chain: ParsedChain): Promise<void> {
    const entry = this.#options.trust.read()
    if (!entry.verified) return
    const isNew = await takeStaple(staple, chain, {
      trust: entry.value,
      held: this.#held,
      stapled: this.#stapled,
      emergency: this.#emergency,
      restore: (token) => this.#takeEmergency(token, entry.value),
      context: () => this.#context(entry.value),
    })
    if (isNew) this.#held.noteChange()
    this.#announce()
  }

  async #takeEmergency(token: string, trust: TrustEntry): Promise<void> {
    await this.#turns.next(async () => {
      const { listed } = this.#emergency
      await this.#findings.during('staple', () => this.#emergency.restore(token, trust))
      await this.#keepKeys(trust, listed)
      return this.#state
    })
  }

  /** What is kept comes first, whatever is done then. @param work What the state is afterwards. */
  async #keeping(work: () => Promise<SyncState>): Promise<SyncState> {
    if ((await this.#keeper?.load()) === true) await this.#findings.load()
    this.#state = await work()
    const entry = this.trust
    if (entry.verified) await this.#keeper?.save(entry.value)
    return this.#state
  }

  #stateAfter(outcome: Verdict<void>): SyncState {
    const { clock, places } = this.#options
    const { source, conflicts } = this.#findings
    const entry = this.trust
    const shown = entry.verified ? places?.states(entry.value.head) : undefined
    const held = { head: this.#head(), lists: this.#held.lists, source, conflicts }
    return stateAfter(this.#state, outcome, { ...held, places: shown, now: clock() })
  }

  get #holding() {
    return { trust: this.#options.trust, held: this.#held, emergency: this.#emergency }
  }

  #head(): Head | undefined {
    const entry = this.trust
    return entry.verified ? this.#held.head(entry.value.statusIssuer) : undefined
  }

  /** Documents that are held are renewed beside the status, so that a slow host of theirs does not age it. */
  async #look(atHand?: Fetch): Promise<Verdict<void>> {
    const { trust } = this.#options
    const refreshing = trust.refresh()
    if (!trust.isReady()) await refreshing
    const entry = trust.read()
    if (!entry.verified) this.#held.noteChange()
    const outcome = entry.verified ? await this.#lookAround(entry.value, atHand) : entry
    this.#stapled.forgetOld()
    this.#announce()
    await refreshing
    return outcome
  }

  async #lookAround(trust: TrustEntry, atHand: Fetch | undefined): Promise<Verdict<void>> {
    const { fetch, places } = this.#options
    if (atHand !== undefined || places === undefined)
      return (await this.#lookBy(atHand ?? fetch, atHand === undefined ? trust.head : 'push', trust)).outcome
    return places.look((by, url) => this.#lookBy(by, url, trust), trust.head)
  }

  /** @param by As of `Findings.source`. */
  async #lookBy(fetch: Fetch, by: string, trust: TrustEntry): Promise<Look> {
    const { wholeLists = false } = this.#options
    const ready = await this.#begin(trust)
    if (!ready.verified) return { outcome: ready, shown: undefined }
    const look = new HeadLook(trust, {
      held: this.#held,
      emergency: this.#emergency,
      fetch,
      wholeLists,
      context: () => this.#context(trust),
      onAlarm: this.#findings.tell,
      keepKeys: (before) => this.#keepKeys(trust, before),
    })
    const outcome = await this.#findings.during(by, () => look.take())
    this.#announce()
    return { outcome, shown: look.shown }
  }

  async #takeWritten(written: WrittenStatus): Promise<Verdict<void>> {
    const taken = await takeWritten(written, {
      ...this.#holding,
      begin: (entry) => this.#begin(entry),
      context: (entry) => this.#context(entry),
      keepKeys: (entry, before) => this.#keepKeys(entry, before),
    })
    this.#announce()
    return taken
  }

  /** Before anything new is believed: what was kept is, and what was said by keys that are gone is not. */
  async #begin(trust: TrustEntry): Promise<Verdict<void>> {
    const { listed } = this.#emergency
    const taking = async () => this.#keeper?.take(trust, this.#context(trust)) ?? accept(undefined)
    const kept = await this.#findings.during('kept', taking)
    if (!kept.verified) return kept
    await this.#keepKeys(trust, listed)
    return accept(undefined)
  }

  /** What was said by keys that are gone counts no more. @param before What was listed when this was asked last. */
  async #keepKeys({ statusIssuer }: TrustEntry, before: Listed): Promise<void> {
    if (this.#emergency.listed !== before) this.#held.noteChange()
    const document = await this.#emergency.resolver.resolve(statusIssuer)
    if (document.verified)
      this.#held.keepKeys(statusIssuer, thumbprintsFor(document.value, 'assertionMethod'))
  }

  #announce(): void {
    if (this.#held.takeChange()) this.#options.onChange?.(this.#options.trust.authority)
  }

  #context({ statusIssuer }: TrustEntry) {
    return { statusIssuer, resolver: this.#emergency.resolver, now: this.#options.clock() }
  }
}
