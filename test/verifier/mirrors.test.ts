import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { emergencyUrl, headUrl } from '../../src/status/layout.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { COMPARE_MS, type PlaceState } from '../../src/verifier/place.ts'
import { MAX_PAUSE_MS } from '../../src/verifier/status-push.ts'
import type { VerifierAlarm } from '../../src/verifier/verifier-alarm.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { settled } from '../helpers/manual-timers.ts'
import { MirrorHost } from '../helpers/mirror-host.ts'
import { StatusSite } from '../helpers/status-site.ts'
import { AUDIENCE, makePerson, type Person, World } from '../helpers/world.ts'

const READ = { action: 'mail.read' }

let statusIssuer: Person
let world: World
let first: MirrorHost
let mirror: MirrorHost
let alarms: VerifierAlarm[]

/** A site at a real host, and a mirror of it at another. */
beforeEach(async () => {
  first = await MirrorHost.start()
  mirror = await MirrorHost.start()
  statusIssuer = await makePerson()
  world = await World.create('Ed25519', { base: first.url.slice(0, -1), statusIssuer })
  first.show(world.site)
  mirror.show(world.site)
  alarms = []
})

function make(mirrors = [mirror.url], options: Partial<VerifierOptions> = {}): Verifier {
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [{ ...world.trust, mirrors }],
    freshness: { '*': 'sensitive' },
    clock: world.clock,
    random: (length) => new Uint8Array(length),
    onAlarm: (alarm) => alarms.push(alarm),
    ...options,
  })
  onTestFinished(() => verifier.close())
  return verifier
}

async function publishLater(seconds = 5): Promise<void> {
  world.now += seconds * 1000
  await world.site.publish()
}

/** Looks once, with nothing asked for before. */
async function look(verifier: Verifier) {
  for (const host of [first, mirror]) host.requests.length = 0
  const [state] = await verifier.sync()
  await settled()
  return state
}

const die = (host: MirrorHost): void => {
  host.answer = (_, response) => void response.socket?.destroy()
}
const placesOf = (verifier: Verifier): readonly PlaceState[] => verifier.status()[0]?.places ?? []
const kinds = () => alarms.map(({ kind }) => kind)

/** The same status issuer, from whom somebody has another history. */
async function otherHistory(heads: number): Promise<StatusSite> {
  const site = new StatusSite(world.site.base, statusIssuer.did, statusIssuer.signer, world.clock)
  site.set('suspension', 9)
  for (let i = 0; i < heads; i++) await site.publish()
  return site
}

