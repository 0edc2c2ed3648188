import { beforeEach, describe, expect, it } from 'vitest'
import type { Fetch } from '../../src/core/clock.ts'
import { DOCUMENT_FRESH_MS } from '../../src/did/followed-documents.ts'
import { documentOf, statusService } from '../helpers/did-documents.ts'
import { codeOf, makeWebPerson } from '../helpers/world.ts'
import { payloadOf, signRaw } from './raw.ts'
import { READ, Stage } from './stage.ts'
import { AUTHORITY, AUTHORITY_URL, createWebWorld, type WebWorld } from './web-world.ts'

let web: WebWorld
let stage: Stage
/** Answers for the authority's document, where it is not the document that is held. */
let answer: (() => Response | Promise<Response>) | undefined
let asked: string[]

const fetch: Fetch = async (input, init) => {
  const url = String(input)
  asked.push(url)
  return url === AUTHORITY_URL && answer !== undefined ? answer() : web.fetch(input, init)
}

beforeEach(async () => {
  asked = []
  answer = undefined
  web = await createWebWorld()
  stage = await Stage.create({ world: web.world, verifier: { fetch, trust: [AUTHORITY] } })
})

/** What a verifier says that has no other document than this, and one that has had a good one for long enough. */
async function outcome(): Promise<string> {
  web.world.now += DOCUMENT_FRESH_MS
  await web.world.site.publish()
  const cold = await stage.cold()
  const verdict = await cold.verify(await web.world.present(await web.world.agentChain()), READ)
  return codeOf(verdict)
}

describe('the document of an authority', () => {
  it.each<[what: string, make: () => Response]>([
    [
      'redirects to another host',
      () => new Response('', { status: 302, headers: { location: 'https://evil.example/did.json' } }),
    ],
    [
      'redirects to http',
      () =>
        new Response('', { status: 301, headers: { location: 'http://id.example/.well-known/did.json' } }),
    ],
    ['redirects to itself', () => new Response('', { status: 308, headers: { location: AUTHORITY_URL } })],
  ])('that %s is none [DR-05]', async (_what, make) => {
    answer = make
    asked = []

    expect(await outcome()).toBe('did_unresolvable')
    expect(asked.filter((url) => url.endsWith('did.json') && !url.startsWith('https://id.example/'))).toEqual(
      [],
    )
    expect(asked.filter((url) => url === AUTHORITY_URL).length).toBeLessThanOrEqual(3)
    answer = undefined
    expect(await outcome()).toBe('verified')
  })

  it.each<[what: string, make: () => Response]>([
    ['is huge', () => new Response('x'.repeat(2 ** 24), { headers: { 'content-type': 'application/json' } })],
    ['has another media type', () => new Response('{}', { headers: { 'content-type': 'text/html' } })],
    ['is no JSON', () => new Response('<html>', { headers: { 'content-type': 'application/json' } })],
    ['is deep', () => new Response('['.repeat(60_000), { headers: { 'content-type': 'application/json' } })],
    [
      'says a member twice',
      () =>
        new Response(`{"id":"did:web:evil.example","id":"${AUTHORITY}"}`, {
          headers: { 'content-type': 'application/json' },
        }),
    ],
  ])('that %s is none [DR-06, PD-13]', async (_what, make) => {
    answer = make

    expect(await outcome()).toBe('did_unresolvable')
    answer = undefined
    expect(await outcome()).toBe('verified')
  })

  it('that never ends is read to its limit and no further [DR-06]', async () => {
    let pulled = 0
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => {
          pulled += 1024
          controller.enqueue(new Uint8Array(1024).fill(32))
        },
      })
    answer = () => new Response(endless(), { headers: { 'content-type': 'application/json' } })

    expect(await outcome()).toBe('did_unresolvable')
    expect(pulled).toBeLessThan(256 * 1024)
    answer = undefined
    expect(await outcome()).toBe('verified')
  })

  it('has the id that was asked for [DR-08]', async () => {
    const { signer } = web.world.authority
    answer = () =>
      Response.json(documentOf('did:web:other.example', [signer], [statusService(web.world.trust)]))

    expect(await outcome()).toBe('did_unresolvable')
    answer = undefined
    expect(await outcome()).toBe('verified')
  })

  it.each<[what: string, change: (document: DocumentJson) => void, code: string]>([
    [
      'that somebody else controls',
      ({ verificationMethod: [method] }) =>
        Object.assign(method ?? {}, { controller: 'did:web:evil.example' }),
      'key_not_authorized',
    ],
    [
      'under another DID',
      ({ verificationMethod: [method], assertionMethod }) => {
        Object.assign(method ?? {}, { id: 'did:web:evil.example#key-1' })
        assertionMethod[0] = 'did:web:evil.example#key-1'
      },
      'key_not_authorized',
    ],
    [
      'for signing in only',
      (document) => {
        document.assertionMethod = []
      },
      'key_not_authorized',
    ],
    [
      'for invoking only',
      (document) =>
        Object.assign(document, { capabilityInvocation: document.assertionMethod, assertionMethod: [] }),
      'key_not_authorized',
    ],
  ])('with a key %s issues nothing [DR-08] [DR-09]', async (_what, change, code) => {
    const document: DocumentJson = JSON.parse(JSON.stringify(web.documents.get(AUTHORITY_URL)))
    change(document)
    answer = () => Response.json(document)

    expect(await outcome()).toBe(code)
    answer = undefined
    expect(await outcome()).toBe('verified')
  })

  it('with two keys of one name is not guessed at [DR-08, PD-13]', async () => {
    const other = await makeWebPerson(AUTHORITY)
    const document = documentOf(
      AUTHORITY,
      [other.signer, web.world.authority.signer],
      [statusService(web.world.trust)],
    )
    answer = () => Response.json(document)

    expect(await outcome()).toMatch(/^(did_unresolvable|signature_invalid)$/)
    answer = undefined
    expect(await outcome()).toBe('verified')
  })
})

interface DocumentJson {
  verificationMethod: object[]
  assertionMethod: string[]
}

describe('a DID in a credential', () => {
  it.each([
    'did:constructor:x',
    'did:__proto__:x',
    'did:hasownproperty:x',
    'did:tostring:x',
    'did:web:evil.example',
    'did:web:id.example%40evil.example',
    'did:web:127.0.0.1%3A8080',
    'did:web:a.example:..:admin',
    'did:ion:x',
    'did:key:z',
    'did:jwk:e30',
    'did:key:z6Mk'.padEnd(2100, 'a'),
  ])('of whoever presents is a key, and resolves nothing: %s [DR-01, DR-02, DR-04, DR-16]', async (did) => {
    const [root, agent] = await web.world.agentChain()
    const credential = JSON.parse(payloadOf(agent))
    credential.credentialSubject.id = did
    const named = await signRaw(JSON.stringify(credential), web.world.owner.signer)
    asked = []

    expect(await stage.chain([root, named])).toMatch(/^(malformed|unsupported|holder_proof_invalid)$/)
    expect(asked.filter((url) => !url.startsWith('https://id.example/'))).toEqual([])
    expect(await stage.chain([root, agent])).toBe('verified')
  })
})
