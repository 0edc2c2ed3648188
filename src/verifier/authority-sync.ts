import type { Clock, Fetch } from '../core/clock.ts'
import { thumbprintsFor } from '../did/did-document.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { acceptHead } from '../status/accept-head.ts'
import type { StatusAlarm } from '../status/alarm.ts'
import { type Head, MAX_HEAD_BYTES, openHead } from '../status/head.ts'
import { leafTableUrl, statusBaseOf } from '../status/layout.ts'
import { type CommittedLeaves, type Leaf, MAX_LEAF_TABLE_CHARS, openLeafTable } from '../status/leaf-table.ts'
import { MAX_SNAPSHOT_LISTS, type OpenedSnapshot } from '../status/snapshot.ts'
import { createStatusMemory } from '../status/status-memory.ts'
import type { StatusView } from '../status/status-view.ts'
import type { AuthorityTrust } from './authority-trust.ts'
import { fetchChanges } from './fetch-changes.ts'
import { fetchDocument } from './fetch-document.ts'
import { fetchList } from './fetch-list.ts'
import { type Keeping, StatusKeeper } from './status-keeper.ts'
import { standingAt } from './sync-failure.ts'
import { type SyncState, stateAfter } from './sync-state.ts'
import type { TrustEntry } from './trust.ts'

/** Most lists held of one authority: 16 KiB each, 131,072 entries each, two lists to a credential. */
export const MAX_FOLLOWED_LISTS: number = MAX_SNAPSHOT_LISTS

/** Lists fetched at the same time. */
const PARALLEL_FETCHES = 8

export interface AuthoritySyncOptions {
  readonly trust: AuthorityTrust
  readonly resolver: DidResolver
  readonly fetch: Fetch
  readonly clock: Clock
  readonly onAlarm: (alarm: StatusAlarm) => void
  readonly onChange?: (authority: string) => void
  /** Where what is held is kept. Default: nowhere. */
  readonly keeping?: Keeping
  /** Lists are fetched as they were signed, never by what changed: for who keeps them for others. */
  readonly wholeLists?: boolean
}

/**
 * Follows the head of one authority: holds every list that the newest head commits to, and swaps all that a commit
 * changed at once (docs/spec/05-status.md "The head"). What cannot be fetched or believed stays as it was and ages.
 */
export class AuthoritySync {
  readonly #options: AuthoritySyncOptions
  readonly #memory = createStatusMemory()
  readonly #keeper: StatusKeeper | undefined
  /** Version and digest of each list taken in, by URL. */
  readonly #held = new Map<string, string>()
  /** Thumbprints of the keys that the status issuer's document listed at the last look. */
  #keys: ReadonlySet<string> = new Set()
  #committed: CommittedLeaves | undefined
  #view: StatusView = this.#memory.view()
  #state: SyncState
  #running: Promise<SyncState> | undefined
  /** Of the look that is under way. */
  #fetch: Fetch
  /** Whether the status may say something else than it said when it was announced last. */
  #isChanged = false

  constructor(options: AuthoritySyncOptions) {
    this.#options = options
    this.#fetch = options.fetch
    const { keeping, trust, clock } = options
    if (keeping !== undefined)
      this.#keeper = new StatusKeeper({ ...keeping, trust, clock, memory: this.#memory })
    this.#state = { authority: options.trust.authority, lists: 0 }
  }

  /** The lists as of the last commit taken in; never changes under a reader. */
  get view(): StatusView {
    return this.#view
  }

  get state(): SyncState {
    return this.#state
  }

  /** Whom to trust for this authority's chains and status, as of the DID documents held. */
  get trust(): Verdict<TrustEntry> {
    return this.#options.trust.read()
  }

  /** Fetches the DID documents again that are older than `maxAgeMs`. Never rejects. */
  renewKeys(maxAgeMs: number): Promise<void> {
    return this.#options.trust.refresh(maxAgeMs)
  }

  /** The authority is trusted no more. */
  forget(): void {
    this.#options.trust.forget()
  }

