import type { Fetch } from '../core/clock.ts'
import { refuse, type Verdict } from '../refusal.ts'
import { acceptHead } from '../status/accept-head.ts'
import type { StatusAlarm } from '../status/alarm.ts'
import { type Head, MAX_HEAD_BYTES, openHead } from '../status/head.ts'
import type { Listed } from '../status/listed.ts'
import type { StatusTrust } from '../status/status-jws.ts'
import type { EmergencyFollower } from './emergency-follower.ts'
import { fetchDocument } from './fetch-document.ts'
import type { HeldStatus } from './held-status.ts'
import { standingAt } from './sync-failure.ts'
import { takeCommit } from './take-commit.ts'
import type { TrustEntry } from './trust.ts'

export interface HeadLookPorts {
  readonly held: HeldStatus
  readonly emergency: EmergencyFollower
  readonly fetch: Fetch
  /** Lists are fetched as they were signed, never by what changed. */
  readonly wholeLists: boolean
  /** Who signs, and what time it is. */
  readonly context: () => StatusTrust
  readonly onAlarm: (alarm: StatusAlarm) => void
  /** Has what was said by keys that are gone count no more. @param before What was listed when this was asked last. */
  readonly keepKeys: (before: Listed) => Promise<void>
}

/** One look at the head of an authority, by one way, with all that it leads to. */
export class HeadLook {
  readonly #trust: TrustEntry
  readonly #ports: HeadLookPorts
  #shown: Head | undefined

  constructor(trust: TrustEntry, ports: HeadLookPorts) {
    this.#trust = trust
    this.#ports = ports
  }

  /** The head that was found there and is genuine, whether or not it was taken in. */
  get shown(): Head | undefined {
    return this.#shown
  }

  /** Takes in what is new. Never rejects. */
  async take(): Promise<Verdict<void>> {
    const { held, fetch, wholeLists, context } = this.#ports
    const newest = await this.#fetchHead()
    const listed = await this.#lookAtEmergency(newest)
    if (!newest.verified || !listed.verified) return newest.verified ? listed : newest
    const fetchHead = () => this.#fetchHead()
    return takeCommit(newest.value, this.#trust, { held, fetch, wholeLists, fetchHead, context })
  }

  /** A key that was listed just now may have signed the very head. */
  async #lookAtEmergency(head: Verdict<Head>): Promise<Verdict<void>> {
    const { emergency, fetch, held, keepKeys } = this.#ports
    const { listed } = emergency
    const looked = await emergency.look(this.#trust, head, fetch)
    if (emergency.listed === listed) return looked
    await keepKeys(listed)
    const isLost = head.verified && !held.hasKeyOf(head.value)
    return isLost ? refuse('status_invalid', { dimension: 'emergency' }) : looked
  }

  async #fetchHead(): Promise<Verdict<Head>> {
    const { held, fetch, context, onAlarm } = this.#ports
    const { head: url, statusIssuer } = this.#trust
    const token = await fetchDocument(fetch, url, MAX_HEAD_BYTES)
    if (!token.verified) return token
    const head = await openHead(token.value.trim(), context())
    if (!head.verified) return standingAt(url, head)
    this.#shown = head.value
    const ruling = acceptHead(held.head(statusIssuer), head.value)
    if (ruling.alarm !== undefined) onAlarm(ruling.alarm)
    return standingAt(url, ruling.verdict)
  }
}
