import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { changesSliceOf, encodeChanges } from '../../src/status/changes.ts'
import { changesUrl, headUrl } from '../../src/status/layout.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { PUSH_PAUSE_MS } from '../../src/verifier/status-push.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { PushSite } from '../helpers/push-site.ts'
import { AUDIENCE, codeOf, World } from '../helpers/world.ts'

/** For whatever was pushed to arrive, and to be looked at. */
const ARRIVAL_MS = 150

let site: PushSite
let verifier: Verifier
let alarms: string[]

beforeEach(async () => {
  site = await PushSite.start()
  alarms = []
})
afterEach(() => verifier.close())

/** A verifier that looks by itself only once while a test lasts. */
async function start(options: Partial<VerifierOptions> = {}): Promise<void> {
  verifier = createVerifier({
    audience: AUDIENCE,
    trust: [site.world.trust],
    freshness: { '*': 'sensitive' },
    clock: site.world.clock,
    onAlarm: ({ kind }) => alarms.push(kind),
    random: () => Uint8Array.of(0),
    ...options,
  })
  await verifier.start()
}

async function startListening(): Promise<void> {
  await start()
  await expect.poll(() => verifier.status()[0]?.isPushed).toBe(true)
}

async function verdict(): Promise<string> {
  const { world } = site
  return codeOf(await verifier.verify(await world.present(await world.agentChain()), { action: 'mail.read' }))
}

/** Revokes the agent's delegation. */
async function revoke(): Promise<void> {
  site.world.site.set('revocation', 2)
  await site.publish()
}

function arrival(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ARRIVAL_MS))
}

describe('a head that is pushed', () => {
  it('brings a revocation before the next look, with the changes that it needs', async () => {
    await startListening()
    expect(await verdict()).toBe('verified')
    await revoke()
    const pushed = site.event()
    site.world.site.documents.clear()
    site.send(pushed)

    await expect.poll(verdict).toBe('revoked')
  })

  it('brings a revocation without changes, which are asked for', async () => {
    await startListening()
    await revoke()
    site.send(site.event({ ...site.pushed(), changes: {} }))

    await expect.poll(verdict).toBe('revoked')
  })

  it('confirms what is held as of its own time', async () => {
    await startListening()
    await site.publish()
    site.send(site.event())

    await expect.poll(() => verifier.status()[0]?.asOf).toBe(site.world.now)
  })

  it('is read however the stream is cut, between comments and events of other names', async () => {
    await startListening()
    await revoke()
    for (const part of `:\r\n\nevent: other\ndata: {}\n\n${site.event()}`) site.send(part)

    await expect.poll(verdict).toBe('revoked')
  })

  it('is not listened for where that is not wanted, nor with a fetch of one’s own, nor before the start', async () => {
    await start({ push: false })
    verifier.close()
    await start({ fetch })
    verifier.close()
    verifier = createVerifier({
      audience: AUDIENCE,
      trust: [site.world.trust],
      freshness: { '*': 'sensitive' },
    })
    await verifier.sync()
    await arrival()

    expect(site.asked).toEqual([])
    expect(verifier.status()[0]?.isPushed).toBe(false)
  })

  it('is listened for no more after the end', async () => {
    await startListening()
    verifier.close()

    await expect.poll(() => site.streams.size).toBe(0)
    expect(verifier.status()[0]?.isPushed).toBe(false)
  })
})

/** What becomes of a push on its way; the head that it brings revokes the agent's delegation. */
type Fault = (site: PushSite, before: string) => void | Promise<void>

const flipped = (text: string): string =>
  `${text.slice(0, -9)}${text.at(-9) === 'A' ? 'B' : 'A'}${text.slice(-8)}`