describe('a mirror', () => {
  it('serves what the first place does not, which is no failure then', async () => {
    die(first)
    const verifier = make()
    const state = await look(verifier)

    expect(state).toMatchObject({ lists: 2, asOf: world.now, syncedAt: world.now })
    expect(state?.failure).toBeUndefined()
    expect(kinds()).toEqual([])
    expect(placesOf(verifier)).toMatchObject([
      { url: world.trust.head, failures: 1, failure: { code: 'status_unavailable', url: world.trust.head } },
      { url: mirror.url, failures: 0, asOf: world.now },
    ])
    expect(await verifier.verify(await world.present(await world.agentChain()), READ)).toMatchObject({
      verified: true,
    })
  })

  it('is not asked while the first place shows a head of now, but for one look a minute', async () => {
    const verifier = make()
    await look(verifier)
    expect(mirror.requests).toContain('head')
    await publishLater()
    await look(verifier)
    expect(mirror.requests).toEqual([])
    await publishLater(COMPARE_MS / 1000)
    await look(verifier)

    expect(mirror.requests).toEqual(['head'])
  })

  it('is asked when the first place shows a head that is late, and its newer one counts', async () => {
    const verifier = make()
    await look(verifier)
    first.freeze()
    await publishLater(20)
    await look(verifier)
    expect(mirror.requests).toEqual([])
    await publishLater(2)

    expect(await look(verifier)).toMatchObject({ asOf: world.now, lists: 2 })
    expect(mirror.requests).toEqual(['head'])
    expect(placesOf(verifier)[0]).toMatchObject({ asOf: world.now - 22_000, failures: 0 })
  })

  it('brings a revocation that the first place holds back [MR-02]', async () => {
    const verifier = make()
    await look(verifier)
    first.freeze()
    world.site.set('revocation', 2)
    await publishLater(COMPARE_MS / 1000)
    await look(verifier)
    const request = await world.present(await world.agentChain())

    expect(await verifier.verify(request, READ)).toMatchObject({
      refusal: { code: 'revoked' },
    })
    expect(kinds()).toEqual([])
  })

  it('that is behind changes nothing, raises no alarm and is seen [MR-01]', async () => {
    mirror.freeze()
    await publishLater()
    const verifier = make()
    const state = await look(verifier)

    expect(state).toMatchObject({ asOf: world.now, lists: 2 })
    expect(state?.failure).toBeUndefined()
    expect(placesOf(verifier)[1]).toMatchObject({ asOf: world.now - 5000, failures: 0 })
    expect(kinds()).toEqual([])
  })

  it('that is behind with an emergency list of before is no evidence', async () => {
    await world.site.declare(world.authority, { keys: ['did:key:z6MkOne#z6MkOne'] })
    await publishLater()
    mirror.freeze()
    await world.site.declare(
      world.authority,
      { keys: ['did:key:z6MkOne#z6MkOne', 'did:key:z6MkTwo#z6MkTwo'] },
      2,
    )
    await publishLater()
    await look(make())

    expect(mirror.requests).toContain('emergency')
    expect(kinds()).toEqual([])
  })

  it.each([
    ['no head', 'nothing.of.use'],
    ['the head of before', undefined],
  ])('that shows an old emergency list beside %s makes no evidence [MR-01]', async (_, head) => {
    const keys = ['One', 'Two'].map((name) => `did:key:z6Mk${name}#z6Mk${name}`)
    const old = await world.site.declare(world.authority, { keys: keys.slice(0, 1) })
    await publishLater()
    await world.site.declare(world.authority, { keys }, 2)
    await publishLater()
    const verifier = make()
    await look(verifier)
    mirror.freeze()
    const shown = new Map(mirror.documents).set(emergencyUrl(world.site.base), old)
    mirror.documents = head === undefined ? shown : shown.set(headUrl(world.site.base), head)
    await publishLater(COMPARE_MS / 1000)
    await look(verifier)

    expect(mirror.requests).toContain('emergency')
    expect(kinds()).toEqual([])
    expect(verifier.status()[0]?.conflicts).toBeUndefined()
  })

  it('brings an emergency list that the first place does not show', async () => {
    const verifier = make()
    await look(verifier)
    first.freeze()
    await world.site.declare(world.authority, { owners: [world.owner.did] })
    await publishLater(COMPARE_MS / 1000)
    await look(verifier)
    const request = await world.present(await world.agentChain())

    expect(await verifier.verify(request, READ)).toMatchObject({
      refusal: { code: 'revoked', dimension: 'emergency' },
    })
  })
})

describe('a mirror is believed for its signatures alone', () => {
  it('and sets and clears nothing with what nobody signed [MR-01]', async () => {
    const { signer, did } = await makePerson()
    const forged = new StatusSite(world.site.base, did, signer, world.clock)
    forged.set('revocation', 2)
    forged.skip(1000)
    await forged.publish()
    mirror.show(forged)
    const verifier = make()

    expect(await look(verifier)).toMatchObject({ lists: 2, asOf: world.now })
    const request = await world.present(await world.agentChain())
    expect(await verifier.verify(request, READ)).toMatchObject({ verified: true })
    expect(placesOf(verifier)[1]).toMatchObject({ failures: 1, failure: { url: `${mirror.url}head` } })
    expect(kinds()).toEqual([])
  })

  it.each([
    ['two heads of one number', 1],
    ['a head that does not follow the other', 2],
  ])('and %s are evidence, whichever place shows which [MR-03]', async (_, heads) => {
    world.now += 1000
    mirror.show(await otherHistory(heads))
    const verifier = make()
    const state = await look(verifier)

    expect(alarms).toMatchObject([
      { kind: 'head_conflict', held: { seq: 1 }, presented: { seq: heads, statusIssuer: statusIssuer.did } },
    ])
    expect(state).toMatchObject({ asOf: world.now - 1000, lists: 2 })
    expect(placesOf(verifier)[1]).toMatchObject({
      failures: 1,
      failure: { code: 'status_rollback', dimension: 'head', url: `${mirror.url}head` },
    })
  })

  it('and leads nowhere else [MR-04]', async () => {
    const elsewhere = await MirrorHost.start()
    elsewhere.show(world.site)
    mirror.answer = (path, response) =>
      void response.writeHead(302, { location: `${elsewhere.url}${path}` }).end()
    const verifier = make()
    await look(verifier)

    expect(elsewhere.requests).toEqual([])
    expect(placesOf(verifier)[1]).toMatchObject({ failure: { cause: 'http_302' } })
  })

  it('and no more of it is read than of the first place [MR-04]', async () => {
    mirror.answer = (_, response) => void response.end('x'.repeat(1_000_000))
    const verifier = make()
    await look(verifier)

    expect(placesOf(verifier)[1]).toMatchObject({ failure: { cause: 'size' } })
  })
})

