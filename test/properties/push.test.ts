import { expect, it } from 'vitest'
import { changesSliceOf, encodeChanges } from '../../src/status/changes.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { Chance } from '../fuzz/random.ts'
import { PushSite } from '../helpers/push-site.ts'
import { AUDIENCE, codeOf } from '../helpers/world.ts'

const RUNS = 12
const STEPS = 60

/** Indexes of the delegations that are revoked, suspended and resumed. */
const INDEXES = [20, 21, 22, 23, 24, 25]

/** Shorter than in life, so that a broken stream is opened again within a run; looks are still as far apart as they are. */
const hurried: NonNullable<Parameters<typeof createVerifier>[0]['timer']> = (run, ms) => {
  const timer = setTimeout(run, ms < 10_000 ? ms / 20 : ms)
  return () => clearTimeout(timer)
}

/** A status issuer, a proxy that does as it likes with what is pushed, a verifier behind it, and one that only looks. */
class Run {
  readonly #site: PushSite
  readonly #random: Chance
  readonly #pushed: Verifier
  readonly #looking: Verifier
  /** Events that were held back. */
  #held: string[] = []
  readonly #states = new Map<number, string>(INDEXES.map((index) => [index, 'verified']))
  /** As of the last look of both. */
  #looked: ReadonlyMap<number, string> = new Map()
  readonly #seenRevoked = new Set<number>()
  readonly alarms: string[] = []
  /** How often a push brought what the other verifier did not know yet. */
  ahead = 0

  constructor(site: PushSite, random: Chance) {
    this.#site = site
    this.#random = random
    const make = (push: boolean) =>
      createVerifier({
        audience: AUDIENCE,
        trust: [site.world.trust],
        freshness: { '*': 'sensitive' },
        clock: site.world.clock,
        onAlarm: ({ kind }) => this.alarms.push(kind),
        timer: hurried,
        push,
      })
    this.#pushed = make(true)
    this.#looking = make(false)
  }

