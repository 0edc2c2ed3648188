import { setTimeout as sleep } from 'node:timers/promises'
import { CLOCK_SKEW_MS } from '../../../src/core/clock.ts'
import { HEAD_CACHE_SECONDS } from '../../../src/status/freshness.ts'
import { SAVE_PAUSE_MS } from '../../../src/verifier/status-keeper.ts'
import type { Chance } from '../../fuzz/random.ts'
import { AUDIENCE } from '../../helpers/world.ts'
import type { Counts } from '../counts.ts'
import { FollowingProcess } from './following.ts'
import type { Outcome, Setup } from './following-process.ts'
import { anyMood, HONEST, HostileHost, isSlow } from './hostile-host.ts'
import { StatusIssuer } from './status-issuer.ts'
import { type Seen, StatusLedger } from './status-ledger.ts'

/** How far the verifier's clock may be off, in milliseconds: mostly not at all. */
const OFFSETS = [0, 0, 0, 0, 20_000, -20_000, 180_000, -180_000, 600_000, -600_000]

/** As far as clocks may differ: a verifier that is further off finds every place at fault. */
const SMALL_OFFSETS = [0, 0, 0, 20_000, -20_000]

/** When it is killed after it has begun to write what is kept, in milliseconds: the file, its name, and what follows. */
const WRITE_MS = [0, 1, 2, 4, 8, 16]

const FRESHNESS = { 'mail.purge': 'critical', 'mail.send': 'routine', '*': 'sensitive' } as const

/** Longest age of a head that is of now, in milliseconds: looks at places go no further then. */
const CURRENT_MS = (2 * 10 + HEAD_CACHE_SECONDS) * 1000

/** Where the status lies: in one place, or in three, of which the last is always honest. */
export type Places = 'one place' | 'mirrors'

/** One issuer, its hosts, and a verifier that is killed and started again. */
export class StatusLife {
  readonly #counts: Counts
  readonly #random: Chance
  readonly #issuer: StatusIssuer
  /** As a verifier looks at them; an honest mirror at their end is not among them. */
  readonly #hosts: readonly HostileHost[]
  readonly #places: Places
  readonly #close: () => void
  readonly #ledger: StatusLedger
  readonly #setup: Setup
  #process: FollowingProcess
  #offsetMs = 0
  #steps = 0

  private constructor(
    parts: {
      readonly counts: Counts
      readonly random: Chance
      readonly setup: Setup
      readonly issuer: StatusIssuer
      readonly hosts: readonly HostileHost[]
      readonly places: Places
    },
    process: FollowingProcess,
  ) {
    this.#counts = parts.counts
    this.#random = parts.random
    this.#setup = parts.setup
    this.#issuer = parts.issuer
    this.#places = parts.places
    this.#hosts = parts.places === 'mirrors' ? parts.hosts.slice(0, -1) : parts.hosts
    this.#close = () => parts.hosts.forEach((host) => void host.close())
    this.#process = process
    this.#ledger = new StatusLedger(parts.counts, () => this.#where)
  }

  static async start(counts: Counts, random: Chance, folder: string, places: Places): Promise<StatusLife> {
    const published = { commits: [], foreign: new Map() }
    const first = await HostileHost.start(published, random)
    const hosts = [first]
    while (places === 'mirrors' && hosts.length < 3)
      hosts.push(await HostileHost.start(published, random, first.origin))
    const issuer = await StatusIssuer.create(`${first.origin}/status/acme`)
    Object.assign(published, issuer.published)
    const mirrors = hosts.slice(1).map(({ origin }) => `${origin}/status/acme/`)
    const trust = { ...issuer.world.trust, mirrors }
    const setup: Setup = { folder, audience: AUDIENCE, trust, freshness: FRESHNESS }
    const process = await FollowingProcess.start(setup)
    return new StatusLife({ counts, random, setup, issuer, hosts, places }, process)
  }

  async close(): Promise<void> {
    this.#close()
    await this.#process.kill()
  }

  async step(): Promise<void> {
    this.#steps++
    const steps = [
      () => this.#tick(),
      () => this.#tick(),
      () => this.#change(),
      () => this.#change(),
      () => this.#issuer.pass(this.#random.below(900_000)),
      () => this.#goAway(),
      () => this.#turn(),
      () => this.#turn(),
      () => this.#turn(),
      () => this.#setClock(),
      () => this.#look(),
      () => this.#look(),
      () => this.#look(),
      () => this.#kill(),
    ]
    await this.#random.pick(steps)()
    if (this.#random.once(2)) await this.#look()
    await this.#judge()
  }

  /** An honest host, a right clock and one look: everything is as it is in truth. */
  async end(): Promise<void> {
    this.#beHonest()
    this.#offsetMs = 0
    await this.#tick()
    await this.#look()
    await this.#judge()
  }

  get #clock(): number {
    return this.#issuer.world.now + this.#offsetMs
  }

