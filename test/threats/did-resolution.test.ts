import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { guardedFetch } from '../../src/core/guarded-fetch/node.ts'
import { findVerificationMethod } from '../../src/did/did-document.ts'
import { fetchDidWeb } from '../../src/did/fetch-did-web.ts'
import type { Did, DidUrl } from '../../src/model/did.ts'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import { documentOf, statusService } from '../helpers/did-documents.ts'
import { acceptedValue, alice, outcomeOf } from '../helpers/signers.ts'
import { AUDIENCE, codeOf, makePerson, makeWebPerson, World } from '../helpers/world.ts'

/** A web server on loopback that counts who connects, whether or not a request follows. */
async function serve(listener: RequestListener): Promise<{ port: number; connections: () => number }> {
  let connections = 0
  const server = createServer(listener)
  server.on('connection', () => {
    connections += 1
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

const JSON_TYPE = { 'content-type': 'application/did+json' }
const didAt = (port: number): Did => `did:web:127.0.0.1%3A${port}`

/** Resolves with the fetch of a service provider who named these hosts and no other. */
function resolve(did: Did, ...configured: readonly string[]): Promise<string> {
  const configuredHosts = new Set(configured)
  const fetch = guardedFetch((host) => configuredHosts.has(host))
  return fetchDidWeb(did, { fetch, clock: Date.now, configuredHosts }).then(outcomeOf)
}

/** Resolves the DID of a server on loopback that the service provider named. */
const resolveAt = (port: number) => resolve(didAt(port), `127.0.0.1:${port}`)

/** Answers with a good document of whatever DID the server has. */
const good: RequestListener = (request, response) => {
  const did = didAt(Number(request.socket.localPort))
  response.writeHead(200, JSON_TYPE).end(JSON.stringify(documentOf(did, [])))
}

describe('a DID that an attacker chose', () => {
  it('is not fetched for a chain, whoever it names: authority, owner or agent [DR-01, DR-02]', async () => {
    const target = await serve(good)
    const world = await World.create()
    const mallory = await makeWebPerson(didAt(target.port))
    const asked: string[] = []
    const verifier = createVerifier({
      audience: AUDIENCE,
      trust: [world.trust],
      freshness: { '*': 'sensitive' },
      clock: world.clock,
      fetch: (input, init) => {
        asked.push(String(input))
        return world.site.fetch(input, init)
      },
    })
    await verifier.sync()
    const [owner, agent] = await world.agentChain()
    const ofAuthority = await world.sign(
      world.agentCredential({ authority: mallory.did }),
      world.owner.signer,
    )
    const byMallory = await world.sign(world.ownerCredential({ issuer: mallory.did }), mallory.signer)
    const ofMallory = { ...world.ownerCredential().subject, id: mallory.did }
    const ownedByMallory = await world.sign(
      world.ownerCredential({ subject: ofMallory }),
      world.authority.signer,
    )
    const signedByMallory = await world.sign(
      world.agentCredential({}, { issuer: mallory.did }),
      mallory.signer,
    )
    const toMallory = await world.sign(world.agentCredential({ id: mallory.did }), world.owner.signer)
    const before = asked.length
    const codes: string[] = []
    for (const chain of [
      [byMallory, ofAuthority],
      [ownedByMallory, signedByMallory],
      [owner, toMallory],
    ]) {
      codes.push(codeOf(await verifier.verify(await world.present(chain), { action: 'mail.read' })))
    }

    expect(codes).toEqual(['untrusted_authority', 'malformed', 'malformed'])
    expect(asked).toHaveLength(before)
    expect(target.connections()).toBe(0)
    expect(codeOf(await verifier.verify(await world.present([owner, agent]), { action: 'mail.read' }))).toBe(
      'verified',
    )
  })

  it.each([
    'did:web:good.example%40127.0.0.1%3APORT',
    'did:web:good.example%40127.0.0.1',
    'did:web:127.0.0.1%3APORT',
    'did:web:localhost%3APORT',
    'did:web:127.1%3APORT',
    'did:web:0x7f.1%3APORT',
    'did:web:2130706433%3APORT',
    'did:web:0177.0.0.1%3APORT',
    'did:web:%5B%3A%3A1%5D%3APORT',
    'did:web:127%2E0%2E0%2E1%3APORT',
    'did:web:169.254.169.254',
    'did:web:metadata.google.internal',
    'did:web:a.example:..:..:admin',
    'did:web:a.example:%2e%2e:admin',
    'did:web:a.example:x%2Fy',
    'did:web:a.example:x%23y',
    'did:web:a.example:x%3Fy',
    'did:web:a.example::admin',
  ])('leads to no connection: %s [DR-01, DR-02, DR-04]', async (text) => {
    const target = await serve(good)
    const did = text.replace('PORT', String(target.port)) as Did

    expect(await resolve(did)).toBe('did_unresolvable did')
    expect(target.connections()).toBe(0)
    expect(await resolveAt(target.port)).toBe('accepted')
    expect(target.connections()).toBe(1)
  })

  it.each([
    'did:web:good.example%40evil.example',
    'did:web:169.254.169.254',
    'did:web:a.example:..:admin',
    'did:constructor:x',
    'did:hasownproperty:x',
  ])('cannot be trusted by mistake: %s [DR-01, DR-02, DR-04, DR-16]', (did) => {
    const create = (trust: string) => () =>
      createVerifier({ audience: AUDIENCE, trust: [trust], freshness: { '*': 'sensitive' } })

    expect(create(did)).toThrow(expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }))
    expect(create('did:web:id.example')).not.toThrow()
  })
})

describe('a host of DID documents', () => {
  it.each([
    ['to another host', 'http://127.0.0.1:OTHER/.well-known/did.json'],
    ['to the same place', '/.well-known/did.json'],
    ['to another path', '/other/did.json'],
  ])('that redirects %s is not followed [DR-05]', async (_what, location) => {
    const other = await serve(good)
    const target = await serve((_request, response) =>
      response.writeHead(302, { location: location.replace('OTHER', String(other.port)) }).end(),
    )

    expect(await resolveAt(target.port)).toBe('did_unresolvable http_status')
    expect([target.connections(), other.connections()]).toEqual([1, 0])
    expect(await resolveAt(other.port)).toBe('accepted')
  })

  it.each<[what: string, listener: RequestListener, dimension: string]>([
    [
      'promises 200 MB',
      (_request, response) => {
        response.writeHead(200, { ...JSON_TYPE, 'content-length': String(200 * 1024 * 1024) })
        pour(response)
      },
      'size',
    ],
    [
      'never ends',
      (_request, response) => {
        response.writeHead(200, JSON_TYPE)
        pour(response)
      },
      'size',
    ],
    [
      'sends a gzip bomb',
      (_request, response) =>
        response
          .writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' })
          .end(gzipSync(Buffer.alloc(64 << 20))),
      'fetch',
    ],
    [
      'sends a page',
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('{}'),
      'media_type',
    ],
    [
      'switches to another protocol',
      ({ socket }) =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n'),
      'fetch',
    ],
  ])('that %s is given up within its bounds [DR-06]', async (_what, listener, dimension) => {
    const target = await serve(listener)
    const before = process.memoryUsage.rss()

    expect(await resolveAt(target.port)).toBe(`did_unresolvable ${dimension}`)
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 << 20)
    expect(await resolveAt((await serve(good)).port)).toBe('accepted')
  })

  it.each<[what: string, listener: RequestListener]>([
    ['says nothing', () => undefined],
    [
      'sends a byte at a time',
      (_request, response) => {
        response.writeHead(200, JSON_TYPE)
        const timer = setInterval(() => response.write(' '), 100)
        response.on('close', () => clearInterval(timer))
      },
    ],
  ])('that %s is given up at the deadline [DR-06]', async (_what, listener) => {
    const target = await serve(listener)
    const started = performance.now()

    expect(await resolveAt(target.port)).toBe('did_unresolvable fetch')
    expect(performance.now() - started).toBeLessThan(4500)
  })
})