describe('a place that fails', () => {
  it('is left alone for pauses that double, up to five minutes', async () => {
    const verifier = make()
    await look(verifier)
    die(mirror)
    const pauses: number[] = []
    for (let i = 0; i < 11; i++) {
      world.now = placesOf(verifier)[1]?.nextAt ?? 0
      await look(verifier)
      expect(mirror.requests).toEqual(['head'])
      world.now += 500
      await look(verifier)
      expect(mirror.requests).toEqual([])
      pauses.push(((placesOf(verifier)[1]?.nextAt ?? 0) - world.now + 500) / 1000)
    }

    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, MAX_PAUSE_MS / 1000])
  })

  it('is left alone for as long as it asks', async () => {
    mirror.answer = (_, response) => void response.writeHead(503, { 'retry-after': '90' }).end()
    const verifier = make()
    await look(verifier)
    const { nextAt } = placesOf(verifier)[1] ?? {}

    expect(nextAt).toBe(world.now + 90_000)
  })

  it('is not waited for again while the others serve [MR-04]', async () => {
    first.answer = () => undefined
    const verifier = make()
    await look(verifier)
    expect(first.requests).toEqual(['head'])
    await look(verifier)

    expect(first.requests).toEqual([])
    expect(mirror.requests).toEqual(['head'])
  })

  it('counts again with its first answer', async () => {
    die(first)
    const verifier = make()
    await look(verifier)
    first.answer = undefined
    world.now += 2000
    await look(verifier)

    expect(placesOf(verifier)[0]).toMatchObject({ failures: 0 })
    expect(placesOf(verifier)[0]?.failure).toBeUndefined()
  })

  it('is told as failing status while a mirror stands still [MR-02]', async () => {
    const verifier = make()
    await look(verifier)
    mirror.freeze()
    die(first)
    world.now += 22_000
    await look(verifier)

    expect(kinds()).toEqual(['status_failing'])
    mirror.show(world.site)
    await publishLater()
    await look(verifier)
    expect(kinds()).toEqual(['status_failing', 'status_restored'])
  })

  it('is looked at each time, if it is the first, while all that the others show stands still [MR-02]', async () => {
    const verifier = make()
    await look(verifier)
    mirror.freeze()
    die(first)
    for (let i = 0; i < 10; i++) {
      world.now = placesOf(verifier)[0]?.nextAt ?? 0
      await look(verifier)
    }
    first.answer = undefined
    await publishLater()

    expect(await look(verifier)).toMatchObject({ asOf: world.now })
    expect(placesOf(verifier)[0]).toMatchObject({ failures: 0 })
  })

  it('is looked at in any case where all others fail too', async () => {
    die(first)
    die(mirror)
    const verifier = make()
    await look(verifier)
    await look(verifier)

    expect(first.requests).toEqual(['head'])
    expect(mirror.requests).toEqual([])
  })
})

describe('many verifications at once', () => {
  it('that lack the status ask for each document once, and only one place', async () => {
    die(first)
    die(mirror)
    const verifier = make()
    await look(verifier)
    for (const host of [first, mirror]) {
      host.answer = undefined
      host.requests.length = 0
    }
    await publishLater(MAX_PAUSE_MS / 1000)
    const request = await world.present(await world.agentChain())
    await Promise.all(Array.from({ length: 5_000 }, () => verifier.verify(request, READ)))
    await expect.poll(() => verifier.status()[0]?.lists).toBe(2)

    expect(new Set(first.requests).size).toBe(first.requests.length)
    expect(first.requests).toHaveLength(4)
    expect(mirror.requests).toEqual(['head'])
  })
})

describe('mirrors that are replaced', () => {
  it('are looked at with the next look, and what is held stays', async () => {
    const verifier = make([])
    await look(verifier)
    die(first)
    verifier.setTrust([{ ...world.trust, mirrors: [mirror.url] }])
    expect(verifier.status()[0]).toMatchObject({ lists: 2 })
    await look(verifier)

    expect(mirror.requests).toEqual(['head'])
  })
})