  get #where(): string {
    const moods = this.#hosts.map(({ mood: { name, kinds, until } }) =>
      [name, ...kinds, until ?? ''].join(' '),
    )
    const age = this.#issuer.world.now - this.#issuer.headAt
    return `step ${this.#steps}, hosts ${moods.join(', ')}, head ${age} ms old, clock off by ${this.#offsetMs} ms`
  }

  #beHonest(): void {
    for (const host of this.#hosts) host.mood = HONEST
  }

  async #tick(): Promise<void> {
    this.#issuer.pass(1_000 + this.#random.below(10_000))
    await this.#issuer.publish()
  }

  async #change(): Promise<void> {
    this.#issuer.pass(1 + this.#random.below(5_000))
    this.#counts.add(await this.#issuer.change(this.#random))
  }

  /** For hours nothing is signed. */
  #goAway(): void {
    if (!this.#random.once(3)) return
    this.#issuer.pass((1 + this.#random.below(6)) * 3_600_000)
    this.#counts.add('outages of hours')
  }

  #turn(): void {
    const { commits } = this.#issuer.published
    const host = this.#random.pick(this.#hosts)
    host.mood = this.#random.once(3) ? HONEST : anyMood(this.#random, commits.length)
    if (host.mood !== HONEST) this.#counts.add('hostile hosts')
  }

  #setClock(): void {
    this.#offsetMs = this.#random.pick(this.#places === 'mirrors' ? SMALL_OFFSETS : OFFSETS)
  }

  async #look(): Promise<void> {
    const clock = this.#clock
    const outcome = await this.#process.look(clock)
    this.#counts.add('looks')
    this.#read(outcome, clock)
    // One look that waits shows as much as several.
    for (const host of this.#hosts) if (isSlow(host.mood)) host.mood = HONEST
  }

  #read(outcome: Outcome | undefined, clock: number): void {
    if (outcome === undefined) {
      this.#counts.violate('conduct', `the verifier ended (${this.#where})`)
      return
    }
    this.#ledger.looked(
      clock,
      outcome,
      this.#places === 'mirrors' ? this.#seenAround(clock) : this.#seen(clock),
    )
  }

  /** What is seen in one place: all, if it is honest. */
  #seen(clock: number): Seen | undefined {
    const { headAt, world } = this.#issuer
    const isCurrent = clock >= headAt - CLOCK_SKEW_MS && world.now - headAt < 3_600_000
    return this.#areHonest && isCurrent ? { head: headAt, succeeds: true } : undefined
  }

  /** A head of now ends a look, whichever of them it is; without one, the honest mirror was looked at. */
  #seenAround(clock: number): Seen {
    const { headAt } = this.#issuer
    const succeeds = clock - headAt <= CURRENT_MS
    return { head: succeeds ? Math.min(headAt, clock - CURRENT_MS) : headAt, succeeds }
  }

  get #areHonest(): boolean {
    return this.#hosts.every(({ mood }) => mood === HONEST)
  }

  async #judge(): Promise<void> {
    const clock = this.#clock
    const asked = await this.#issuer.ask(this.#random, clock)
    const outcome = await this.#process.verify(clock, asked)
    for (const [i, truth] of this.#issuer.delegations.entries())
      this.#ledger.judge(truth, outcome?.codes[i] ?? 'no answer', clock, asked[i]?.maxAgeMs ?? 0)
    // Verifying may have led to a look.
    if (outcome !== undefined) this.#ledger.looked(clock, outcome, undefined)
  }

  /** Anywhere, while it looks, or while it writes; then revocations go on until it is started again. */
  async #kill(): Promise<void> {
    const isLooking = this.#random.once(2)
    if (this.#random.once(2)) await this.#killWriting()
    else {
      if (isLooking) void this.#process.look(this.#clock)
      await sleep(this.#random.below(20))
    }
    await this.#process.kill()
    this.#counts.add('kills')
    this.#ledger.killed(isLooking && !this.#areHonest)
    for (let i = this.#random.below(4); i > 0; i--) await this.#change()
    this.#process = await FollowingProcess.start(this.#setup)
    // What was kept is read with the first look, whatever comes of that.
    await this.#look()
  }

  async #killWriting(): Promise<void> {
    this.#beHonest()
    this.#issuer.pass(SAVE_PAUSE_MS)
    await this.#tick()
    const outcome = await this.#process.dieSaving(this.#clock, this.#random.pick(WRITE_MS))
    if (outcome === undefined) this.#counts.add('kills while it writes')
  }
}
