import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { FRESHNESS_SECONDS } from '../../src/status/freshness.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { stapleOf } from '../helpers/staples.ts'
import { AUDIENCE, codeOf, World } from '../helpers/world.ts'

/** The status issuer may take a revocation back: an honest one never does. */
type Step =
  | { readonly type: 'publish'; readonly revoked: boolean; readonly suspended: boolean }
  | { readonly type: 'wait'; readonly seconds: number }
  | { readonly type: 'look' }
  /** What was published so many heads ago. */
  | { readonly type: 'bring'; readonly ago: number }

/** What one head says of the agent. */
interface State {
  readonly seq: number
  readonly at: number
  readonly revoked: boolean
  readonly suspended: boolean
  readonly staple: JsonObject
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant('publish'), revoked: rarely(), suspended: fc.boolean() }),
  fc.record({ type: fc.constant('wait'), seconds: fc.constantFrom(1, 20, 31, 200, 301, 3000) }),
  fc.constant({ type: 'look' }),
  fc.record({ type: fc.constant('bring'), ago: fc.nat(3) }),
  fc.record({ type: fc.constant('bring'), ago: fc.constant(0) }),
)

function rarely(): fc.Arbitrary<boolean> {
  return fc.nat(9).map((n) => n === 0)
}

const ACTIONS = { 'mail.read': 'sensitive', 'mail.list': 'routine', 'mail.send': 'critical' } as const

/** A verifier that reaches the issuer only when it looks, and all that it can know. */
class Play {
  readonly world: World
  readonly verifier: Verifier
  readonly chain: readonly string[]
  readonly published: State[] = []
  looked: State | undefined
  readonly known: State[] = []
  #isCutOff = false
  #isRevoked = false

  private constructor(world: World, chain: readonly string[]) {
    this.world = world
    this.chain = chain
    this.verifier = createVerifier({
      audience: AUDIENCE,
      trust: [world.trust],
      freshness: { ...ACTIONS, '*': 'critical' },
      clock: world.clock,
      fetch: (input, init) => {
        if (this.#isCutOff) throw new TypeError('no way to the issuer')
        return world.site.fetch(input, init)
      },
    })
  }

  static async begin(): Promise<Play> {
    const world = await World.create()
    const actions = Object.keys(ACTIONS)
    const owner = world.ownerCredential()
    const [grant] = owner.subject.authorizationDetails
    if (grant === undefined) throw new Error('the owner has a grant')
    const authorizationDetails = [{ ...grant, actions }]
    const play = new Play(world, [
      await world.sign(
        { ...owner, subject: { ...owner.subject, authorizationDetails } },
        world.authority.signer,
      ),
      await world.sign(world.agentCredential({ authorizationDetails }), world.owner.signer),
    ])
    play.#isCutOff = true
    await play.verifier.sync()
    play.#note(false, false)
    return play
  }

  async take(next: Step): Promise<void> {
    if (next.type === 'publish') await this.#publish(next.revoked, next.suspended)
    else if (next.type === 'wait') this.world.now += next.seconds * 1000
    else if (next.type === 'look') await this.#look()
    else await this.#bring(next.ago)
  }

  async #publish(revoked: boolean, suspended: boolean): Promise<void> {
    this.world.now += 1000
    this.world.site.set('revocation', 2, revoked)
    this.world.site.set('suspension', 2, suspended)
    await this.world.site.publish()
    this.#note(revoked, suspended)
  }

  #note(revoked: boolean, suspended: boolean): void {
    const { now: at, site } = this.world
    this.published.push({ seq: this.published.length, at, revoked, suspended, staple: stapleOf(site) })
  }

  async #look(): Promise<void> {
    this.#isCutOff = false
    await this.verifier.sync()
    this.#isCutOff = true
    this.looked = this.published.at(-1)
    if (this.looked !== undefined) this.known.push(this.looked)
    this.#isRevoked ||= this.looked?.revoked === true
  }

  async #bring(ago: number): Promise<void> {
    const state = this.published.at(-1 - ago)
    if (state === undefined) return
    await this.verifier.upload(await this.world.upload(this.chain, { staple: state.staple }))
    // What is held refuses before the proof, and so before what is brought with it is looked at.
    const isLookedAt = this.looked?.suspended !== true && !this.#isRevoked
    if (isLookedAt && state.seq >= (this.newest?.seq ?? 0)) this.known.push(state)
  }

  get newest(): State | undefined {
    return this.known.reduce<State | undefined>((a, b) => (a && a.seq > b.seq ? a : b), undefined)
  }

  async code(action: string): Promise<string> {
    return codeOf(await this.verifier.verify(await this.world.present(this.chain), { action }))
  }

  /** Seconds since the newest head of some. */
  age(states: readonly (State | undefined)[]): number {
    return (this.world.now - Math.max(...states.map((state) => state?.at ?? Number.NEGATIVE_INFINITY))) / 1000
  }
}

describe('a staple', () => {
  it('lets nobody do what the newest of all that is known does not allow, and takes no revocation back [SB-01]', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const play = await Play.begin()
        for (const next of steps) {
          await play.take(next)
          for (const [action, tier] of Object.entries(ACTIONS)) {
            const code = await play.code(action)
            if (play.looked?.revoked) expect(code).toBe('revoked')
            if (code !== 'verified') continue
            accepted += 1
            expect(play.known.some(({ revoked }) => revoked)).toBe(false)
            expect(play.newest?.suspended).toBe(false)
            const relied = tier === 'critical' ? [play.looked] : play.known
            expect(play.age(relied)).toBeLessThanOrEqual(FRESHNESS_SECONDS[tier])
          }
        }
        play.verifier.close()
      }),
      { numRuns: 40 },
    )
    expect(accepted).toBeGreaterThan(20)
  })
})
