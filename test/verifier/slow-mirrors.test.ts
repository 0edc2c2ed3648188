import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Fetch } from '../../src/core/clock.ts'
import { accept } from '../../src/refusal.ts'
import type { Head } from '../../src/status/head.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { COMPARE_LOOK_MS, COMPARE_MS, LOOK_MS, type LookBy } from '../../src/verifier/place.ts'
import { Places } from '../../src/verifier/places.ts'
import { AUDIENCE, NOW, World } from '../helpers/world.ts'

const MIRRORS = Array.from({ length: 8 }, (_, i) => `https://m${i}.example/status/`)
const GOOD = MIRRORS.at(-1)
const HEARTBEAT_MS = 10_000

/** Longest pause between two looks of a verifier that accepts status of 30 s. */
const POLL_MS = 15_000

describe('seven mirrors that answer old copies, each just before its fetch would end', () => {
  let world: World
  let verifier: Verifier
  let chain: readonly string[]
  let frozen: ReadonlyMap<string, string>
  /** Where the first place is gone, the last mirror serves. */
  let isFirstGone: boolean
  /** What became of a critical request, each second. */
  let codes: string[]

  beforeEach(async () => {
    world = await World.create('Ed25519')
    chain = await world.agentChain()
    frozen = new Map(world.site.documents)
    isFirstGone = false
    codes = []
    verifier = createVerifier({
      audience: AUDIENCE,
      trust: [{ ...world.trust, mirrors: MIRRORS }],
      freshness: { '*': 'critical' },
      clock: world.clock,
      fetch: (input, init) => serve(String(input), init),
    })
    onTestFinished(() => verifier.close())
  })

  async function serve(url: string, init?: RequestInit): Promise<Response> {
    const mirror = MIRRORS.find((prefix) => url.startsWith(prefix))
    if (mirror === undefined && isFirstGone) throw new TypeError('gone')
    if (mirror === undefined) return world.site.fetch(url, init)
    const place = `${world.site.base}/${url.slice(mirror.length)}`
    if (mirror === GOOD) return world.site.fetch(place, init)
    await pass(2_900)
    return new Response(frozen.get(place))
  }

  /** Time passes second by second, with a head at each heartbeat. */
  async function pass(ms: number): Promise<void> {
    for (const end = world.now + ms; world.now < end; ) {
      const before = world.now
      world.now = Math.min(end, before + 1_000)
      const beat = (at: number) => Math.floor((at - NOW) / HEARTBEAT_MS)
      if (beat(world.now) > beat(before)) await world.site.publish()
      const verdict = await verifier.verify(await world.present(chain), { action: 'mail.read' })
      codes.push(verdict.verified ? 'verified' : verdict.refusal.code)
    }
  }

  async function lookFor(ms: number): Promise<void> {
    for (const end = world.now + ms; world.now < end; ) {
      await pass(POLL_MS)
      await verifier.sync()
    }
  }

  it('lead to no refusal of what is critical while the first place serves [MR-04]', async () => {
    await verifier.sync()
    codes = []
    await lookFor(150_000)

    expect(codes.length).toBeGreaterThan(150)
    expect(new Set(codes)).toEqual(new Set(['verified']))
    const looked = verifier.status()[0]?.places?.map(({ lookedAt = 0 }) => lookedAt > NOW)
    expect(looked).toEqual(Array(9).fill(true))
  })

  it('keep nobody waiting for the mirror that showed the newest head, which stands last [MR-04]', async () => {
    await verifier.sync()
    await lookFor(150_000)
    isFirstGone = true
    codes = []
    await lookFor(150_000)

    expect(codes.length).toBeGreaterThan(150)
    expect(new Set(codes)).toEqual(new Set(['verified']))
  })
})

describe('places beside one that shows a head of now', () => {
  const HEAD = 'https://id.example/status/acme/head'
  const [one = '', two = '', three = ''] = MIRRORS
  const fetch: Fetch = async () => new Response()
  let now: number
  let places: Places
  let asked: string[]

  const look: LookBy = async (_, url) => {
    asked.push(url)
    const claims = { seq: 1, prev: '', root: '', emergency: null, heartbeat: 10, iatMs: now }
    const shown: Head = {
      ...claims,
      statusIssuer: 'did:web:id.example',
      digest: '',
      keyThumbprint: '',
      token: '',
    }
    return { outcome: accept(undefined), shown }
  }

  beforeEach(() => {
    now = NOW
    places = new Places({ fetch, clock: () => now, random: () => Uint8Array.of(0) })
    places.setMirrors([one, two, three])
  })

  async function askedIn(looks: number): Promise<readonly (readonly string[])[]> {
    const rounds: string[][] = []
    for (let i = 0; i < looks; i++) {
      asked = []
      await places.look(look, HEAD)
      rounds.push(asked)
      now += POLL_MS
    }
    return rounds
  }

  it('are compared one a look, the one that waits longest, each within a minute and as many looks as there are mirrors [MR-03]', async () => {
    expect(await askedIn(8)).toEqual([
      [HEAD, one],
      [HEAD, two],
      [HEAD, three],
      [HEAD],
      [HEAD, one],
      [HEAD, two],
      [HEAD, three],
      [HEAD],
    ])
    now += COMPARE_MS

    expect(await askedIn(3)).toEqual([
      [HEAD, one],
      [HEAD, two],
      [HEAD, three],
    ])
  })

  it('have less time than one that is looked at for want of a head [MR-04]', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout')
    onTestFinished(() => timeout.mockRestore())
    await askedIn(1)

    expect(timeout.mock.calls.flat()).toEqual([LOOK_MS, COMPARE_LOOK_MS])
  })
})
