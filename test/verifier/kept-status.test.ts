import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Fetch } from '../../src/core/clock.ts'
import type { Did } from '../../src/model/did.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { parseKeptStatus } from '../../src/verifier/kept-status.ts'
import type { StatusStore } from '../../src/verifier/ports.ts'
import type { VerifierAlarm } from '../../src/verifier/verifier-alarm.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { documentOf, statusService } from '../helpers/did-documents.ts'
import { AUDIENCE, codeOf, makeWebPerson, World } from '../helpers/world.ts'

const PRESENTED = 2
const AUTHORITY: Did = 'did:web:id.example'
const STATUS: Did = 'did:web:id.example:status'

let world: World
let saved: Map<string, Uint8Array>
let saves: number
let store: StatusStore
let alarms: VerifierAlarm[]

beforeEach(async () => {
  world = await World.create()
  saved = new Map()
  saves = 0
  store = {
    load: (authority) => saved.get(authority),
    save: (authority, status) => {
      saves += 1
      saved.set(authority, status)
    },
  }
  alarms = []
})

/** A verifier as it starts: it knows what the store has, and nothing else. */
function restarted(options: Partial<VerifierOptions> = {}): Verifier {
  const { trust, clock, site } = world
  const common = { audience: AUDIENCE, trust: [trust], freshness: { '*': 'sensitive' }, clock } as const
  const onAlarm = (alarm: VerifierAlarm) => void alarms.push(alarm)
  return createVerifier({ ...common, fetch: site.fetch, statusStore: store, onAlarm, ...options })
}

async function verdict(verifier: Verifier): Promise<string> {
  return codeOf(await verifier.verify(await world.present(await world.agentChain()), { action: 'mail.read' }))
}

async function later(ms: number): Promise<void> {
  world.now += ms
  await world.site.publish()
}

const kinds = () => alarms.map(({ kind }) => kind)
const held = () => saved.get(world.authority.did) ?? new Uint8Array()

describe('a verifier that starts while the issuer is down', () => {
  beforeEach(async () => {
    await restarted().sync()
    world.site.reachable = false
  })

  it('goes on from what was kept, and knows nothing without it [S3]', async () => {
    const verifier = restarted()
    expect(await verifier.sync()).toMatchObject([
      { lists: 2, asOf: world.now, failure: { cause: 'unreachable' } },
    ])
    expect(await verdict(verifier)).toBe('verified')

    const forgetful = restarted({ statusStore: { load: () => undefined, save: () => undefined } })
    await forgetful.sync()
    expect(await verdict(forgetful)).toBe('status_unavailable')
  })

  it('goes on for as long as the freshness allows, and no longer', async () => {
    world.now += 290_000
    const verifier = restarted()
    await verifier.sync()
    expect(await verdict(verifier)).toBe('verified')
    world.now += 20_000

    expect(await verdict(verifier)).toBe('status_stale')
  })

  it('takes nothing that lies elsewhere, or that another status issuer signed', async () => {
    const other = { ...world.trust, statusIssuer: world.owner.did }
    const elsewhere = { ...world.trust, head: `${world.site.base}/other/head` }
    for (const trust of [other, elsewhere]) {
      const verifier = restarted({ trust: [trust] })
      await verifier.sync()
      expect(await verdict(verifier)).not.toBe('verified')
    }

    expect(alarms.filter(({ kind }) => kind === 'kept_status_refused')).toMatchObject([
      { failure: { code: 'status_invalid' } },
      { failure: { code: 'status_invalid', dimension: 'source' } },
    ])
  })
})