const FAULTS: readonly (readonly [name: string, fault: Fault])[] = [
  ['dropped', () => undefined],
  ['duplicated before it', (site, before) => site.send(before.repeat(50))],
  ['cut off', (site) => site.send(site.event().slice(0, 300))],
  ['cut off, and then something else', (site, before) => site.send(site.event().slice(0, 300) + before)],
  ['ended', (site) => site.streams.forEach((stream) => void stream.end())],
  ['broken off', (site) => site.streams.forEach((stream) => void stream.destroy())],
  ['no JSON', (site) => site.send('event: head\ndata: {\n\n')],
  ['no head', (site) => site.send('event: head\ndata: {"changes":{}}\n\n')],
  ['not UTF-8', (site) => site.streams.forEach((stream) => void stream.write(Uint8Array.of(0xff, 0xfe)))],
  ['a line without end', (site) => site.send(`data: ${'x'.repeat(200_000)}`)],
  ['an event without end', (site) => site.send('data: xxxxxxxxxxxxxxxxxxxx\n'.repeat(10_000))],
  ['comments without end', (site) => site.send(':xxxxxxxxxxxxxxxxxxxx\n'.repeat(10_000))],
  ['forged', (site) => site.send(site.event({ ...site.pushed(), head: flipped(site.pushed().head) }))],
  [
    'signed by somebody else',
    async (site) => {
      const other = await World.create('Ed25519', { base: site.world.site.base, now: site.world.now })
      await other.site.publish()
      site.send(site.event({ head: other.site.documents.get(headUrl(other.site.base)) ?? '', changes: {} }))
    },
  ],
]

/** With these the head is good, and the revocation arrives in spite of them. */
const SPOILT_CHANGES: readonly (readonly [name: string, changes: (site: PushSite) => string])[] = [
  ['empty', () => ''],
  ['none at all', (site) => encodeChanges(changesSliceOf(site.world.now), [])],
  ['cut off', (site) => (Object.values(site.pushed().changes)[0] ?? '').slice(0, -2)],
  ['flipped', (site) => flipped(Object.values(site.pushed().changes)[0] ?? '')],
  [
    'made up',
    ({ world: { now } }) =>
      encodeChanges(changesSliceOf(now), [
        { purpose: 'revocation', pair: 1, version: now, set: [77], clear: [] },
      ]),
  ],
]

