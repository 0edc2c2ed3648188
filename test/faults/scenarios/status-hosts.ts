import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CLOCK_SKEW_MS } from '../../../src/core/clock.ts'
import { SAVE_PAUSE_MS } from '../../../src/verifier/status-keeper.ts'
import type { Chance } from '../../fuzz/random.ts'
import { AUDIENCE } from '../../helpers/world.ts'
import { Counts } from '../counts.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { FollowingProcess } from '../status/following.ts'
import type { Outcome, Setup } from '../status/following-process.ts'
import { anyMood, HONEST, HostileHost, isSlow } from '../status/hostile-host.ts'
import { StatusIssuer } from '../status/status-issuer.ts'
import { StatusLedger } from '../status/status-ledger.ts'

/** What happens in one round, one thing after the other. */
const STEPS = 60

/** How far the verifier's clock may be off, in milliseconds: mostly not at all. */
const OFFSETS = [0, 0, 0, 0, 20_000, -20_000, 180_000, -180_000, 600_000, -600_000]

/** When it is killed after it has begun to write what is kept, in milliseconds: the file, its name, and what follows. */
const WRITE_MS = [0, 1, 2, 4, 8, 16]

const FRESHNESS = { 'mail.purge': 'critical', 'mail.send': 'routine', '*': 'sensitive' } as const

/**
 * Time is what the issuer and the verifier are told, so that hours pass in milliseconds; the sockets, the files and the kills
 * are real.
 */
export const statusHosts: Scenario = {
  name: 'status-hosts',
  about:
    'A host of status lies, fails and hangs, the issuer is away for hours, clocks are off, and the verifier is killed (kill -9), also while it writes its state, while revocations go on.',
  needs: [],
  rounds: 25,
  run,
}

async function run({ rounds, random, progress, folder, defer }: ScenarioContext): Promise<Counts> {
  const counts = new Counts()
  for (const name of ['looks', 'verdicts', 'accepted within the bound', 'kills', 'kills while it writes'])
    counts.add(name, 0)
  for (let round = 0; round < rounds && counts.violations() === 0; round++) {
    progress(`round ${round + 1} of ${rounds}, ${counts.number('verdicts')} verdicts`)
    const life = await StatusLife.start(counts, random, join(folder, String(round)))
    defer(() => life.close())
    for (let step = 0; step < STEPS && counts.violations() === 0; step++) await life.step()
    await life.end()
    await life.close()
  }
  return counts
}

/** One issuer, its host, and a verifier that is killed and started again. */
class StatusLife {
  readonly #counts: Counts
  readonly #random: Chance
  readonly #issuer: StatusIssuer
  readonly #host: HostileHost
  readonly #ledger: StatusLedger
  readonly #setup: Setup
  #process: FollowingProcess
  #offsetMs = 0
  #steps = 0

  private constructor(
    parts: { readonly counts: Counts; readonly random: Chance; readonly setup: Setup },
    issuer: StatusIssuer,
    host: HostileHost,
    process: FollowingProcess,
  ) {
    this.#counts = parts.counts
    this.#random = parts.random
    this.#setup = parts.setup
    this.#issuer = issuer
    this.#host = host
    this.#process = process
    this.#ledger = new StatusLedger(parts.counts, () => this.#where)
  }

  static async start(counts: Counts, random: Chance, folder: string): Promise<StatusLife> {
    const published = { commits: [], foreign: new Map() }
    const host = await HostileHost.start(published, random)
    const issuer = await StatusIssuer.create(`${host.origin}/status/acme`)
    Object.assign(published, issuer.published)
    const { trust } = issuer.world
    const setup: Setup = { folder, audience: AUDIENCE, trust, freshness: FRESHNESS }
    return new StatusLife({ counts, random, setup }, issuer, host, await FollowingProcess.start(setup))
  }

  async close(): Promise<void> {
    this.#host.close()
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
    this.#host.mood = HONEST
    this.#offsetMs = 0
    await this.#tick()
    await this.#look()
    await this.#judge()
  }

  get #clock(): number {
    return this.#issuer.world.now + this.#offsetMs
  }

  get #where(): string {
    const { name, kinds, until } = this.#host.mood
    const age = this.#issuer.world.now - this.#issuer.headAt
    return `step ${this.#steps}, host ${name} ${[...kinds].join(' ')} ${until ?? ''}, head ${age} ms old, clock off by ${this.#offsetMs} ms`
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
    this.#host.mood = this.#random.once(3) ? HONEST : anyMood(this.#random, commits.length)
    if (this.#host.mood !== HONEST) this.#counts.add('hostile hosts')
  }

  #setClock(): void {
    this.#offsetMs = this.#random.pick(OFFSETS)
  }

  async #look(): Promise<void> {
    const clock = this.#clock
    const outcome = await this.#process.look(clock)
    this.#counts.add('looks')
    this.#read(outcome, clock)
    // One look that waits shows as much as several.
    if (isSlow(this.#host.mood)) this.#host.mood = HONEST
  }

  #read(outcome: Outcome | undefined, clock: number): void {
    if (outcome === undefined) {
      this.#counts.violate('conduct', `the verifier ended (${this.#where})`)
      return
    }
    const { headAt, world } = this.#issuer
    const isCurrent = clock >= headAt - CLOCK_SKEW_MS && world.now - headAt < 3_600_000
    const isHonest = this.#host.mood === HONEST && isCurrent
    this.#ledger.looked(clock, outcome, isHonest ? headAt : undefined)
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
    this.#ledger.killed(isLooking && this.#host.mood !== HONEST)
    for (let i = this.#random.below(4); i > 0; i--) await this.#change()
    this.#process = await FollowingProcess.start(this.#setup)
    // What was kept is read with the first look, whatever comes of that.
    await this.#look()
  }

  async #killWriting(): Promise<void> {
    this.#host.mood = HONEST
    this.#issuer.pass(SAVE_PAUSE_MS)
    await this.#tick()
    const outcome = await this.#process.dieSaving(this.#clock, this.#random.pick(WRITE_MS))
    if (outcome === undefined) this.#counts.add('kills while it writes')
  }
}
