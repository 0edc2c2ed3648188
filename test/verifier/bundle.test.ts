import { beforeEach, describe, expect, it } from 'vitest'
import type { Fetch } from '../../src/core/clock.ts'
import type { Json } from '../../src/core/json.ts'
import type { Did } from '../../src/model/did.ts'
import type { Signer } from '../../src/model/signer.ts'
import { signCompactJws } from '../../src/securing/vc-jose/sign.ts'
import { openBundle } from '../../src/verifier/bundle.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierAlarm } from '../../src/verifier/verifier-alarm.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { documentOf, statusService } from '../helpers/did-documents.ts'
import { AUDIENCE, codeOf, makePerson, makeWebPerson, type Person, World } from '../helpers/world.ts'

const PRESENTED = 2
const AUTHORITY: Did = 'did:web:id.example'
const STATUS: Did = 'did:web:id.example:status'

let world: World
let operator: Person
let alarms: string[]
let asked: number

/** The network of a place that has none. */
const offline: Fetch = async () => {
  asked += 1
  throw new TypeError('there is no network')
}

beforeEach(async () => {
  world = await World.create()
  operator = await makePerson()
  alarms = []
  asked = 0
})

function make(options: Partial<VerifierOptions> = {}): Verifier {
  const onAlarm = ({ kind }: VerifierAlarm) => void alarms.push(kind)
  const common = { audience: AUDIENCE, freshness: { '*': 'sensitive' }, clock: world.clock, onAlarm } as const
  return createVerifier({ ...common, trust: [world.trust], fetch: world.site.fetch, ...options })
}

/** What a verifier with a network exports now. */
async function exported(options: Partial<VerifierOptions> = {}): Promise<string> {
  const verifier = make(options)
  await verifier.sync()
  return verifier.exportBundle(operator.signer)
}

/** A verifier behind an air gap. */
const isolated = (options: Partial<VerifierOptions> = {}) => make({ fetch: offline, ...options })

const did = () => ({ did: operator.did })

async function verdict(verifier: Verifier): Promise<string> {
  return codeOf(await verifier.verify(await world.present(await world.agentChain()), { action: 'mail.read' }))
}

async function later(ms: number): Promise<void> {
  world.now += ms
  await world.site.publish()
}

