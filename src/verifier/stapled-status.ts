import { acceptHead } from '../status/accept-head.ts'
import type { StatusAlarm } from '../status/alarm.ts'
import { FRESHNESS_SECONDS, isFresh } from '../status/freshness.ts'
import type { Head } from '../status/head.ts'
import {
  confirmList,
  keepKeys,
  type ListMemory,
  newestMark,
  rememberList,
  unpublishedRevocations,
  viewOf,
} from '../status/list-memory.ts'
import type { SignedBits } from '../status/open-status-list.ts'
import { type ListView, type StatusView, withLists } from '../status/status-view.ts'
import type { HeldStatus } from './held-status.ts'

/** Most lists of one authority that agents have brought: 16 KiB each where many entries are set. */
export const MAX_STAPLED_LISTS = 256

/** A list that agents brought, and the newest head that they showed for it. */
interface Stapled {
  readonly memory: ListMemory
  readonly head: Head
  /** Root of what was held when it was last found to follow that; `undefined` for nothing. */
  readonly heldRoot: string | undefined
}

export interface StapledPorts {
  readonly held: HeldStatus
  readonly clock: () => number
  readonly onAlarm: (alarm: StatusAlarm) => void
}

/**
 * What agents have brought of one authority's status, beside what is held (docs/spec/06-presenting.md "Stapling"). It adds
 * revocations and suspensions and clears none; what it says of the age counts while no newer head is held.
 */
export class StapledStatus {
  readonly #ports: StapledPorts
  readonly #lists = new Map<string, Stapled>()
  #newest: Head | undefined

  constructor(ports: StapledPorts) {
    this.#ports = ports
  }

  /** The lists as held, and what agents brought of them; `undefined` when nobody brought any. */
  get view(): StatusView | undefined {
    if (this.#lists.size === 0) return undefined
    const { view } = this.#ports.held
    const head = this.#head && this.#isNewest(this.#head) ? this.#head : undefined
    return withLists(view, (url, issuer) => this.#list(url, view.list(url, issuer), issuer), head)
  }

  /** The newest head that was brought, while its key is one of the status issuer's. */
  get #head(): Head | undefined {
    return this.#newest !== undefined && this.#ports.held.hasKeyOf(this.#newest) ? this.#newest : undefined
  }

  /** Whether a head is as new as the one held, and follows what was seen. What contradicts that is evidence. */
  follows(head: Head): boolean {
    const { held, onAlarm } = this.#ports
    const after = acceptHead(held.head(head.statusIssuer), head)
    const among = acceptHead(this.#head, head)
    const alarm = after.alarm ?? among.alarm
    if (alarm !== undefined) onAlarm(alarm)
    return alarm === undefined && after.verdict.verified
  }

  /** Whether a list came with that head or a newer one, and follows what is held: it cannot say anything new. */
  knows(url: string, head: Head): boolean {
    const known = this.#known(url)
    return known !== undefined && known.head.seq >= head.seq && known.heldRoot === this.#heldRoot(head)
  }

  /**
   * Takes in lists that a head commits to. Before the call it was found that the head {@link follows}.
   *
   * @returns Whether they may say something new.
   */
  take(head: Head, lists: readonly SignedBits[]): boolean {
    this.forgetOld()
    if (!lists.every((list) => this.#fits(list))) return false
    const added = lists.filter(({ url }) => !this.#lists.has(url))
    if (this.#lists.size + added.length > MAX_STAPLED_LISTS) return false
    if (this.#head === undefined || head.seq > this.#head.seq) this.#newest = head
    return lists.map((list) => this.#takeList(head, list)).includes(true)
  }

  /** Whether a list follows the one held. */
  #fits(list: SignedBits): boolean {
    const { verdict, alarm } = this.#ports.held.compare(list)
    if (alarm !== undefined) this.#ports.onAlarm(alarm)
    return verdict.verified
  }

  #takeList(head: Head, list: SignedBits): boolean {
    const before = this.#known(list.url)
    const heldRoot = this.#heldRoot(head)
    if (before !== undefined && before.head.seq >= head.seq) {
      this.#lists.set(list.url, { ...before, heldRoot })
      return false
    }
    const { verdict, alarm } = rememberList(before?.memory, list)
    if (alarm !== undefined) this.#ports.onAlarm(alarm)
    if (!verdict.verified) return false
    const memory = confirmList(verdict.value, list.bitsDigest, head.iatMs)
    this.#lists.set(list.url, { memory, head, heldRoot })
    return before === undefined || newestMark(before.memory).digest !== list.bitsDigest
  }

  /** What no tier accepts any more is forgotten, but for its revocations: those are held from then on. */
  forgetOld(): void {
    const { held, clock } = this.#ports
    for (const [url, { head }] of this.#lists) {
      if (isFresh(head.iatMs, clock(), FRESHNESS_SECONDS.routine)) continue
      const known = this.#known(url)
      this.#lists.delete(url)
      if (known === undefined) continue
      held.restore(head.statusIssuer, unpublishedRevocations(url, known.memory, undefined))
    }
  }

  /** A list, as far as the keys that signed it and its head are the status issuer's. */
  #known(url: string): Stapled | undefined {
    const stapled = this.#lists.get(url)
    const { held } = this.#ports
    if (stapled === undefined || !held.hasKeyOf(stapled.head)) return undefined
    const memory = keepKeys(stapled.memory, held.keys)
    return memory && { ...stapled, memory }
  }

  #list(url: string, held: ListView | undefined, statusIssuer: string): ListView | undefined {
    const stapled = this.#known(url)
    if (stapled?.head.statusIssuer !== statusIssuer) return held
    return joinLists(held, viewOf(stapled.memory), this.#isNewest(stapled.head))
  }

  #heldRoot({ statusIssuer }: Head): string | undefined {
    return this.#ports.held.head(statusIssuer)?.root
  }

  #isNewest(head: Head): boolean {
    const held = this.#ports.held.head(head.statusIssuer)
    return held === undefined || head.seq >= held.seq
  }
}

/** @param isNewest Whether no newer head is held than that of the staple: else it adds revocations, and says no more. */
function joinLists(held: ListView | undefined, stapled: ListView, isNewest: boolean): ListView {
  if (held === undefined) return isNewest ? stapled : { ...stapled, validUntil: 0 }
  const isNewer = isNewest && stapled.asOf > held.asOf
  if (!isNewer && held.purpose === 'suspension') return held
  const { version, digest, asOf } = isNewer ? stapled : held
  return {
    purpose: held.purpose,
    version,
    digest,
    asOf,
    validUntil: Math.max(held.validUntil, stapled.validUntil),
    read: (index) => stapled.read(index) === true || (held.read(index) ?? stapled.read(index)),
  }
}
