import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemRandom } from '../../src/core/clock.ts'
import { systemTimer } from '../../src/core/timer.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { readTrustConfiguration } from '../../src/verifier/configured-trust.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { MAX_FOLLOWED_LISTS } from '../../src/verifier/fetch-lists.ts'
import { readPolicy } from '../../src/verifier/policy.ts'
import { StatusSync } from '../../src/verifier/status-sync.ts'
import type { TrustOption, VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { ManualTimers, settled } from '../helpers/manual-timers.ts'
import { uncaughtDuring } from '../helpers/uncaught.ts'
import { AUDIENCE, codeOf, World } from '../helpers/world.ts'

let world: World
let verifier: Verifier
let alarms: string[]

beforeEach(async () => {
  world = await World.create()
  alarms = []
  verifier = make()
})

afterEach(() => verifier.close())

function make(options: Partial<VerifierOptions> = {}): Verifier {
  return createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
    onAlarm: ({ kind }) => alarms.push(kind),
    ...options,
  })
}

async function publishLater(): Promise<void> {
  world.now += 1000
  await world.site.publish()
}

async function verdict(): Promise<string> {
  return codeOf(await verifier.verify(await world.present(await world.agentChain()), { action: 'mail.read' }))
}

describe('following the head', () => {
  it('takes in the head, the leaf table and every list, and says what it holds', async () => {
    expect(await verifier.sync()).toEqual([
      {
        authority: world.authority.did,
        asOf: world.now,
        heartbeatSeconds: 10,
        lists: 2,
        syncedAt: world.now,
        source: world.trust.head,
        places: [expect.objectContaining({ url: world.trust.head, asOf: world.now, failures: 0 })],
      },
    ])
  })

  it('asks for the head alone while nothing has changed', async () => {
    await verifier.sync()
    world.site.requests.length = 0
    await publishLater()
    const [state] = await verifier.sync()

    expect(world.site.requests).toEqual([world.trust.head])
    expect(state).toMatchObject({ asOf: world.now })
  })

  it('asks for the lists that have changed, by their versions, where the changes are not to be had', async () => {
    await verifier.sync()
    world.site.requests.length = 0
    world.site.set('revocation', 77)
    await publishLater()
    world.site.forgetChanges()
    await verifier.sync()

    expect(world.site.requests).toEqual([
      world.trust.head,
      expect.stringContaining('/changes/'),
      expect.stringContaining('/leaves/'),
      `${world.site.base}/r1/${world.now}.jwt`,
    ])
  })

  it('is one request under way at a time, however many ask [SL-26]', async () => {
    await Promise.all(Array.from({ length: 50 }, () => verifier.sync()))

    expect(world.site.requests.filter((url) => url === world.trust.head)).toHaveLength(1)
  })

  it('goes on in the background after the start, until it is closed', async () => {
    verifier = make({ pollSeconds: 0.02 })
    await verifier.start()
    world.site.set('revocation', 2)
    await publishLater()
    await expect.poll(verdict).toBe('revoked')
    verifier.close()
    await new Promise((resolve) => setTimeout(resolve, 60))
    const before = world.site.requests.length
    await new Promise((resolve) => setTimeout(resolve, 60))

    expect(world.site.requests).toHaveLength(before)
  })

  it('goes on at the times and with the chance that it is given', async () => {
    const timers = new ManualTimers(world)
    verifier = make({ pollSeconds: 10, timer: timers.set, random: () => Uint8Array.of(128) })
    await verifier.start()
    world.site.requests.length = 0

    await timers.advance(8_999)
    expect(world.site.requests).toEqual([])
    await timers.advance(1)
    expect(world.site.requests).toEqual([world.trust.head])
    await expect.poll(() => timers.waiting).toBe(1)
    verifier.close()
    expect(timers.waiting).toBe(0)
  })

  it('does not begin when it is closed while it starts, and begins when it is started again', async () => {
    const timers = new ManualTimers(world)
    verifier = make({ timer: timers.set })
    const starting = verifier.start()
    verifier.close()

    expect(await starting).toMatchObject([{ lists: 2 }])
    expect(timers.waiting).toBe(0)
    await verifier.start()
    expect(timers.waiting).toBe(1)
  })

  it('looks once at a time when it is closed and started again while it looks', async () => {
    const timers = new ManualTimers(world)
    let answer = (): void => undefined
    const held = new Promise<void>((resolve) => {
      answer = resolve
    })
    const { fetch } = world.site
    let isHeld = false
    verifier = make({
      pollSeconds: 10,
      timer: timers.set,
      fetch: async (...request) => {
        if (isHeld) await held
        return fetch(...request)
      },
    })
    await verifier.start()
    isHeld = true
    await timers.advance(10_000)
    verifier.close()
    const starting = verifier.start()
    answer()
    await starting
    await settled()

    expect(timers.waiting).toBe(1)
  })

  it('asks once a second at most for lists that presentations name and nobody holds', async () => {
    world.site.reachable = false
    await verifier.sync()
    world.site.requests.length = 0
    for (let i = 0; i < 20; i++) expect(await verdict()).toBe('status_unavailable')
    expect(world.site.requests).toEqual([world.trust.head])
    world.now += 1000
    world.site.reachable = true
    await verdict()

    await expect.poll(verdict).toBe('verified')
  })

  it('raises an alarm when the heartbeat becomes too slow for the policy', async () => {
    verifier = make({ pollSeconds: 0.02, freshness: { '*': 'critical' } })
    await verifier.start()
    world.site.heartbeat = 60
    await publishLater()

    await expect.poll(() => alarms).toContain('freshness_unenforceable')
  })
})