describe('what a verifier that starts has seen before', () => {
  it('has what the emergency list names, and is nothing without that list [EL-01]', async () => {
    const begin = restarted()
    await begin.sync()
    expect(await verdict(begin)).toBe('verified')
    await world.site.declare(world.authority, { owners: [world.owner.did] })
    await later(10_000)
    await begin.sync()
    world.site.reachable = false

    const verifier = restarted()
    await verifier.sync()
    expect(await verdict(verifier)).toBe('revoked')

    const text = new TextDecoder().decode(held())
    const { status, ...more } = JSON.parse(text.slice(44))
    const json = JSON.stringify({ ...more, status: { ...status, emergency: null } })
    const digest = createHash('sha256').update(json).digest('base64url')
    saved.set(world.authority.did, new TextEncoder().encode(`${digest}\n${json}`))
    const without = restarted()
    await without.sync()
    expect(await verdict(without)).toBe('status_unavailable')
    const refused = alarms.filter(({ kind }) => kind === 'kept_status_refused')
    expect(refused).toMatchObject([{ failure: { code: 'status_invalid', dimension: 'emergency' } }])
  })

  it('is newer than an older head, which is refused [SL-14, L4]', async () => {
    const first = new Map(world.site.documents)
    world.site.set('revocation', PRESENTED)
    await later(1000)
    await restarted().sync()
    for (const [url, document] of first) world.site.documents.set(url, document)

    const verifier = restarted()
    expect(await verifier.sync()).toMatchObject([{ failure: { code: 'status_rollback', dimension: 'seq' } }])
    expect(await verdict(verifier)).toBe('revoked')
    const forgetful = restarted({ statusStore: { load: () => undefined, save: () => undefined } })
    await forgetful.sync()
    expect(await verdict(forgetful)).toBe('verified')
  })

  it('is evidence against another head of the same number', async () => {
    await later(1000)
    await restarted().sync()
    world.site.rewind()
    await later(1000)
    await restarted().sync()

    expect(kinds()).toEqual(['head_conflict'])
  })

  it('has revocations that were taken back since, and they stay in force', async () => {
    world.site.set('revocation', PRESENTED)
    await later(1000)
    const verifier = restarted()
    await verifier.sync()
    world.site.forgetChanges()
    world.site.set('revocation', PRESENTED, false)
    await later(10_000)
    world.site.forgetChanges()
    await verifier.sync()
    expect(kinds()).toEqual(['revocation_cleared'])

    for (const _ of ['once', 'twice']) {
      const again = restarted()
      await again.sync()
      expect(await verdict(again)).toBe('revoked')
      await later(10_000)
    }
  })

  it('is forgotten with the key that said it, when that left the document meanwhile', async () => {
    const next = await makeWebPerson(STATUS)
    const cast = { authority: await makeWebPerson(AUTHORITY), statusIssuer: await makeWebPerson(STATUS) }
    world = await World.create('Ed25519', cast)
    const documents = new Map([
      ['https://id.example/.well-known/did.json', documentOf(AUTHORITY, [cast.authority.signer])],
      ['https://id.example/status/did.json', documentOf(STATUS, [cast.statusIssuer.signer])],
    ])
    const fetch = withDocuments(documents)
    await restarted({ fetch }).sync()
    documents.set('https://id.example/status/did.json', documentOf(STATUS, [next.signer]))
    world.now += 3_600_000
    const verifier = restarted({ fetch })
    expect(await verifier.sync()).toMatchObject([{ lists: 2 }])

    expect(await verifier.sync()).toMatchObject([{ lists: 0, failure: { code: 'status_invalid' } }])
  })

  it('is not known while the clock is behind it, and nothing else is believed then', async () => {
    await restarted().sync()
    world.now -= 3_600_000
    const verifier = restarted()

    expect(await verifier.sync()).toMatchObject([{ failure: { code: 'status_invalid', dimension: 'iatMs' } }])
    world.now += 3_600_000
    expect(await verifier.sync()).toMatchObject([{ lists: 2, syncedAt: world.now }])
    expect(alarms.filter(({ kind }) => kind === 'kept_status_refused')).toEqual([])
  })
})

function withDocuments(documents: ReadonlyMap<string, object>): Fetch {
  return async (input, init) => {
    const document = documents.get(String(input))
    return document === undefined ? world.site.fetch(input, init) : Response.json(document)
  }
}

