import { beforeEach, describe, expect, it } from 'vitest'
import type { Fetch } from '../../src/core/clock.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { readTrustConfiguration, type TrustConfiguration } from '../../src/verifier/configured-trust.ts'
import { readPolicy } from '../../src/verifier/policy.ts'
import { StatusFollower } from '../../src/verifier/status-follower.ts'
import type { TrustOption, VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { ManualTimers, settled } from '../helpers/manual-timers.ts'
import { AUDIENCE, makePerson, World } from '../helpers/world.ts'

let world: World
let timers: ManualTimers
let told: string[]

beforeEach(async () => {
  world = await World.create()
  timers = new ManualTimers(world)
  told = []
})

function trusting(...trust: readonly TrustOption[]): TrustConfiguration {
  return readTrustConfiguration(trust)
}

function following(options: Partial<VerifierOptions> = {}, trust = trusting(world.trust)): StatusFollower {
  const { fetch = world.site.fetch, ...others } = options
  const common = { audience: AUDIENCE, trust: [], freshness: { '*': 'sensitive' }, pollSeconds: 10 } as const
  const ports = {
    policy: readPolicy({ ...common, ...others }),
    trust,
    resolver: createDidResolver(),
    fetch,
    isPushed: false,
    clock: world.clock,
    setTimer: timers.set,
    random: () => Uint8Array.of(0),
    tell: ({ kind }: { readonly kind: string }) => told.push(kind),
    onChange: () => undefined,
  }
  return new StatusFollower(ports, trust)
}

/** A site that answers from `hold` on only when it is told to. */
function gate() {
  const waiting: (() => void)[] = []
  let isHeld = false
  const fetch: Fetch = async (input, init) => {
    if (isHeld) await new Promise<void>((done) => waiting.push(done))
    return world.site.fetch(input, init)
  }
  const hold = (): void => {
    isHeld = true
  }
  const release = (): void => {
    isHeld = false
    for (const done of waiting.splice(0)) done()
  }
  return { fetch, hold, release }
}

const lists = (follower: StatusFollower) => follower.states().map((state) => state.lists)

describe('whom to trust from now on', () => {
  it('is looked at at once where all are looked at again and again, and those that stay are not', async () => {
    const follower = following({}, trusting())
    follower.start()
    follower.setTrust(trusting(world.trust))
    await expect.poll(() => lists(follower)).toEqual([2])
    world.site.requests.length = 0
    follower.setTrust(trusting(world.trust))
    await settled()

    expect(world.site.requests).toEqual([])
    expect(lists(follower)).toEqual([2])
  })

  it('is not looked at before anybody asks for it', async () => {
    const follower = following({}, trusting())
    follower.setTrust(trusting(world.trust))
    await settled()

    expect(world.site.requests).toEqual([])
    expect(await follower.sync()).toMatchObject([{ lists: 2 }])
  })

  it('keeps what is held of an authority, unless its status lies elsewhere', async () => {
    const follower = following()
    await follower.sync()
    follower.setTrust(trusting({ ...world.trust }))
    expect(lists(follower)).toEqual([2])
    const elsewhere = [...world.trust.statusOrigins, 'https://id.example/other/']
    follower.setTrust(trusting({ ...world.trust, statusOrigins: elsewhere }))

    expect(lists(follower)).toEqual([0])
  })
})

describe('looking again and again', () => {
  it('names the only hosts of this machine that may be asked', async () => {
    const host = trusting('did:web:127.0.0.1%3A8080')
    const follower = following({}, host)
    const asked = async () => {
      world.now += 86_400_000
      world.site.requests.length = 0
      await follower.sync()
      return world.site.requests
    }
    expect(await asked()).toEqual(['http://127.0.0.1:8080/.well-known/did.json'])
    expect(await asked()).toHaveLength(1)

    follower.setTrust({ ...host, configuredHosts: new Set() })

    expect(await asked()).toEqual([])
  })

  it('is not put off by being begun again', async () => {
    const follower = following()
    follower.start()
    await timers.advance(6_000)
    follower.start()
    await timers.advance(4_000)

    expect(world.site.requests).toContain(world.trust.head)
    await expect.poll(() => timers.waiting).toBe(1)
  })

  it('ends when it is stopped, and can be begun again', async () => {
    const follower = following()
    follower.start()
    expect(timers.waiting).toBe(1)
    follower.stop()
    expect(timers.waiting).toBe(0)
    follower.start()

    expect(timers.waiting).toBe(1)
  })

  it.each([
    ['does not go on after a look during which it was stopped', false, 0],
    ['has one timer after a look during which it was stopped and begun again', true, 1],
  ])('%s', async (_, isBegunAgain, left) => {
    const { fetch, hold, release } = gate()
    const follower = following({ fetch })
    hold()
    follower.start()
    await timers.advance(10_000)
    expect(timers.waiting).toBe(0)
    follower.stop()
    if (isBegunAgain) follower.start()
    release()
    await expect.poll(() => lists(follower)).toEqual([2])
    await settled()

    expect(timers.waiting).toBe(left)
  })
})

describe('an authority that is not configured', () => {
  it('cannot be looked at, whoever presents its chains', async () => {
    const follower = following()
    const { did } = await makePerson()
    follower.nudge(did)
    follower.renewKeys(did)
    await settled()
    expect(world.site.requests).toEqual([])
    expect(follower.trustOf(did)).toBeUndefined()
    follower.renewKeys(world.authority.did)
    follower.nudge(world.authority.did)

    await expect.poll(() => lists(follower)).toEqual([2])
  })
})

describe('alarms of looks at a status that cannot be had', () => {
  it.each([
    ['are raised', true, ['status_failing']],
    ['are not raised when its authority has gone meanwhile', false, []],
  ])('%s', async (_, stays, expected) => {
    const { fetch, hold, release } = gate()
    const follower = following({ fetch })
    world.site.reachable = false
    hold()
    const looking = follower.sync()
    await settled()
    if (!stays) follower.setTrust(trusting())
    release()
    await looking

    expect(told).toEqual(expected)
  })

  it('begin anew when the authority was not trusted meanwhile', async () => {
    const follower = following()
    world.site.reachable = false
    await follower.sync()
    await follower.sync()
    expect(told).toEqual(['status_failing'])
    follower.setTrust(trusting())
    follower.setTrust(trusting(world.trust))
    await follower.sync()

    expect(told).toEqual(['status_failing', 'status_failing'])
  })
})

describe('a heartbeat that the strictest tier of the policy leaves no time for', () => {
  it.each([
    [19, 'followed'],
    [20, 'ERR_PROCURA_FRESHNESS_UNENFORCEABLE'],
  ])('of %d s, with a cache of 1 s and a poll of 10 s to 30 s of age: %s', async (heartbeat, outcome) => {
    const follower = following({ freshness: { 'mail.send': 'critical', '*': 'routine' } })
    world.site.heartbeat = heartbeat
    await world.site.publish()
    const looked = await follower.sync().then(
      () => 'followed',
      ({ code }) => code,
    )

    expect(looked).toBe(outcome)
  })
})