  get isLooking(): boolean {
    return this.#running !== undefined
  }

  /**
   * Looks at the head and takes in what changed. Calls while one is under way share it, but not one with something at hand. Never rejects.
   *
   * @param atHand For a head that was brought. If it leads to nothing, that is no failure of what lies at its place.
   */
  sync(atHand?: Fetch): Promise<SyncState> {
    const isOther = atHand === undefined && this.#fetch !== this.#options.fetch
    if (isOther && this.#running !== undefined) return this.#running.then(() => this.sync())
    this.#running ??= this.#syncOnce(atHand).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Documents that are held are renewed beside the status, so that a slow host of theirs does not age it. */
  async #syncOnce(atHand?: Fetch): Promise<SyncState> {
    const { trust, fetch } = this.#options
    this.#fetch = atHand ?? fetch
    await this.#keeper?.load()
    const refreshing = trust.refresh()
    if (!trust.isReady()) await refreshing
    const entry = trust.read()
    if (!entry.verified) this.#isChanged = true
    const outcome = entry.verified ? await this.#follow(entry.value) : entry
    this.#announce()
    await refreshing
    if (entry.verified) await this.#keeper?.save(entry.value)
    if (atHand !== undefined && !outcome.verified) return this.#state
    const head = entry.verified ? this.#memory.head(entry.value.statusIssuer) : undefined
    const found = { head, lists: this.#held.size, now: this.#options.clock() }
    this.#state = stateAfter(this.#state, outcome, found)
    return this.#state
  }

  async #follow(trust: TrustEntry): Promise<Verdict<void>> {
    const kept = await this.#keeper?.take(trust, this.#context(trust))
    if (kept?.verified === false) return kept
    if (kept?.value !== undefined) this.#hold(kept.value)
    await this.#forgetLostKeys(trust)
    const newest = await this.#fetchHead(trust)
    if (!newest.verified) return newest
    const head = await this.#advance(newest.value, trust)
    const committed = await this.#fetchLeaves(head, trust)
    if (!committed.verified) return committed
    const lists = await this.#fetchLists(committed.value, trust)
    const ruling = this.#memory.acceptHead(head, committed.value)
    if (this.#committed?.root !== committed.value.root) this.#isChanged = true
    if (ruling.verdict.verified) this.#committed = committed.value
    this.#view = this.#memory.view()
    return ruling.verdict.verified ? lists : standingAt(trust.head, ruling.verdict)
  }

  /** Goes on from what the memory has taken in at once, and from the keys by whose word it did. */
  #hold({ head, committed, lists }: OpenedSnapshot): void {
    for (const { url, version, bitsDigest } of lists)
      this.#held.set(url, contentOf({ version, digest: bitsDigest }))
    this.#committed = committed
    this.#keys = this.#memory.keys(head.statusIssuer)
    this.#view = this.#memory.view()
    this.#isChanged = true
  }

  #announce(): void {
    if (!this.#isChanged) return
    this.#isChanged = false
    this.#options.onChange?.(this.#options.trust.authority)
  }

  /**
   * What a key said that the status issuer's document lists no more counts no more (docs/spec/05-status.md "Rollback"): a
   * thief of that key would otherwise go on revoking, and with one head of a high number nobody else could follow. All
   * lists are fetched again.
   */
  async #forgetLostKeys({ statusIssuer }: TrustEntry): Promise<void> {
    const document = await this.#options.resolver.resolve(statusIssuer)
    if (!document.verified) return
    const keys = thumbprintsFor(document.value, 'assertionMethod')
    const isLost = [...this.#keys].some((key) => !keys.has(key))
    this.#keys = keys
    if (!isLost) return
    this.#memory.keepKeys(statusIssuer, keys)
    this.#held.clear()
    this.#view = this.#memory.view()
    this.#isChanged = true
  }

  async #fetchHead(trust: TrustEntry): Promise<Verdict<Head>> {
    const token = await fetchDocument(this.#fetch, trust.head, MAX_HEAD_BYTES)
    if (!token.verified) return token
    const head = await openHead(token.value.trim(), this.#context(trust))
    if (!head.verified) return standingAt(trust.head, head)
    const ruling = acceptHead(this.#memory.head(trust.statusIssuer), head.value)
    if (ruling.alarm !== undefined) this.#options.onAlarm(ruling.alarm)
    return standingAt(trust.head, ruling.verdict)
  }

  /**
   * Takes in what changed since the head that is held, without the leaf table and the lists. Where that is not enough,
   * nothing is taken in. A slice that was signed after the head leads to a newer one, which is asked for once.
   *
   * @returns The newest head known.
   */
  async #advance(head: Head, trust: TrustEntry): Promise<Head> {
    const held = this.#memory.head(trust.statusIssuer)
    if (this.#options.wholeLists === true || held === undefined || held.root === head.root) return head
    const base = statusBaseOf(trust.head)
    const changes = await fetchChanges(this.#fetch, base, held.iatMs, head.iatMs)
    if (changes === undefined) return head
    const isBehind = changes.some(({ version }) => version > head.iatMs)
    const again = isBehind ? await this.#fetchHead(trust) : accept(head)
    const newest = again.verified ? again.value : head
    const advance = this.#memory.advance(newest, changes, base)
    if (advance === undefined) return newest
    for (const alarm of advance.alarms) this.#options.onAlarm(alarm)
    for (const list of advance.lists)
      this.#held.set(list.url, contentOf({ ...list, digest: list.bitsDigest }))
    this.#committed = advance.committed
    this.#isChanged = true
    return newest
  }

  async #fetchLeaves(head: Head, trust: TrustEntry): Promise<Verdict<CommittedLeaves>> {
    if (this.#committed?.root === head.root) return accept(this.#committed)
    const url = leafTableUrl(statusBaseOf(trust.head), head.root)
    const text = await fetchDocument(this.#fetch, url, MAX_LEAF_TABLE_CHARS)
    return text.verified ? standingAt(url, openLeafTable(text.value, head.root)) : text
  }

  /** Fetches what is new, a few at a time; one list that fails does not keep the others back. */
  async #fetchLists({ leaves }: CommittedLeaves, trust: TrustEntry): Promise<Verdict<void>> {
    const live = [...leaves.values()].filter(({ state }) => state === 'live')
    const followed = live.slice(0, MAX_FOLLOWED_LISTS)
    const queue = followed.filter((leaf) => this.#held.get(leaf.list) !== contentOf(leaf))
    let failed: Verdict<void> = live.length > followed.length ? refuse('limit_exceeded') : accept(undefined)
    const work = async (): Promise<void> => {
      for (let leaf = queue.pop(); leaf !== undefined; leaf = queue.pop()) {
        const taken = standingAt(leaf.list, await this.#fetchList(leaf, trust))
        if (!taken.verified) failed = taken
      }
    }
    await Promise.all(Array.from({ length: PARALLEL_FETCHES }, work))
    this.#forgetLeft(leaves)
    return failed
  }

  async #fetchList(leaf: Leaf, trust: TrustEntry): Promise<Verdict<void>> {
    const { statusOrigins } = trust
    const list = await fetchList(this.#fetch, leaf, { statusOrigins, ...this.#context(trust) })
    if (!list.verified) return list
    const ruling = this.#memory.acceptList(list.value)
    if (ruling.alarm !== undefined) this.#options.onAlarm(ruling.alarm)
    if (!ruling.verdict.verified) return ruling.verdict
    this.#held.set(leaf.list, contentOf(leaf))
    this.#isChanged = true
    return accept(undefined)
  }

  #forgetLeft(leaves: CommittedLeaves['leaves']): void {
    for (const url of this.#held.keys()) if (leaves.get(url)?.state === 'retired') this.#held.delete(url)
  }

  #context({ statusIssuer }: TrustEntry) {
    const { resolver, clock } = this.#options
    return { statusIssuer, resolver, now: clock() }
  }
}

function contentOf({ version, digest }: Pick<Leaf, 'version' | 'digest'>): string {
  return `${version} ${digest}`
}
