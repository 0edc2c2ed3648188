import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { SyncAlarms } from '../../src/verifier/sync-alarms.ts'
import type { SyncState } from '../../src/verifier/sync-state.ts'
import type { VerifierAlarm } from '../../src/verifier/verifier-alarm.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { settled } from '../helpers/manual-timers.ts'
import { AUDIENCE, makeWebPerson, World } from '../helpers/world.ts'

const READ = { action: 'mail.read' }
const NAMED = 'did:web:id.example'

let world: World
let verifier: Verifier
let alarms: VerifierAlarm[]

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
    onAlarm: (alarm) => alarms.push(alarm),
    ...options,
  })
}

/** Looks once, and waits until everybody is told. */
async function look(): Promise<SyncState | undefined> {
  const [state] = await verifier.sync()
  await settled()
  return state
}

async function verdict() {
  return verifier.verify(await world.present(await world.agentChain()), READ)
}

describe('status that cannot be had', () => {
  it('is told with the authority, the document and the cause, and the state says the same', async () => {
    world.site.reachable = false
    const state = await look()
    const { did: authority } = world.authority
    const failure = {
      code: 'status_unavailable',
      dimension: 'fetch',
      url: world.trust.head,
      cause: 'unreachable',
    }

    expect(alarms).toEqual([{ kind: 'status_failing', authority, failure }])
    expect(state).toMatchObject({ authority, failure })
    expect(verifier.status()).toEqual([state])
  })

  it('is not told while all is well', async () => {
    expect((await look())?.failure).toBeUndefined()
    expect(alarms).toEqual([])
  })

  it('is told by start, which goes on in the background until it can be had again', async () => {
    world.site.reachable = false
    verifier = make({ pollSeconds: 0.02 })
    await verifier.start()
    await expect.poll(() => world.site.requests.length).toBeGreaterThan(4)
    world.site.reachable = true

    await expect.poll(() => alarms.map(({ kind }) => kind)).toEqual(['status_failing', 'status_restored'])
    expect(verifier.status()[0]?.failure).toBeUndefined()
  })

  it('is told once for each time that it begins, however often it is looked for', async () => {
    await look()
    for (const reachable of [false, false, true, true, false]) {
      world.site.reachable = reachable
      await look()
    }

    expect(alarms.map(({ kind }) => kind)).toEqual(['status_failing', 'status_restored', 'status_failing'])
  })

  it('names a list that is missing, with the status of the answer', async () => {
    await look()
    world.now += 1000
    world.site.set('revocation', 2)
    await world.site.publish()
    const url = `${world.site.base}/r1/${world.now}.jwt`
    world.site.documents.delete(url)
    world.site.forgetChanges()
    await look()

    expect(alarms).toMatchObject([{ kind: 'status_failing', failure: { url, cause: 'http_404' } }])
  })

  it('names the document of an authority on the web', async () => {
    verifier = make({ trust: [NAMED] })
    const url = 'https://id.example/.well-known/did.json'
    const failure = { code: 'did_unresolvable', dimension: 'http_status', url, cause: 'http_404' }

    expect(await look()).toMatchObject({ failure })
    expect(alarms).toEqual([{ kind: 'status_failing', authority: NAMED, failure }])
  })
})

describe('status that cannot be believed', () => {
  it('is told with the document that was had, and without a cause why it was not', async () => {
    world.site.documents.set(world.trust.head, '<html>Welcome to this hotel</html>')
    await look()
    const [alarm] = alarms

    expect(alarm).toMatchObject({ failure: { code: 'status_invalid', url: world.trust.head } })
    expect(alarm).not.toHaveProperty('failure.cause')
  })

  it('is not told of an older head, since a cache may be the cause; the state says it', async () => {
    const old = world.site.documents.get(world.trust.head) ?? ''
    world.now += 1000
    await world.site.publish()
    await look()
    world.site.documents.set(world.trust.head, old)

    expect(await look()).toMatchObject({ failure: { code: 'status_rollback', url: world.trust.head } })
    expect(alarms).toEqual([])
  })
})

describe('status that stands still', () => {
  const LATE_MS = 3 * 10_000 + 30_000 // three heartbeats, and what clocks may differ

  it('is told as soon as its head is late, and when there is a newer one', async () => {
    await look()
    world.now += LATE_MS
    await look()
    expect(alarms).toEqual([])
    world.now += 1
    expect((await look())?.failure).toBeUndefined()
    await look()
    expect(alarms).toEqual([
      {
        kind: 'status_failing',
        authority: world.authority.did,
        failure: { code: 'status_stale', dimension: 'heartbeat' },
      },
    ])
    await world.site.publish()
    await look()

    expect(alarms.map(({ kind }) => kind)).toEqual(['status_failing', 'status_restored'])
  })

  it('at an older head than the one held is told as soon as that one is late', async () => {
    const old = world.site.documents.get(world.trust.head) ?? ''
    world.now += 1000
    await world.site.publish()
    await look()
    world.site.documents.set(world.trust.head, old)
    world.now += LATE_MS
    await look()
    expect(alarms).toEqual([])
    world.now += 1
    await look()

    expect(alarms).toMatchObject([{ kind: 'status_failing', failure: { code: 'status_rollback' } }])
  })
})

describe('alarms of authorities that are replaced', () => {
  const failure = { code: 'status_unavailable' } as const

  it('begin anew with the next one of that name', () => {
    const told: string[] = []
    const sync = new SyncAlarms(({ kind }) => told.push(kind))
    sync.read({ authority: NAMED, lists: 0, failure }, world.now)
    sync.read({ authority: NAMED, lists: 0, failure }, world.now)
    sync.forget(NAMED)
    sync.read({ authority: NAMED, lists: 0, failure }, world.now)

    expect(told).toEqual(['status_failing', 'status_failing'])
  })

  it('are not raised for a look that ends after its authority has gone', async () => {
    world.site.reachable = false
    const looking = verifier.sync()
    await settled()
    verifier.setTrust([])
    await looking
    await settled()

    expect(verifier.status()).toEqual([])
    expect(alarms.length).toBeLessThanOrEqual(1)
  })
})

describe('a verifier that nobody started', () => {
  it('says so in each refusal and in its state, and asks for nothing', async () => {
    const failure = { code: 'status_unavailable', dimension: 'not_started' }
    await verdict()

    expect(await verdict()).toMatchObject({ refusal: { ...failure, link: 0, retryable: true } })
    expect(verifier.status()).toEqual([{ authority: world.authority.did, lists: 0, failure }])
    expect(world.site.requests).toEqual([])
  })

  it('says so of an authority that is trusted by name', async () => {
    const web = await World.create('Ed25519', { authority: await makeWebPerson(NAMED) })
    verifier = make({ trust: [NAMED] })
    const request = await web.present(await web.agentChain())

    expect(await verifier.verify(request, READ)).toMatchObject({
      refusal: { code: 'did_unresolvable', dimension: 'not_started' },
    })
  })

  it.each(['start', 'sync'] as const)(
    'does not say so once %s was called, with or without success',
    async (method) => {
      world.site.reachable = false
      const starting = verifier[method]()
      expect(verifier.status()[0]?.failure).toBeUndefined()
      expect(await verdict()).not.toHaveProperty('refusal.dimension')
      await starting

      expect(await verdict()).toMatchObject({ refusal: { code: 'status_unavailable', link: 0 } })
      expect(await verdict()).not.toHaveProperty('refusal.dimension')
    },
  )

  it('accepts as soon as it is started', async () => {
    await verifier.start()

    expect(await verdict()).toMatchObject({ verified: true })
  })
})