describe('a bundle', () => {
  it('lets a verifier without a network decide, and without it nothing is accepted', async () => {
    const verifier = isolated()
    expect(await verdict(verifier)).toBe('status_unavailable')
    const { authorities, ...about } = {
      authorities: [],
      ...(await verifier.importBundle(await exported(), did())),
    }

    expect(about).toEqual({ verified: true, signer: operator.did, exportedAt: world.now })
    expect(authorities).toMatchObject([{ authority: world.authority.did, lists: 2, asOf: world.now }])
    expect(await verdict(verifier)).toBe('verified')
    expect(asked).toBe(0)
  })

  it('brings revocations, and takes none away', async () => {
    const before = await exported()
    world.site.set('revocation', PRESENTED)
    await later(1000)
    const verifier = isolated()
    await verifier.importBundle(await exported(), did())
    expect(await verdict(verifier)).toBe('revoked')

    expect(await verifier.importBundle(before, did())).toMatchObject({
      authorities: [{ lists: 2, failure: { code: 'status_rollback', dimension: 'seq' } }],
    })
    expect(await verdict(verifier)).toBe('revoked')
    expect(alarms).toEqual([])
  })

  it('is as old as the head in it, whenever it is taken in', async () => {
    const bundle = await exported()
    world.now += 310_000
    const verifier = isolated()
    await verifier.importBundle(bundle, did())

    expect(await verdict(verifier)).toBe('status_stale')
  })

  it('is evidence when its head and the one held cannot both be', async () => {
    await later(1000)
    const verifier = isolated()
    await verifier.importBundle(await exported(), did())
    world.site.rewind()
    world.site.set('suspension', 77)
    await later(1000)

    expect(await verifier.importBundle(await exported(), did())).toMatchObject({
      authorities: [{ failure: { code: 'status_rollback', dimension: 'head' } }],
    })
    expect(alarms).toEqual(['head_conflict'])
  })

  it('goes on where there is a network again', async () => {
    const verifier = make()
    await verifier.importBundle(await exported(), did())
    world.site.requests.length = 0
    await later(1000)

    expect(await verifier.sync()).toMatchObject([{ lists: 2, syncedAt: world.now }])
    expect(world.site.requests).toEqual([world.trust.head])
  })

  it('is kept over a restart', async () => {
    const saved = new Map<string, Uint8Array>()
    const statusStore = {
      load: (authority: string) => saved.get(authority),
      save: (authority: string, status: Uint8Array) => void saved.set(authority, status),
    }
    await isolated({ statusStore }).importBundle(await exported(), did())
    const verifier = isolated({ statusStore })
    await verifier.sync()

    expect(await verdict(verifier)).toBe('verified')
  })

  it('changes nobody who is trusted', async () => {
    const other = await makePerson()
    const verifier = isolated({ trust: [{ ...world.trust, authority: other.did }] })

    expect(await verifier.importBundle(await exported(), did())).toMatchObject({
      authorities: [{ authority: world.authority.did, lists: 0, failure: { code: 'untrusted_authority' } }],
    })
    expect(await verdict(verifier)).toBe('untrusted_authority')
  })

  it('counts of an authority only with the status issuer and the place that are trusted', async () => {
    const other = { ...world.trust, statusIssuer: world.owner.did }
    const elsewhere = { ...world.trust, head: `${world.site.base}/other/head` }
    for (const trust of [other, elsewhere])
      expect(await isolated({ trust: [trust] }).importBundle(await exported(), did())).toMatchObject({
        authorities: [{ lists: 0, failure: { code: 'status_invalid' } }],
      })
  })

  it('cannot be made of nothing, or by a key without a DID', async () => {
    await expect(make().exportBundle(operator.signer)).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
    const verifier = make()
    await verifier.sync()
    await expect(
      verifier.exportBundle({ ...operator.signer, keyId: 'key-1' as Signer['keyId'] }),
    ).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
    const broken = { ...operator.signer, sign: async () => new Uint8Array(64) }
    await expect(verifier.exportBundle(broken)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
  })
})

describe('a bundle is refused', () => {
  it('by somebody else than who has to have signed it', async () => {
    const bundle = await exported()
    const verifier = isolated()

    expect(await verifier.importBundle(bundle, { did: world.owner.did })).toMatchObject({
      refusal: { code: 'key_not_authorized', dimension: 'kid' },
    })
    expect(verifier.status()).toMatchObject([{ lists: 0 }])
    await expect(verifier.importBundle(bundle, { did: 'operator' })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it('when anything of it was changed', async () => {
    const bundle = await exported()
    const at = bundle.indexOf('.') + 400
    const changed = `${bundle.slice(0, at)}${bundle[at] === 'A' ? 'B' : 'A'}${bundle.slice(at + 1)}`

    expect(await isolated().importBundle(changed, did())).toMatchObject({ verified: false })
    expect(await isolated().importBundle(bundle, did())).toMatchObject({ verified: true })
  })

  it('when it is of a time to come', async () => {
    const bundle = await exported()
    world.now -= 60_000

    expect(await isolated().importBundle(bundle, did())).toMatchObject({
      refusal: { code: 'not_yet_valid', dimension: 'iatMs' },
    })
  })

  it.each<[what: string, change: (payload: Readonly<Record<string, Json>>) => object, code: string]>([
    ['another member', () => ({ more: 1 }), 'malformed'],
    ['another issuer', () => ({ iss: 'did:web:id.example' }), 'malformed'],
    ['no time', () => ({ iatMs: 'now' }), 'malformed'],
    ['no authorities', () => ({ authorities: {} }), 'malformed'],
    [
      'an authority twice',
      ({ authorities }) => ({ authorities: [first(authorities), first(authorities)] }),
      'malformed',
    ],
    [
      'trust in somebody else',
      ({ authorities }) => ({ authorities: [{ ...first(authorities), trust: AUTHORITY }] }),
      'malformed',
    ],
    [
      'trust that says what may be granted',
      ({ authorities }) => ({ authorities: [withTrust(first(authorities), { tenants: ['acme'] })] }),
      'malformed',
    ],
  ])('with %s', async (_, change, code) => {
    const [, payload = ''] = (await exported()).split('.')
    const said = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const sign = (changes: object) =>
      signCompactJws({ typ: 'procura-bundle+jwt', payload: { ...said, ...changes }, signer: operator.signer })
    expect(await openBundle(await sign({}), operator.did, world.now)).toMatchObject({ verified: true })

    expect(await openBundle(await sign(change(said)), operator.did, world.now)).toMatchObject({
      refusal: { code },
    })
  })
})

describe('a bundle of an authority on the web', () => {
  let documents: Map<string, object>
  const fetch: Fetch = async (input, init) => {
    const document = documents.get(String(input))
    return document === undefined ? world.site.fetch(input, init) : Response.json(document)
  }

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
  })

  it('brings its documents, and they are as old as they are', async () => {
    const bundle = await exported({ trust: [AUTHORITY], fetch })
    const verifier = isolated({ trust: [AUTHORITY] })
    await verifier.importBundle(bundle, did())
    expect(await verdict(verifier)).toBe('verified')
    expect(asked).toBe(0)
    world.now += 86_400_000

    expect(await isolated({ trust: [AUTHORITY] }).importBundle(bundle, did())).toMatchObject({
      authorities: [{ failure: { code: 'did_unresolvable' } }],
    })
  })

  it('does not put an older document in the place of a younger one', async () => {
    const bundle = await exported({ trust: [AUTHORITY], fetch })
    world.now += 1000
    const next = await makeWebPerson(STATUS)
    documents.set('https://id.example/status/did.json', documentOf(STATUS, [next.signer]))
    const verifier = make({ trust: [AUTHORITY], fetch })
    await verifier.sync()

    expect(await verifier.importBundle(bundle, did())).toMatchObject({
      authorities: [{ lists: 0, failure: { code: 'status_invalid' } }],
    })
  })
})

type Item = Readonly<Record<string, Json>>

function first(authorities: Json | undefined): Item {
  return (authorities as readonly Item[])[0] ?? {}
}

function withTrust(item: Item, members: object): object {
  return { ...item, trust: { ...(item.trust as object), ...members } }
}