describe('what goes wrong with pushing costs time only', () => {
  it.each(FAULTS)(
    '%s: the next look brings the revocation, and nobody is alarmed [PS-01]',
    async (_, fault) => {
      await startListening()
      const before = site.event()
      await revoke()
      await fault(site, before)
      await arrival()
      expect(verifier.status()[0]?.failure).toBeUndefined()
      const [state] = await verifier.sync()

      expect(await verdict()).toBe('revoked')
      expect(state?.failure).toBeUndefined()
      expect(alarms).toEqual([])
    },
  )

  it.each(FAULTS)('%s: a revocation that is known stays [PS-02]', async (_, fault) => {
    await startListening()
    const before = site.event()
    await revoke()
    await verifier.sync()
    await site.publish()
    await fault(site, before)
    await arrival()

    expect(await verdict()).toBe('revoked')
    expect(verifier.status()[0]?.failure).toBeUndefined()
    expect(alarms).toEqual([])
  })

  it.each(SPOILT_CHANGES)(
    'changes that are %s lead nowhere: the lists are fetched [PS-02]',
    async (_, spoilt) => {
      await startListening()
      await revoke()
      site.send(site.event({ ...site.pushed(), changes: { [changesSliceOf(site.world.now)]: spoilt(site) } }))

      await expect.poll(verdict).toBe('revoked')
      expect(alarms).toEqual([])
    },
  )

  it('delayed, or in another order: an older head changes nothing', async () => {
    await startListening()
    const before = site.event()
    await revoke()
    const then = site.event()
    await site.publish()
    site.send(site.event())
    await expect.poll(verdict).toBe('revoked')
    site.send(then + before)
    site.send(before)
    await arrival()

    expect(await verdict()).toBe('revoked')
    expect(verifier.status()[0]).toMatchObject({ asOf: site.world.now, isPushed: true })
    expect(alarms).toEqual([])
  })

  it('a head of which nothing can be had yet is no failure, and the next look has it', async () => {
    await startListening()
    await revoke()
    const { documents, base } = site.world.site
    const published = new Map(documents)
    const { head } = site.pushed()
    for (const url of documents.keys()) if (url !== headUrl(base)) documents.delete(url)
    site.send(site.event({ head, changes: {} }))
    await arrival()
    expect(verifier.status()[0]?.failure).toBeUndefined()
    expect(await verdict()).toBe('verified')
    for (const [url, document] of published) documents.set(url, document)
    await verifier.sync()

    expect(await verdict()).toBe('revoked')
    expect(alarms).toEqual([])
  })

  it('a second head of one number is evidence, and is not followed [PS-02]', async () => {
    await site.publish()
    await startListening()
    site.world.site.rewind()
    await revoke()
    site.send(site.event())

    await expect.poll(() => alarms).toEqual(['head_conflict'])
    expect(await verdict()).toBe('verified')
  })

  it.each<[string, PushSite['answer']]>([
    ['does not exist', (response) => response.writeHead(404).end()],
    ['lies elsewhere', (response) => response.writeHead(307, { location: '/status/acme/elsewhere' }).end()],
    ['is something else', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>')],
    ['has no room', (response) => response.writeHead(503, { 'retry-after': '60' }).end()],
    ['never answers', () => undefined],
    [
      'never says anything',
      (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
    ],
  ])('a stream that %s leaves the looks', async (_, answer) => {
    site.answer = answer
    await start()
    await revoke()
    await arrival()
    const [state] = await verifier.sync()

    expect(site.asked).toHaveLength(1)
    expect(await verdict()).toBe('revoked')
    expect(state?.failure).toBeUndefined()
    expect(verifier.status()[0]?.isPushed).toBe(false)
    expect(alarms).toEqual([])
  })

  it('a stream that there is not is asked for again, ever later, until there is one [PS-03]', async () => {
    site.answer = (response) => response.writeHead(404).end()
    await start()
    await expect.poll(() => site.asked.length, { timeout: 6_000 }).toBe(3)
    const [first = 0, second = 0, third = 0] = site.asked

    expect(second - first).toBeGreaterThan(900)
    expect(third - second).toBeGreaterThan(1_900)
    site.answer = (response) => site.begin(response)
    await expect.poll(() => verifier.status()[0]?.isPushed, { timeout: 8_000 }).toBe(true)
  }, 20_000)

  it('a look that is asked for while a push is taken in is one of its own', async () => {
    await startListening()
    const { serve, requests } = site
    site.serve = (path, response) => {
      if (!path.includes('/changes/')) return serve.call(site, path, response)
      setTimeout(() => serve.call(site, path, response), 200)
    }
    await revoke()
    site.send(site.event({ ...site.pushed(), changes: {} }))
    await new Promise((resolve) => setTimeout(resolve, 100))
    requests.length = 0
    await verifier.sync()

    expect(requests).toContain(headUrl(site.world.site.base))
  })

  it('of many pushes in a row ten a second are taken in', async () => {
    await startListening()
    const { requests } = site
    const before = performance.now()
    requests.length = 0
    for (let i = 0; i < 50; i++) {
      site.world.site.set('revocation', 100 + i)
      await site.publish()
      site.send(site.event({ ...site.pushed(), changes: {} }))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await expect.poll(() => verifier.status()[0]?.asOf).toBe(site.world.now)
    const looks = requests.filter((url) => url.includes('/changes/'))

    expect(looks.length).toBeLessThanOrEqual((performance.now() - before) / PUSH_PAUSE_MS + 1)
  })

  it('of many pushes at once there is one look at a time', async () => {
    await startListening()
    let looking = 0
    let most = 0
    const { serve } = site
    site.serve = (path, response) => {
      if (!path.includes('/changes/')) return serve.call(site, path, response)
      most = Math.max(most, ++looking)
      setTimeout(() => {
        looking--
        serve.call(site, path, response)
      }, 20)
    }
    for (let i = 0; i < 10; i++) {
      site.world.site.set('revocation', 100 + i)
      await site.publish()
      site.send(site.event({ ...site.pushed(), changes: {} }))
      void verifier.sync()
    }

    await expect.poll(() => verifier.status()[0]?.asOf).toBe(site.world.now)
    expect(most).toBe(1)
  })
})

it('changes that were pushed are looked for where they were said to lie, and nowhere else', async () => {
  await startListening()
  await revoke()
  const url = changesUrl(site.world.site.base, changesSliceOf(site.world.now))
  const slice = site.world.site.documents.get(url) ?? ''
  site.send(site.event({ ...site.pushed(), changes: { '../head': slice, '-1': slice, x: slice } }))

  await expect.poll(verdict).toBe('revoked')
  expect(alarms).toEqual([])
})
