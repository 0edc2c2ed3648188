import { guardedFetch } from '#guarded-fetch'
import type { Fetch } from '../core/clock.ts'
import type { Json } from '../core/json.ts'
import type { DidDocument } from '../did/did-document.ts'
import type { FollowedDocuments } from '../did/followed-documents.ts'
import { ProcuraError } from '../errors.ts'
import type { ParsedChain } from '../model/chain.ts'
import type { Did } from '../model/did.ts'
import type { Refused, Verdict } from '../refusal.ts'
import { eventsUrl, statusBaseOf } from '../status/layout.ts'
import type { StatusView } from '../status/status-view.ts'
import { AuthoritySync } from './authority-sync.ts'
import { AuthorityTrust } from './authority-trust.ts'
import type { ToBundle } from './bundle.ts'
import type { ConfiguredTrust, TrustConfiguration } from './configured-trust.ts'
import { type Followed, isSame, stateOf } from './followed.ts'
import { guardStatusStore } from './guarded-stores.ts'
import type { WrittenStatus } from './kept-status.ts'
import { Places } from './places.ts'
import { StatusPush } from './status-push.ts'
import type { StatusSyncOptions } from './status-sync.ts'
import { SyncAlarms } from './sync-alarms.ts'
import type { SyncState } from './sync-state.ts'
import { takePush } from './take-push.ts'
import type { TrustEntry } from './trust.ts'
import { unenforceable } from './unenforceable.ts'
import { followWebDocuments } from './web-documents.ts'

/** Least pause between two looks at a head that presentations ask for, in milliseconds. */
const MIN_NUDGE_MS = 1_000

/** Age from which a DID document is fetched again because of a key that it does not have, in milliseconds. */
const MIN_KEY_AGE_MS = 60_000

/** Share of the pause that is left to chance, so that verifiers do not all ask at the same moment. */
export const JITTER = 0.2

/** Follows the status and the documents of all trusted authorities, in the background. Loaded with the first look. */
export class StatusFollower {
  readonly #options: StatusSyncOptions
  readonly #documents: FollowedDocuments
  readonly #configuredHosts = new Set<string>()
  readonly #fetch: Fetch
  readonly #alarms: SyncAlarms
  #authorities: ReadonlyMap<string, Followed> = new Map()
  readonly #nudgedAt = new Map<string, number>()
  #cancelTimer: () => void = () => undefined
  #stopped = true

