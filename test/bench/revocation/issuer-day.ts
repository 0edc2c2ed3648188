import { randomInt } from 'node:crypto'
import { STATUS_LIST_ENTRIES } from '../../../src/status/bitstring.ts'
import { DEFAULT_HEARTBEAT_SECONDS } from '../../../src/status/freshness.ts'
import { DEFAULT_LIST_VALIDITY_MS } from '../../../src/status/status-list-credential.ts'
import type { LargeList, LargeStatus } from './large-status.ts'

/** A list that did not change is signed anew after this time, in milliseconds. */
const SIGNED_ANEW_MS: number = DEFAULT_LIST_VALIDITY_MS / 2

const DAY_MS = 86_400_000
const SECOND_MS = 1000

/** What an issuer does in a day, beside signing. */
export interface Work {
  readonly revocationsPerDay: number
  /** Lists that are begun. Default: none. */
  readonly newPairsPerDay?: number
}

/** An issuer at work, on a clock that others move: it revokes at random, and begins lists and signs them anew in their time. */
export class IssuerDay {
  readonly #status: LargeStatus
  readonly #revocable: readonly LargeList[]
  readonly #meanPauseMs: number
  readonly #newPairMs: number
  #now: number
  #nextRevocation: number
  #nextPair: number
  #headAt: number

  /** @param now Milliseconds since 1970; the lists were signed at any time before that. */
  constructor(status: LargeStatus, { revocationsPerDay, newPairsPerDay = 0 }: Work, now: number) {
    this.#status = status
    this.#revocable = status.lists.filter(({ purpose }) => purpose === 'revocation')
    this.#meanPauseMs = DAY_MS / revocationsPerDay
    this.#now = this.#headAt = now
    this.#nextRevocation = now + this.#pause()
    this.#newPairMs = DAY_MS / newPairsPerDay
    this.#nextPair = now + this.#newPairMs / 2
    for (const list of status.lists) list.version = now - randomInt(SIGNED_ANEW_MS)
  }

  get now(): number {
    return this.#now
  }

  /** Works until then, and signs a head. */
  async runUntil(end: number): Promise<void> {
    let commits = 0
    while (this.#now < end) {
      this.#now = Math.min(end, this.#now + SECOND_MS)
      commits += this.#revokeDue() + this.#signDue() + this.#beginDue()
    }
    const heartbeats = Math.floor((end - this.#headAt) / (DEFAULT_HEARTBEAT_SECONDS * SECOND_MS))
    this.#headAt = end
    await this.#status.publishHead(end, Math.max(1, commits + heartbeats))
  }

  revoke(list: LargeList, index: number): void {
    this.#status.change(list, [index], this.#now)
  }

  #revokeDue(): number {
    let count = 0
    for (; this.#nextRevocation <= this.#now; this.#nextRevocation += this.#pause()) {
      const list = this.#revocable[randomInt(this.#revocable.length)]
      if (list === undefined || list.version >= this.#nextRevocation) continue
      this.#status.change(list, [randomInt(STATUS_LIST_ENTRIES)], this.#nextRevocation)
      count += 1
    }
    return count
  }

  #signDue(): number {
    const due = this.#status.lists.filter(({ version }) => version + SIGNED_ANEW_MS <= this.#now)
    for (const list of due) this.#status.change(list, [], this.#now)
    return due.length
  }

  #beginDue(): number {
    if (this.#now < this.#nextPair) return 0
    this.#nextPair += this.#newPairMs
    this.#status.addPair(this.#now)
    return 1
  }

  #pause(): number {
    return Math.ceil(-Math.log(1 - randomInt(2 ** 32) / 2 ** 32) * this.#meanPauseMs)
  }
}