describe('what cannot be had', () => {
  it('is said in the state, and what is held goes on ageing', async () => {
    await verifier.sync()
    const asOf = world.now
    world.site.reachable = false
    await publishLater()
    const [state] = await verifier.sync()

    expect(state).toMatchObject({ asOf, failure: { code: 'status_unavailable', dimension: 'fetch' } })
    expect(await verdict()).toBe('verified')
    world.site.reachable = true
    expect((await verifier.sync())[0]?.failure).toBeUndefined()
  })

  it('is no reason to fail at the start', async () => {
    world.site.reachable = false

    expect(await verifier.start()).toMatchObject([{ lists: 0, failure: { code: 'status_unavailable' } }])
    expect(await verdict()).toBe('status_unavailable')
  })

  it('does not keep other lists back: a list that is missing stays old, the rest is taken in', async () => {
    await verifier.sync()
    world.site.set('revocation', 2)
    world.site.set('suspension', 99)
    await publishLater()
    world.site.forgetChanges()
    world.site.documents.delete(`${world.site.base}/s1/${world.now}.jwt`)
    const [state] = await verifier.sync()

    expect(state).toMatchObject({ failure: { code: 'status_unavailable', dimension: 'http_status' } })
    expect(await verdict()).toBe('revoked')
  })

  it('ages: a list whose newest version is missing is not made fresh by the head that commits to it [L4]', async () => {
    await verifier.sync()
    world.site.set('suspension', 99)
    await publishLater()
    world.site.forgetChanges()
    world.site.documents.delete(`${world.site.base}/s1/${world.now}.jwt`)
    world.now += 300_000
    await publishLater()
    await verifier.sync()

    expect(await verdict()).toBe('status_stale')
  })
})

describe('what cannot be believed', () => {
  it.each<[what: string, tamper: () => void, code: string]>([
    ['a head that is no JWS', () => world.site.documents.set(world.trust.head, 'x'), 'status_invalid'],
    [
      'a head with another signature',
      () => {
        const head = world.site.documents.get(world.trust.head) ?? ''
        const flipped = `${head.slice(0, -3)}${head.at(-3) === 'A' ? 'B' : 'A'}${head.slice(-2)}`
        world.site.documents.set(world.trust.head, flipped)
      },
      'status_invalid',
    ],
    [
      'a leaf table with another root',
      () => {
        for (const url of world.site.documents.keys())
          if (url.includes('/leaves/')) world.site.documents.set(url, '{"leaves":[]}')
      },
      'status_invalid',
    ],
    [
      'a list that the head does not commit to [SL-08]',
      () => {
        const { base, documents } = world.site
        documents.set(`${base}/r1/${world.now}.jwt`, documents.get(`${base}/s1`) ?? '')
      },
      'status_invalid',
    ],
  ])('is refused, and nothing is read from it: %s', async (_, tamper, code) => {
    tamper()
    const [state] = await verifier.sync()

    expect(state?.failure?.code).toBe(code)
    expect(await verdict()).toBe('status_unavailable')
  })

  it('is an older head: refused without an alarm, since a cache may be the cause [SL-14]', async () => {
    const old = world.site.documents.get(world.trust.head) ?? ''
    await publishLater()
    await verifier.sync()
    world.site.documents.set(world.trust.head, old)
    const [state] = await verifier.sync()

    expect(state).toMatchObject({ asOf: world.now, failure: { code: 'status_rollback' } })
    expect(alarms).toEqual([])
  })

  it('is a second head of one number: refused with an alarm', async () => {
    const first = world.site.documents.get(world.trust.head) ?? ''
    await publishLater()
    await verifier.sync()
    world.site.rewind()
    world.site.set('revocation', 5)
    await publishLater()
    const [state] = await verifier.sync()

    expect(first).not.toBe('')
    expect(state).toMatchObject({ failure: { code: 'status_rollback', dimension: 'head' } })
    expect(alarms).toEqual(['head_conflict'])
  })

  it('is a list outside the configured origins: not even asked for [SL-06]', async () => {
    const narrow = { ...world.trust, statusOrigins: [`${world.site.base}/`] }
    verifier = make({ trust: [narrow] })
    world.site.addList('https://evil.example/status/r9', 'revocation')
    await publishLater()
    const [state] = await verifier.sync()

    expect(state).toMatchObject({ lists: 2, failure: { code: 'status_invalid', dimension: 'origin' } })
    expect(world.site.requests.some((url) => url.includes('evil'))).toBe(false)
  })
})