  /** @param trust Whom to trust by now. */
  constructor(options: StatusSyncOptions, trust: TrustConfiguration) {
    this.#options = options
    this.#alarms = new SyncAlarms(options.tell)
    this.#fetch = options.fetch ?? guardedFetch((host) => this.#configuredHosts.has(host))
    const access = { fetch: this.#fetch, clock: options.clock, configuredHosts: this.#configuredHosts }
    this.#documents = followWebDocuments(access)
    this.setTrust(trust)
  }

  /**
   * Replaces whom to trust. What is held of authorities that stay is kept, whatever their limits are now; new ones are
   * looked at now, if all are looked at again and again, else with the next {@link sync}.
   */
  setTrust({ trust, configuredHosts }: TrustConfiguration): void {
    this.#configuredHosts.clear()
    for (const host of configuredHosts) this.#configuredHosts.add(host)
    const kept = new Map(
      [...this.#authorities].filter(([name, { configured }]) => isSame(configured, trust.get(name))),
    )
    for (const [name, followed] of this.#authorities) if (!kept.has(name)) this.#forget(name, followed)
    const follow = (configured: ConfiguredTrust) => kept.get(configured.authority) ?? this.#follow(configured)
    this.#authorities = new Map(
      [...trust].map(([name, configured]) => [name, { ...follow(configured), configured }]),
    )
    for (const { places, configured } of this.#authorities.values())
      places.setMirrors(configured.mirrors ?? [])
    if (this.#stopped) return
    for (const [name, followed] of this.#authorities) if (!kept.has(name)) void this.#begin(followed)
  }

  /** What is trusted of an authority; `undefined` for one that is not configured. */
  trustOf(authority: string): Verdict<TrustEntry> | undefined {
    return this.#authorities.get(authority)?.sync.trust
  }

  /** What is held of an authority's status; `undefined` of one that is not configured. */
  viewOf(authority: string): StatusView | undefined {
    return this.#authorities.get(authority)?.sync.view
  }

  /** The same with what agents brought; `undefined` when nobody brought any. */
  stapledOf(authority: string): StatusView | undefined {
    return this.#authorities.get(authority)?.sync.stapledView
  }

  /** Takes in what an agent brought of the status of its chain. */
  async takeStaple(staple: Json, chain: ParsedChain): Promise<void> {
    await this.#authorities.get(chain[0].credential.issuer)?.sync.takeStaple(staple, chain)
  }

  /** What the emergency list of its authority has against a chain. */
  emergencyOf(chain: ParsedChain): Refused | undefined {
    return this.#authorities.get(chain[0].credential.issuer)?.sync.emergencyOf(chain)
  }

  /** The document of a DID of the web, if it is one that is followed. */
  document(did: Did): Verdict<DidDocument> {
    return this.#documents.read(did)
  }

  states(): readonly SyncState[] {
    return [...this.#authorities.values()].map(stateOf)
  }

  /** What is held of each authority, with how it is trusted, to be bundled. */
  async written(): Promise<readonly ToBundle[]> {
    const bundled: ToBundle[] = []
    for (const { configured, sync } of this.#authorities.values()) {
      const status = await sync.written()
      if (status !== undefined) bundled.push({ trust: configured.pinned ?? configured.authority, status })
    }
    return bundled
  }

  /** Takes in what a bundle holds of authorities that are trusted here. */
  take(statuses: readonly WrittenStatus[]): Promise<readonly SyncState[]> {
    const untrusted = { lists: 0, failure: { code: 'untrusted_authority' } } as const
    return Promise.all(
      statuses.map(async (status) => {
        const { authority } = status
        return this.#authorities.get(authority)?.sync.take(status) ?? { authority, ...untrusted }
      }),
    )
  }

  /** Looks at every head once. @throws {ProcuraError} `ERR_PROCURA_FRESHNESS_UNENFORCEABLE` */
  async sync(): Promise<readonly SyncState[]> {
    const states = await this.#syncAll()
    for (const state of states) {
      const problem = unenforceable(state, this.#options.policy)
      if (problem !== undefined) throw new ProcuraError('ERR_PROCURA_FRESHNESS_UNENFORCEABLE', problem)
    }
    return states
  }

  /** Begins to look at the heads again and again. */
  start(): void {
    if (!this.#stopped) return
    this.#stopped = false
    for (const { push } of this.#authorities.values()) push?.start()
    this.#schedule()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelTimer()
    for (const { push } of this.#authorities.values()) push?.stop()
  }

  /** A presentation named a list that is not held: look soon, however often it is presented. */
  nudge(authority: string): void {
    const now = this.#options.clock()
    if (now - (this.#nudgedAt.get(authority) ?? Number.NEGATIVE_INFINITY) < MIN_NUDGE_MS) return
    this.#nudgedAt.set(authority, now)
    const followed = this.#authorities.get(authority)
    if (followed !== undefined) void this.#look(followed.sync)
  }

  /** A chain is signed with a key that the authority's document does not list: look whether it does by now. */
  renewKeys(authority: string): void {
    void this.#authorities.get(authority)?.trust.refresh(MIN_KEY_AGE_MS)
  }

  #syncAll(): Promise<readonly SyncState[]> {
    return Promise.all([...this.#authorities.values()].map(({ sync }) => this.#look(sync)))
  }

  /** What is to be listened for is known after the first look. */
  async #begin({ sync, push }: Followed): Promise<void> {
    await this.#look(sync)
    const isStill = this.#authorities.get(sync.state.authority)?.sync === sync
    if (isStill && !this.#stopped) push?.start()
  }

  async #look(sync: AuthoritySync, atHand?: Fetch): Promise<SyncState> {
    const state = await sync.sync(atHand)
    if (this.#authorities.get(state.authority)?.sync === sync) this.#alarms.read(state, this.#options.clock())
    return state
  }

  #forget(authority: string, { trust, push }: Followed): void {
    push?.stop()
    trust.forget()
    this.#alarms.forget(authority)
  }

  #follow(configured: ConfiguredTrust): Followed {
    const { resolver, clock, tell, onChange, isPushed, store, setTimer, random } = this.#options
    const fetch = this.#fetch
    const trust = new AuthorityTrust(configured, this.#documents)
    const places = new Places({ fetch, clock, random })
    const keeping = store && { keeping: { store: guardStatusStore(store, { tell, setTimer }), tell } }
    const ports = { resolver, fetch, clock, onAlarm: tell, onChange }
    const sync = new AuthoritySync({ ...ports, trust, places, ...keeping })
    return { configured, trust, sync, places, push: isPushed ? this.#listenFor(sync) : undefined }
  }

  #listenFor(sync: AuthoritySync): StatusPush {
    const { resolver, clock, setTimer, random } = this.#options
    const fetch = this.#fetch
    const look = (atHand: Fetch) => this.#look(sync, atHand)
    return new StatusPush({
      url: () => (sync.trust.verified ? eventsUrl(statusBaseOf(sync.trust.value.head)) : undefined),
      fetch,
      setTimer,
      random,
      onPush: (pushed) => takePush(pushed, { sync, look, resolver, fetch, clock }),
    })
  }

  #schedule(): void {
    const { policy, random, setTimer } = this.#options
    const chance = (random(1)[0] ?? 0) / 256
    const pauseMs = policy.pollSeconds * 1000 * (1 - JITTER * chance)
    // One that was set while a look was under way.
    this.#cancelTimer()
    this.#cancelTimer = setTimer(() => void this.#tick(), pauseMs)
  }

  async #tick(): Promise<void> {
    for (const state of await this.#syncAll()) {
      const message = unenforceable(state, this.#options.policy)
      const { authority } = state
      if (message !== undefined) this.#options.tell({ kind: 'freshness_unenforceable', authority, message })
    }
    if (!this.#stopped) this.#schedule()
  }
}