describe('documents of the web', () => {
  let documents: Map<string, object>

  beforeEach(async () => {
    const cast = { authority: await makeWebPerson(AUTHORITY), statusIssuer: await makeWebPerson(STATUS) }
    world = await World.create('Ed25519', cast)
    documents = new Map([
      [
        'https://id.example/.well-known/did.json',
        documentOf(AUTHORITY, [cast.authority.signer], [statusService(world.trust)]),
      ],
      ['https://id.example/status/did.json', documentOf(STATUS, [cast.statusIssuer.signer])],
    ])
    await restarted({ trust: [AUTHORITY], fetch: withDocuments(documents) }).sync()
    world.site.reachable = false
    documents.clear()
  })

  it('are kept, as is what they lead to', async () => {
    const verifier = restarted({ trust: [AUTHORITY] })
    await verifier.sync()

    expect(await verdict(verifier)).toBe('verified')
  })

  it('are not younger for being kept', async () => {
    world.now += 86_400_000
    const verifier = restarted({ trust: [AUTHORITY] })

    expect(await verifier.sync()).toMatchObject([{ lists: 0, failure: { code: 'did_unresolvable' } }])
  })

  it('are read for the authority and its status issuer only', async () => {
    const parsed = parseKeptStatus(saved.get(AUTHORITY) ?? new Uint8Array(), AUTHORITY)
    const dids = parsed.verified ? parsed.value.documents.map(({ did }) => did) : []

    expect(dids).toEqual([AUTHORITY, STATUS])
    expect(parseKeptStatus(saved.get(AUTHORITY) ?? new Uint8Array(), STATUS)).toMatchObject({
      refusal: { code: 'status_invalid', dimension: 'authority' },
    })
  })
})

describe('saving', () => {
  it('waits for a later head, and for a few seconds', async () => {
    const verifier = restarted()
    await verifier.sync()
    await verifier.sync()
    expect(saves).toBe(1)
    await later(1000)
    await verifier.sync()
    expect(saves).toBe(1)
    await later(5000)
    await verifier.sync()

    expect(saves).toBe(2)
  })

  it('is tried again after it failed, and the verifier goes on meanwhile', async () => {
    const { save } = store
    store = { ...store, save: () => Promise.reject(new Error('the disk is full')) }
    const verifier = restarted({ statusStore: { load: store.load, save: (...args) => store.save(...args) } })
    await verifier.sync()
    expect(await verdict(verifier)).toBe('verified')
    expect(alarms).toMatchObject([{ kind: 'store_failed', store: 'status' }])
    store = { ...store, save }
    world.now += 5000
    await verifier.sync()

    expect(saves).toBe(1)
  })

  it('does not replace what could not be read', async () => {
    await restarted().sync()
    const failing = () => Promise.reject(new Error('the disk is gone'))
    const verifier = restarted({ statusStore: { ...store, load: failing } })
    await later(6000)
    await verifier.sync()

    expect(await verdict(verifier)).toBe('verified')
    expect(kinds()).toEqual(['store_failed'])
    expect(saves).toBe(1)
  })
})

describe('what a store has that was not written whole', () => {
  beforeEach(async () => {
    await restarted().sync()
  })

  it.each<[what: string, change: (bytes: Uint8Array) => Uint8Array, dimension: string]>([
    ['cut off', (bytes) => bytes.slice(0, -1), 'digest'],
    ['empty', () => new Uint8Array(), 'digest'],
    ['one bit of it another', (bytes) => bytes.map((byte, at) => (at === 400 ? byte ^ 1 : byte)), 'digest'],
    ['no text', (bytes) => bytes.map(() => 255), 'digest'],
  ])('is told and left aside: %s', async (_, change, dimension) => {
    saved.set(world.authority.did, change(held()))
    const verifier = restarted()
    await verifier.sync()

    expect(alarms).toMatchObject([
      { kind: 'kept_status_refused', failure: { code: 'status_invalid', dimension } },
    ])
    expect(await verdict(verifier)).toBe('verified')
    world.site.reachable = false
    alarms = []
    expect(await restarted().sync()).toMatchObject([{ lists: 2 }])
  })

  it('is refused as no store when it cannot be asked', () => {
    expect(() => restarted({ statusStore: {} as StatusStore })).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }),
    )
  })
})