/** Writes for as long as somebody reads. */
function pour(response: Parameters<RequestListener>[1]): void {
  const chunk = Buffer.alloc(64 * 1024, 0x20)
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
    response.once('drain', more)
  }
  response.on('error', () => undefined)
  more()
}

describe('a DID document', () => {
  const DID: Did = 'did:web:id.example'
  const key = { ...alice, keyId: `${DID}#key-1` as DidUrl }

  const read = async (document: object) =>
    acceptedValue(
      await fetchDidWeb(DID, {
        fetch: async () => Response.json(document),
        clock: () => 0,
        configuredHosts: new Set(),
      }),
    )

  it('lends nobody the key of another: controller and DID must be one [DR-08]', async () => {
    const good = documentOf(DID, [key]) as { verificationMethod: object[] }
    const foreign = { ...good.verificationMethod[0], controller: 'did:web:evil.example' }
    const lent = await read({ ...good, verificationMethod: [foreign] })
    const kids = [await read(good), lent].map((document) =>
      outcomeOf(findVerificationMethod(document, `${DID}#key-1`, 'assertionMethod')),
    )

    expect(kids).toEqual(['accepted', 'key_not_authorized controller'])
  })

  it('lets a key do only what it is listed for [DR-09]', async () => {
    const document = await read({ ...documentOf(DID, [key]), assertionMethod: [] })
    const uses = (['authentication', 'assertionMethod', 'capabilityDelegation'] as const).map((use) =>
      outcomeOf(findVerificationMethod(document, `${DID}#key-1`, use)),
    )

    expect(uses).toEqual([
      'accepted',
      'key_not_authorized assertionMethod',
      'key_not_authorized capabilityDelegation',
    ])
  })

  it('makes no chain good whose authority signed with a key for signing in only [DR-08, DR-09]', async () => {
    const authority = await makeWebPerson(DID)
    const world = await World.create('Ed25519', { authority, statusIssuer: await makePerson() })
    const whole = documentOf(DID, [authority.signer], [statusService(world.trust)])
    const outcomes: string[] = []
    for (const document of [whole, { ...whole, assertionMethod: [] }]) {
      const verifier = createVerifier({
        audience: AUDIENCE,
        trust: [DID],
        freshness: { '*': 'sensitive' },
        clock: world.clock,
        fetch: async (input, init) =>
          String(input).endsWith('did.json') ? Response.json(document) : world.site.fetch(input, init),
      })
      await verifier.sync()
      outcomes.push(
        codeOf(await verifier.verify(await world.present(await world.agentChain()), { action: 'mail.read' })),
      )
    }

    expect(outcomes).toEqual(['verified', 'key_not_authorized'])
  })
})