describe('a list that is retired', () => {
  it('is no longer held', async () => {
    await verifier.sync()
    world.site.retire('r1')
    await publishLater()
    const [state] = await verifier.sync()

    expect(state).toMatchObject({ lists: 1 })
    expect(await verdict()).toBe('status_unavailable')
  })
})

describe('more lists than a verifier holds', () => {
  it('are said, and the first ones are held', async () => {
    for (let i = 0; i < MAX_FOLLOWED_LISTS; i++) world.site.addList(`${world.site.base}/x${i}`, 'revocation')
    await publishLater()
    const [state] = await verifier.sync()

    expect(state).toMatchObject({ lists: MAX_FOLLOWED_LISTS, failure: { code: 'limit_exceeded' } })
  }, 60_000)
})

describe('a listener for alarms that throws', () => {
  it('ends neither the polling nor the process', async () => {
    const fail = vi.fn(() => {
      throw new Error('the listener failed')
    })
    verifier = make({ pollSeconds: 0.02, onAlarm: fail })
    await verifier.start()
    world.site.set('revocation', 2)
    await publishLater()
    await expect.poll(verdict).toBe('revoked')
    world.site.set('revocation', 2, false)
    await publishLater()

    const uncaught = await uncaughtDuring(async () => {
      await expect.poll(() => fail.mock.calls.length).toBeGreaterThan(0)
      await publishLater()
      await expect.poll(() => verifier.status()[0]?.asOf).toBe(world.now)
    })

    expect(uncaught).toEqual([])
  })
})

describe('before the first look', () => {
  function unstarted(trust: readonly TrustOption[]): StatusSync {
    const resolver = createDidResolver()
    const policy = readPolicy({ audience: AUDIENCE, trust: [], freshness: { '*': 'sensitive' } })
    const ports = { policy, resolver, fetch: world.site.fetch, clock: world.clock, random: systemRandom }
    const silent = {
      setTimer: systemTimer,
      tell: () => undefined,
      onChange: () => undefined,
      isPushed: false,
    }
    return new StatusSync({ ...ports, ...silent, trust: readTrustConfiguration(trust) })
  }

  it('knows whom to trust, but nothing of documents on the web', async () => {
    const named = 'did:web:id.example'
    const sync = unstarted([world.trust, { ...world.trust, authority: named }])

    expect(sync.trustOf(world.authority.did)).toMatchObject({ verified: true })
    expect(sync.trustOf(named)).toMatchObject({
      refusal: { code: 'did_unresolvable', dimension: 'not_started' },
    })
    expect(sync.trustOf(world.owner.did)).toBeUndefined()
    expect(sync.document(named)).toMatchObject({ refusal: { code: 'did_unresolvable', dimension: 'did' } })
  })

  it('looks at nothing for a chain that is signed with an unknown key', async () => {
    const sync = unstarted([world.trust])
    sync.renewKeys(world.authority.did)
    sync.nudge(world.authority.did)
    await settled()
    expect(world.site.requests).toEqual([])

    expect(await sync.sync()).toMatchObject([{ lists: 2 }])
  })
})