  async start(): Promise<void> {
    await Promise.all([this.#pushed.start(), this.#looking.start()])
    await expect.poll(() => this.#pushed.status()[0]?.isPushed).toBe(true)
  }

  close(): void {
    this.#pushed.close()
    this.#looking.close()
  }

  async step(): Promise<void> {
    const steps = [
      () => this.#change(),
      () => this.#change(),
      () => this.#change(),
      () => this.#release(),
      () => this.#site.streams.forEach((stream) => void stream.destroy()),
      () => new Promise((resolve) => setTimeout(resolve, this.#random.below(30))),
      () => this.#read(),
      () => this.look(),
    ]
    await this.#random.pick(steps)()
  }

  /** What the two say after the next look. */
  async look(): Promise<void> {
    await Promise.all([this.#pushed.sync(), this.#looking.sync()])
    this.#looked = new Map(this.#states)
    const verdicts = await this.#read()
    const others = await this.#verdicts(this.#looking)
    expect(others).toEqual(this.#states)
    expect(verdicts).toEqual(others)
    expect(this.#pushed.status()[0]?.asOf).toBe(this.#looking.status()[0]?.asOf)
  }

  /** Reads the one that is pushed to, at whatever moment it is. */
  async #read(): Promise<ReadonlyMap<number, string>> {
    const verdicts = await this.#verdicts(this.#pushed)
    for (const [index, verdict] of verdicts) {
      if (this.#looked.get(index) === 'revoked') expect(verdict).toBe('revoked')
      if (this.#seenRevoked.has(index)) expect(verdict).toBe('revoked')
      if (verdict === 'revoked') this.#seenRevoked.add(index)
      if (this.#states.get(index) !== 'revoked') expect(verdict).not.toBe('revoked')
    }
    const [pushed, looking] = [this.#pushed, this.#looking].map((verifier) => verifier.status()[0]?.asOf ?? 0)
    expect(pushed).toBeGreaterThanOrEqual(looking ?? 0)
    if ((pushed ?? 0) > (looking ?? 0)) this.ahead++
    return verdicts
  }

  async #verdicts(verifier: Verifier): Promise<ReadonlyMap<number, string>> {
    const { world } = this.#site
    const verdict = async (index: number): Promise<readonly [number, string]> => {
      const chain = await world.agentChain({}, { status: world.site.entry(index) })
      return [index, codeOf(await verifier.verify(await world.present(chain), { action: 'mail.read' }))]
    }
    return new Map(await Promise.all(INDEXES.map(verdict)))
  }

  async #change(): Promise<void> {
    const index = this.#random.pick(INDEXES)
    const { site } = this.#site.world
    const isRevoked = this.#states.get(index) === 'revoked'
    if (!isRevoked && this.#random.once(4)) {
      site.set('revocation', index)
      this.#states.set(index, 'revoked')
    } else if (!isRevoked) {
      const suspended = this.#states.get(index) !== 'suspended'
      site.set('suspension', index, suspended)
      this.#states.set(index, suspended ? 'suspended' : 'verified')
    }
    await this.#site.publish()
    this.#push(this.#site.event())
  }

  /** Drops, delays, repeats, spoils, or sends what is signed. */
  #push(event: string): void {
    const { changes, head } = this.#site.pushed()
    const fates = [
      () => undefined,
      () => this.#held.push(event),
      () => this.#site.send(event),
      () => this.#site.send(event.repeat(1 + this.#random.below(4))),
      () => this.#site.send(this.#site.event({ head, changes: {} })),
      () => this.#site.send(this.#site.event({ head, changes: spoil(changes, this.#random) })),
      () => this.#site.send(this.#site.event({ head, changes: this.#madeUp() })),
      () => this.#site.send(event.slice(0, this.#random.below(event.length))),
      () => this.#site.send(`${event.slice(0, 40)}${this.#random.pick(['A', 'B', '.'])}${event.slice(41)}`),
    ]
    this.#random.pick(fates)()
  }

  /** Well-formed, and not what happened. */
  #madeUp(): Readonly<Record<string, string>> {
    const { now } = this.#site.world
    const slice = changesSliceOf(now)
    const [set, clear] = this.#random.pick([
      [[77], []],
      [[], INDEXES],
      [INDEXES, []],
    ] as const)
    const purpose = clear.length === 0 ? 'revocation' : 'suspension'
    return { [slice]: encodeChanges(slice, [{ purpose, pair: 1, version: now, set, clear }]) }
  }

  /** What was held back comes in any order, and some of it stays to come once more. */
  #release(): void {
    const released = this.#held.toSorted(() => this.#random.below(3) - 1)
    this.#site.send(released.join(''))
    this.#held = released.filter(() => this.#random.once(3))
  }
}

function spoil(changes: Readonly<Record<string, string>>, random: Chance): Readonly<Record<string, string>> {
  const spoilt = (text: string) => {
    const at = random.below(text.length)
    return `${text.slice(0, at)}${random.pick(['A', 'x', '_'])}${text.slice(at + 1)}`
  }
  return Object.fromEntries(Object.entries(changes).map(([slice, text]) => [slice, spoilt(text)]))
}

it('whatever becomes of pushes, a revocation seen stays, and after the next look verdicts are those of a verifier to which nothing is pushed [PS-04]', async () => {
  const seed = Date.now()
  let ahead = 0
  for (let i = 0; i < RUNS; i++) {
    const run = new Run(await PushSite.start(), new Chance(`${seed}/${i}`))
    try {
      await run.start()
      for (let step = 0; step < STEPS; step++) await run.step()
      await run.look()
      expect(run.alarms).toEqual([])
      ahead += run.ahead
    } catch (error) {
      throw new Error(`seed ${seed}, run ${i}`, { cause: error })
    } finally {
      run.close()
    }
  }

  expect(ahead).toBeGreaterThan(0)
}, 120_000)
