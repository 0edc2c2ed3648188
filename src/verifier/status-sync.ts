import type { Clock, Fetch, Random } from '../core/clock.ts'
import type { SetTimer } from '../core/timer.ts'
import type { DidDocument } from '../did/did-document.ts'
import { isWebDid } from '../did/did-web.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import type { ParsedChain } from '../model/chain.ts'
import type { Did } from '../model/did.ts'
import { accept, type Refused, refuse, type Verdict } from '../refusal.ts'
import type { StatusView } from '../status/status-view.ts'
import { type Limits, UNLIMITED } from './authority-limits.ts'
import type { TrustConfiguration } from './configured-trust.ts'
import type { Policy } from './policy.ts'
import type { StatusStore } from './ports.ts'
import type { Presentation } from './presentation.ts'
import type { StatusFollower } from './status-follower.ts'
import type { SyncState } from './sync-state.ts'
import type { TrustEntry } from './trust.ts'
import type { VerifierAlarm } from './verifier-alarm.ts'

export interface StatusSyncOptions {
  readonly policy: Policy
  /** Whom to trust at first. */
  readonly trust: TrustConfiguration
  readonly resolver: DidResolver
  /** Absent: the platform's, to public addresses only where it lets that be told. */
  readonly fetch: Fetch | undefined
  /** Whether heads are listened for as well. */
  readonly isPushed: boolean
  readonly clock: Clock
  /** Where what is held is kept; absent: nowhere. */
  readonly store?: StatusStore | undefined
  /** For looking again and again. */
  readonly setTimer: SetTimer
  readonly random: Random
  /** Told in a turn of its own; never throws. */
  readonly tell: (alarm: VerifierAlarm) => void
  /**
   * Told of an authority as soon as what its status says, or the operator says of it, may have changed: not when it only
   * is of a later time.
   */
  readonly onChange: (authority: string) => void
}

/** Nobody has called `start` or `sync`: whoever made the verifier forgot it, and reads it in every refusal. */
const NOT_STARTED = { dimension: 'not_started' } as const
const NOT_HELD = refuse('did_unresolvable', { dimension: 'did' })

/** Before the first look, and of whom nobody trusts. */
const NOTHING_HELD: StatusView = nothing(refuse('status_unavailable'))
const NOTHING_STARTED: StatusView = nothing(refuse('status_unavailable', NOT_STARTED))

function nothing(refused: Refused): StatusView {
  return { read: () => refused, list: () => undefined, head: () => undefined }
}

/**
 * The status of all trusted authorities, as `verify` reads it: without waiting. What follows it is loaded with the
 * first look at a head; until then nothing is held.
 */
export class StatusSync {
  readonly #options: StatusSyncOptions
  #loading: Promise<StatusFollower> | undefined
  #follower: StatusFollower | undefined
  #trust: TrustConfiguration
  #isStarted = false

  constructor(options: StatusSyncOptions) {
    this.#options = options
    this.#trust = options.trust
  }

  /** Whom to trust at present, as it was configured. */
  get trust(): TrustConfiguration {
    return this.#trust
  }

  /** Replaces whom to trust, at once: it holds for whatever is asked next. */
  setTrust(trust: TrustConfiguration): void {
    const before = this.#trust
    this.#trust = trust
    this.#follower?.setTrust(trust)
    for (const authority of before.trust.keys()) this.#options.onChange(authority)
  }

  /** What is trusted of an authority; `undefined` for one that is not configured. */
  trustOf(authority: string): Verdict<TrustEntry> | undefined {
    if (this.#follower !== undefined) return this.#follower.trustOf(authority)
    const configured = this.#trust.trust.get(authority)
    if (configured === undefined) return undefined
    const { pinned } = configured
    if (pinned !== undefined && !isWebDid(configured.authority)) return accept(pinned)
    return this.#isAsked ? NOT_HELD : refuse('did_unresolvable', NOT_STARTED)
  }

  /** What is not taken from an authority, as the operator says. */
  limitsOf(authority: string): Limits {
    return this.#trust.trust.get(authority)?.limits ?? UNLIMITED
  }

  /** What is held of an authority's status; nothing of one that is not trusted. */
  viewOf(authority: string): StatusView {
    return this.#follower?.viewOf(authority) ?? (this.#isAsked ? NOTHING_HELD : NOTHING_STARTED)
  }

  /** All that is known of an authority's status: what is held, and what agents brought beside. */
  allOf(authority: string): StatusView {
    return this.#follower?.stapledOf(authority) ?? this.viewOf(authority)
  }

  /** Takes in what an agent brought of the status of its chain, if it did. */
  takeStaple({ staple, chain }: Pick<Presentation, 'staple' | 'chain'>): Promise<void> | undefined {
    return staple === undefined ? staple : this.#follower?.takeStaple(staple, chain)
  }

  /** What the emergency list of its authority has against a chain, as far as that is known. */
  emergencyOf(chain: ParsedChain): Refused | undefined {
    return this.#follower?.emergencyOf(chain)
  }

  /** The document of a DID of the web, for the resolver: what is held, and nothing is fetched. */
  document(did: Did): Verdict<DidDocument> {
    return this.#follower?.document(did) ?? NOT_HELD
  }

  states(): readonly SyncState[] {
    if (this.#follower !== undefined) return this.#follower.states()
    const failure = { code: 'status_unavailable', ...NOT_STARTED } as const
    const held = this.#isAsked ? { lists: 0 } : { lists: 0, failure }
    return [...this.#trust.trust.keys()].map((authority) => ({ authority, ...held }))
  }

  /** Looks at every head once. @throws {ProcuraError} `ERR_PROCURA_FRESHNESS_UNENFORCEABLE` */
  async sync(): Promise<readonly SyncState[]> {
    const follower = await this.load()
    return follower.sync()
  }

  /** Looks at every head once, then again and again until {@link stop}, which may come meanwhile. @throws as {@link sync} */
  async start(): Promise<readonly SyncState[]> {
    this.#isStarted = true
    const states = await this.sync()
    if (this.#isStarted) this.#follower?.start()
    return states
  }

  stop(): void {
    this.#isStarted = false
    this.#follower?.stop()
  }

  /** A presentation named a list that is not held: look soon, however often it is presented. */
  nudge(authority: string): void {
    this.#follower?.nudge(authority)
  }

  /** A chain is signed with a key that the authority's document does not list: look whether it does by now. */
  renewKeys(authority: string): void {
    this.#follower?.renewKeys(authority)
  }

  /** Whether a first look was asked for. Presentations alone do not begin one: they would not go on with it. */
  get #isAsked(): boolean {
    return this.#loading !== undefined
  }

  /** What follows the status, which holds nothing yet where nobody has looked. Code that cannot be loaded now is asked for again. */
  load(): Promise<StatusFollower> {
    this.#loading ??= this.#loadOnce().catch((error: unknown) => {
      this.#loading = undefined
      throw error
    })
    return this.#loading
  }

  async #loadOnce(): Promise<StatusFollower> {
    const { StatusFollower } = await import('./status-follower.ts')
    this.#follower = new StatusFollower(this.#options, this.#trust)
    return this.#follower
  }
}
