import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fetch } from '../../src/core/clock.ts'
import { DOCUMENT_FRESH_MS, DOCUMENT_STALE_MS } from '../../src/did/followed-documents.ts'
import type { Did } from '../../src/model/did.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { documentOf, statusService } from '../helpers/did-documents.ts'
import { startServer } from '../helpers/recording-server.ts'
import { StatusSite } from '../helpers/status-site.ts'
import { AUDIENCE, codeOf, makeWebPerson, type Person, World } from '../helpers/world.ts'

const AUTHORITY: Did = 'did:web:id.example'
const STATUS: Did = 'did:web:id.example:status'
const DID_URL = 'https://id.example/.well-known/did.json'
const STATUS_URL = 'https://id.example/status/did.json'

let world: World
let verifier: Verifier
/** DID documents by URL, and every URL of one that was asked for. */
let documents: Map<string, object>
let asked: string[]

/** Serves the documents; the status is the site's. */
const fetch: Fetch = async (input, init) => {
  const url = String(input)
  if (!url.endsWith('did.json')) return world.site.fetch(input, init)
  asked.push(url)
  const document = documents.get(url)
  return document === undefined ? new Response('', { status: 404 }) : Response.json(document)
}

function make(options: Partial<VerifierOptions> = {}): Verifier {
  return createVerifier({
    audience: AUDIENCE,
    trust: [AUTHORITY],
    freshness: { '*': 'sensitive' },
    fetch,
    clock: world.clock,
    ...options,
  })
}

beforeEach(async () => {
  const cast = { authority: await makeWebPerson(AUTHORITY), statusIssuer: await makeWebPerson(STATUS) }
  world = await World.create('Ed25519', cast)
  documents = new Map([
    [DID_URL, documentOf(AUTHORITY, [cast.authority.signer], [statusService(world.trust)])],
    [STATUS_URL, documentOf(STATUS, [cast.statusIssuer.signer])],
  ])
  asked = []
  verifier = make()
})

afterEach(() => verifier.close())

async function verdict(chain?: readonly string[]): Promise<string> {
  const request = await world.present(chain ?? (await world.agentChain()))
  const answer = await verifier.verify(request, { action: 'mail.read' })
  const code = codeOf(answer)
  return answer.verified || answer.refusal.dimension === undefined
    ? code
    : `${code} ${answer.refusal.dimension}`
}

/** Signs lists and head anew, so that the status is not what refuses. */
async function later(ms: number): Promise<void> {
  world.now += ms
  world.site.set('revocation', 77)
  world.site.set('suspension', 77)
  await world.site.publish()
}

describe('an authority that is trusted by name', () => {
  it('is completed from its DID document, and its chains verify', async () => {
    expect(await verifier.sync()).toMatchObject([{ authority: AUTHORITY, lists: 2, syncedAt: world.now }])
    expect(await verdict()).toBe('verified')
    expect(asked).toEqual([DID_URL, STATUS_URL])
  })

  it('is unresolvable until its document was fetched, and by verifying it never is', async () => {
    expect(await verdict()).toBe('did_unresolvable not_started')
    expect(asked).toEqual([])
    await verifier.sync()
    expect(await verdict()).toBe('verified')
    const before = asked.length
    await verdict()

    expect(asked).toHaveLength(before)
  })

  it('says why its document cannot be had', async () => {
    documents.delete(DID_URL)
    const [state] = await verifier.sync()

    expect(state).toMatchObject({ failure: { code: 'did_unresolvable', dimension: 'http_status' } })
    expect(await verdict()).toBe('did_unresolvable http_status')
  })

  it.each<[what: string, services: (world: World) => readonly object[], refusal: string]>([
    ['names nobody who signs its status', () => [], 'did_unresolvable service'],
    [
      'names a status issuer of another host',
      ({ trust }) => [statusService({ ...trust, statusIssuer: 'did:web:evil.example' })],
      'status_invalid service',
    ],
    [
      'names another status issuer than link 0',
      ({ trust }) => [statusService({ ...trust, statusIssuer: 'did:web:id.example:other' })],
      'status_invalid status.issuer',
    ],
    [
      'names other places than those of the lists',
      ({ trust }) => [
        statusService({
          ...trust,
          statusOrigins: ['https://id.example/b/'],
          head: 'https://id.example/b/head',
        }),
      ],
      'status_unavailable list',
    ],
  ])('is refused when its document %s', async (_what, services, refusal) => {
    documents.set(DID_URL, documentOf(AUTHORITY, [world.authority.signer], services(world)))
    await verifier.sync()

    expect((await verdict()).split(' ')[0]).toBe(refusal.split(' ')[0])
    expect(asked).not.toContain('https://evil.example/.well-known/did.json')
  })

  it('keeps to the tenants that its document names', async () => {
    const service = statusService({ ...world.trust, tenants: ['globex'] })
    documents.set(DID_URL, documentOf(AUTHORITY, [world.authority.signer], [service]))
    await verifier.sync()

    expect(await verdict()).toBe('tenant_mismatch')
  })
})

