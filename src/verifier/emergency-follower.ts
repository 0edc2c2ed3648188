import type { Clock, Fetch } from '../core/clock.ts'
import { andThen } from '../core/maybe-promise.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import type { Did } from '../model/did.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import type { StatusAlarm } from '../status/alarm.ts'
import { type EmergencyList, MAX_EMERGENCY_BYTES, openEmergency } from '../status/emergency.ts'
import { EmergencyMemory } from '../status/emergency-memory.ts'
import { isFresh, LATE_HEARTBEATS } from '../status/freshness.ts'
import type { Head } from '../status/head.ts'
import { emergencyUrl, statusBaseOf } from '../status/layout.ts'
import type { Listed } from '../status/listed.ts'
import { fetchDocument } from './fetch-document.ts'
import { standingAt } from './sync-failure.ts'
import type { TrustEntry } from './trust.ts'

interface EmergencyPorts {
  readonly resolver: DidResolver
  readonly clock: Clock
  readonly onAlarm: (alarm: StatusAlarm) => void
}

/**
 * Follows the emergency list of one authority: together with its head, which commits to it (docs/spec/05-status.md
 * "Emergency list").
 */
export class EmergencyFollower {
  readonly #ports: EmergencyPorts
  readonly #memory = new EmergencyMemory()

  constructor(ports: EmergencyPorts) {
    this.#ports = ports
  }

  get listed(): Listed {
    return this.#memory.listed
  }

  /** The newest list, as it was received. */
  get token(): string | null {
    return this.#memory.newest?.token ?? null
  }

  /**
   * Takes in what {@link token} gave out, here or elsewhere. One that is older than what is held may have lain for long,
   * and is no evidence: what it names counts, and that is all.
   *
   * @returns Why it cannot be believed: as `openEmergency`, or `status_rollback`.
   */
  async restore(token: string | null, { authority }: TrustEntry): Promise<Verdict<void>> {
    const list = token === null ? undefined : await this.#open(token, authority)
    if (list === undefined) return accept(undefined)
    if (!list.verified) return list
    const { newest } = this.#memory
    if (newest === undefined || list.value.seq >= newest.seq) return this.#accept(list.value)
    this.#memory.accept(list.value)
    return accept(undefined)
  }

  /** Whether the list that a head commits to is the newest, or the head is from before that. */
  isCommitted(head: Head): boolean {
    return this.#memory.isCommitted(head)
  }

  /** The same documents without the keys that are listed: as if they had left them. */
  readonly resolver: DidResolver = {
    resolve: (did) =>
      andThen(this.#ports.resolver.resolve(did), (document) => {
        const { keys } = this.listed
        if (!document.verified || keys.size === 0) return document
        const assertionMethod = document.value.assertionMethod.filter((id) => !keys.has(id))
        return accept({ ...document.value, assertionMethod })
      }),
  }

  /**
   * Takes in the list where there is something to find out: the head commits to another one than is held, or is late, so
   * that there may be a newer list than it knows.
   *
   * @returns `status_unavailable` while a list is withheld that the head commits to, `status_rollback` for an older one.
   */
  async look(trust: TrustEntry, head: Verdict<Head>, fetch: Fetch): Promise<Verdict<void>> {
    if (this.#isSettled(head)) return accept(undefined)
    const url = emergencyUrl(statusBaseOf(trust.head))
    const taken = await this.#take(url, trust, { fetch, head })
    if (!taken.verified && taken.refusal.code === 'status_rollback') return standingAt(url, taken)
    if (!head.verified || this.#memory.isCommitted(head.value)) return accept(undefined)
    return standingAt(url, refuse('status_unavailable', { dimension: 'emergency' }))
  }

  /** Where there is no head to be had, there is no list either. */
  #isSettled(head: Verdict<Head>): boolean {
    if (!head.verified) return head.refusal.code === 'status_unavailable'
    const { emergency, iatMs, heartbeat } = head.value
    return (
      this.#memory.isNewest(emergency) && isFresh(iatMs, this.#ports.clock(), heartbeat * LATE_HEARTBEATS)
    )
  }

  /** Anybody can serve a list of before; it takes a head of after to make evidence of it. */
  #goesBack(head: Verdict<Head>, { digest }: EmergencyList): boolean {
    return head.verified && head.value.emergency === digest && !this.#memory.isCommitted(head.value)
  }

  async #take(
    url: string,
    trust: TrustEntry,
    { fetch, head }: { readonly fetch: Fetch; readonly head: Verdict<Head> },
  ): Promise<Verdict<void>> {
    const token = await fetchDocument(fetch, url, MAX_EMERGENCY_BYTES)
    if (!token.verified) return token
    const list = await this.#open(token.value.trim(), trust.authority)
    if (!list.verified) return list
    const isCopy = this.#memory.isBefore(list.value) && !this.#goesBack(head, list.value)
    return isCopy ? accept(undefined) : this.#accept(list.value)
  }

  #open(token: string, authority: Did): Promise<Verdict<EmergencyList>> {
    return openEmergency(token, { authority, resolver: this.resolver, now: this.#ports.clock() })
  }

  #accept(list: EmergencyList): Verdict<void> {
    const { verdict, alarm } = this.#memory.accept(list)
    if (alarm !== undefined) this.#ports.onAlarm(alarm)
    return verdict
  }
}
