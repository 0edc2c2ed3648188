import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeMultibaseBase58 } from '../../../src/core/multibase.ts'
import { encodeDidKey } from '../../../src/did/did-key.ts'
import { ED25519 } from '../../did/keys.ts'
import { send, startTestService } from '../../helpers/issuer-service.ts'
import { startServer } from '../../helpers/recording-server.ts'

const DID = encodeDidKey(ED25519)
const RSA = `did:key:${encodeMultibaseBase58(Uint8Array.of(0x85, 0x24, ...new Uint8Array(270)))}`
let service: Awaited<ReturnType<typeof startTestService>>

beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

const resolve = (segment: string, init: RequestInit = {}) =>
  send(`${service.url}/1.0/identifiers/${segment}`, init)

describe('GET /1.0/identifiers/{did}', () => {
  it('answers anyone, on any page, with the whole result', async () => {
    const answer = await resolve(encodeURIComponent(DID))

    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/did-resolution'])
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('vary')).toBe('accept')
    expect(answer.json).toMatchObject({
      didResolutionMetadata: { contentType: 'application/did' },
      didDocument: { id: DID },
      didDocumentMetadata: {},
    })
  })

  it('answers with the document alone when that is accepted, and says when it is held already', async () => {
    const headers = { accept: 'application/did+ld+json' }
    const answer = await resolve(DID, { headers })
    const etag = answer.headers.get('etag') ?? ''
    const again = await resolve(DID, { headers: { ...headers, 'if-none-match': etag } })

    expect(answer.headers.get('content-type')).toBe('application/did+ld+json')
    expect(answer.json.id).toBe(DID)
    expect(again.status).toBe(304)
    expect((await resolve(DID, { headers: { 'if-none-match': etag } })).status).toBe(200)
  })

  it('answers a preflight, and HEAD without a body', async () => {
    const preflight = await resolve(DID, { method: 'OPTIONS' })
    const head = await resolve(DID, { method: 'HEAD' })

    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
      204,
      'GET, HEAD',
    ])
    expect([head.status, head.text]).toEqual([200, ''])
    expect((await resolve(DID, { method: 'POST' })).status).toBe(405)
  })

  it.each([
    ['not-a-did', 400, 'invalidDid'],
    [encodeDidKey({ ...ED25519, raw: ED25519.raw.slice(1) }), 400, 'invalidPublicKeyLength'],
    ['did:web:id.example', 404, 'notFound'],
    ['did:constructor:x', 501, 'methodNotSupported'],
    [RSA, 501, 'unsupportedPublicKeyType'],
    [`did:key:${'z'.repeat(4000)}`, 400, 'invalidDid'],
  ])('answers %s with %i %s, which no cache keeps', async (segment, status, error) => {
    const answer = await resolve(segment)

    expect([answer.status, answer.json.didResolutionMetadata]).toEqual([status, { error }])
    expect(answer.headers.get('content-type')).toBe('application/did-resolution')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it("serves the service's own did:web, and its authority", async () => {
    const { authority } = service.initialized.tenant
    const own = `did:web:127.0.0.1%3A${new URL(service.url).port}`
    const answer = await resolve(encodeURIComponent(own))

    expect(answer.json.didDocument).toEqual((await send(`${service.url}/.well-known/did.json`)).json)
    expect(answer.json.didDocument.id).toBe(own)
    expect((await resolve(authority)).json.didDocument.id).toBe(authority)
  })

  it('connects to nobody for a did:web of another host [DR-02]', async () => {
    const victim = await startServer(() => ({ body: {} }))
    const port = new URL(victim.origin).port
    const answer = await resolve(`did:web:127.0.0.1%253A${port}`)

    expect([answer.status, answer.json.didResolutionMetadata.error]).toEqual([404, 'notFound'])
    expect(victim.requests).toHaveLength(0)
    await send(victim.origin)
    expect(victim.requests).toHaveLength(1)
  })
})