describe('the keys of a did:web authority', () => {
  let next: Person

  beforeEach(async () => {
    next = await makeWebPerson(AUTHORITY, 'key-2')
    await verifier.sync()
  })

  const publish = (...people: readonly Person[]) =>
    documents.set(
      DID_URL,
      documentOf(
        AUTHORITY,
        people.map(({ signer }) => signer),
        [statusService(world.trust)],
      ),
    )

  it('verify no longer once they have left the document and it was fetched again', async () => {
    const chain = await world.agentChain()
    expect(await verdict(chain)).toBe('verified')
    publish(next)
    await later(DOCUMENT_FRESH_MS - 1)
    await verifier.sync()
    expect(await verdict(chain)).toBe('verified')
    await later(1)
    await verifier.sync()

    expect(await verdict(chain)).toBe('key_not_authorized assertionMethod')
  })

  it('verify soon after they have entered the document, because a chain names them', async () => {
    publish(world.authority, next)
    const owner = await world.sign(world.ownerCredential(), next.signer)
    const [, agent] = await world.agentChain()
    await later(60_000)
    await verifier.sync()
    expect(await verdict([owner, agent])).toBe('key_not_authorized assertionMethod')

    await expect.poll(() => verdict([owner, agent])).toBe('verified')
    expect(asked.filter((url) => url === DID_URL)).toHaveLength(2)
  })

  it('are asked for once a minute at most, whatever chains name', async () => {
    const owner = await world.sign(world.ownerCredential(), next.signer)
    const [, agent] = await world.agentChain()
    for (let i = 0; i < 20; i++) await verdict([owner, agent])

    expect(asked).toHaveLength(2)
  })

  it('are believed for a day when the document cannot be fetched', async () => {
    documents.clear()
    await later(DOCUMENT_STALE_MS - 1)
    await verifier.sync()
    expect(await verdict()).toBe('verified')
    await later(1)
    await verifier.sync()

    expect(await verdict()).toBe('did_unresolvable http_status')
  })

  it('verify nothing that another key signed in their name', async () => {
    const forged = { ...next.signer, keyId: `${AUTHORITY}#key-1` } as const
    const [, agent] = await world.agentChain()

    expect(await verdict([await world.sign(world.ownerCredential(), forged), agent])).toBe(
      'signature_invalid',
    )
  })
})

describe('the keys of a did:web status issuer', () => {
  it('take with them what they said: a thief of one neither revokes nor blocks the head any more [SL-14]', async () => {
    await verifier.sync()
    const chain = await world.agentChain()
    const honest = new Map(world.site.documents)
    world.now += 1_000
    world.site.set('revocation', 2)
    world.site.skip(1_000_000)
    await world.site.publish()
    await verifier.sync()
    expect(await verdict(chain)).toBe('revoked')
    const next = await makeWebPerson(STATUS, 'key-2')
    const site = new StatusSite(world.site.base, next.did, next.signer, world.clock)
    documents.set(STATUS_URL, documentOf(STATUS, [next.signer]))
    world.now += DOCUMENT_FRESH_MS
    await site.publish()
    world.site.documents.clear()
    for (const [url, text] of [...honest, ...site.documents]) world.site.documents.set(url, text)
    await verifier.sync()
    await verifier.sync()

    expect(verifier.status()).toMatchObject([{ lists: 2, asOf: world.now, syncedAt: world.now }])
    expect(await verdict(chain)).toBe('verified')
  })
})

describe('a full trust entry with a did:web authority', () => {
  it('works, with or without a service in the document', async () => {
    verifier = make({ trust: [world.trust] })
    await verifier.sync()
    expect(await verdict()).toBe('verified')
    documents.set(DID_URL, documentOf(AUTHORITY, [world.authority.signer]))
    verifier = make({ trust: [world.trust] })
    await verifier.sync()

    expect(await verdict()).toBe('verified')
  })

  it('must agree with the document about who signs the status', async () => {
    const service = statusService({ ...world.trust, statusIssuer: 'did:web:id.example:other' })
    documents.set(DID_URL, documentOf(AUTHORITY, [world.authority.signer], [service]))
    verifier = make({ trust: [world.trust] })
    await verifier.sync()

    expect(await verdict()).toBe('status_invalid service')
  })

  it('follows a status issuer of the web for an authority that is a key', async () => {
    const statusIssuer = await makeWebPerson(STATUS)
    world = await World.create('Ed25519', { statusIssuer })
    documents.set(STATUS_URL, documentOf(STATUS, [statusIssuer.signer]))
    verifier = make({ trust: [world.trust] })
    await verifier.sync()

    expect(await verdict()).toBe('verified')
    expect(asked).toEqual([STATUS_URL])
  })
})

describe('a status issuer that changes', () => {
  it('is followed once the document names it, and the old one no more', async () => {
    await verifier.sync()
    const before = world
    const other = await makeWebPerson('did:web:id.example:status2')
    world = await World.create('Ed25519', { authority: before.authority, statusIssuer: other })
    documents.set(DID_URL, documentOf(AUTHORITY, [before.authority.signer], [statusService(world.trust)]))
    documents.set('https://id.example/status2/did.json', documentOf(other.did, [other.signer]))
    before.now += DOCUMENT_FRESH_MS
    await later(DOCUMENT_FRESH_MS)
    await verifier.sync()
    await verifier.sync()

    expect(await verdict()).toBe('verified')
    expect(asked.slice(2)).toEqual([DID_URL, 'https://id.example/status2/did.json'])
  })
})

describe('a did:web authority on loopback', () => {
  it('is reached over real sockets by the default fetch, when it is trusted by exactly that name', async () => {
    const bodies = new Map<string, { type: string; body: string }>()
    const server = await startServer(({ target }) => {
      const found = bodies.get(target)
      if (found !== undefined) return { headers: { 'content-type': found.type }, body: found.body }
      const text = world.site.documents.get(server.origin + target)
      return text === undefined ? { status: 404 } : { body: text }
    })
    const host = `127.0.0.1%3A${new URL(server.origin).port}` as const
    const authority = await makeWebPerson(`did:web:${host}`)
    const statusIssuer = await makeWebPerson(`did:web:${host}:status`)
    world = await World.create('Ed25519', { authority, statusIssuer, base: `${server.origin}/status/acme` })
    const put = (path: string, document: object) =>
      bodies.set(path, { type: 'application/did+json', body: JSON.stringify(document) })
    put('/.well-known/did.json', documentOf(authority.did, [authority.signer], [statusService(world.trust)]))
    put('/status/did.json', documentOf(statusIssuer.did, [statusIssuer.signer]))
    verifier = createVerifier({
      audience: AUDIENCE,
      trust: [authority.did],
      freshness: { '*': 'sensitive' },
      clock: world.clock,
    })
    await verifier.start()

    expect(await verdict()).toBe('verified')
  })
})
