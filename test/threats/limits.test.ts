import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { encodeBase64url } from '../../src/core/base64url.ts'
import { MAX_JSON_DEPTH } from '../../src/core/json.ts'
import { MAX_DID_DOCUMENT_BYTES } from '../../src/did/fetch-did-web.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { MAX_UPLOAD_BYTES } from '../../src/model/chain-upload.ts'
import { MAX_CHAIN_LINKS, MAX_CREDENTIAL_BYTES } from '../../src/model/credential.ts'
import { MAX_CONSTRAINTS, MAX_GRANTS, MAX_VALUES } from '../../src/model/grant.ts'
import { MAX_LEASED_INDEXES, MAX_LEASED_LISTS } from '../../src/model/status-list-entry.ts'
import { MAX_PROOFS } from '../../src/securing/data-integrity/secured-document.ts'
import { signDataIntegrity } from '../../src/securing/data-integrity/sign.ts'
import { MAX_AGENT_DELEGATION_BYTES } from '../../src/securing/http-signature/agent-delegation.ts'
import { MAX_SIGNATURE_FIELD_CHARS } from '../../src/securing/http-signature/profile.ts'
import { MAX_VP_JWT_BYTES } from '../../src/securing/vc-jose/presentation.ts'
import { MAX_HEAD_BYTES } from '../../src/status/head.ts'
import { MAX_LEAF_TABLE_CHARS } from '../../src/status/leaf-table.ts'
import { MAX_STATUS_LIST_BYTES } from '../../src/status/status-list-credential.ts'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import { MemoryReplayStore } from '../../src/verifier/replay-store.ts'
import { work } from '../fuzz/work.ts'
import { codeOf, makePerson, requestOf } from '../helpers/world.ts'
import { payloadOf, signRaw } from './raw.ts'
import { READ, Stage } from './stage.ts'
import { AUTHORITY_URL, createWebWorld } from './web-world.ts'

vi.mock(import('../../src/core/crypto/node.ts'), async (original) => {
  const { counted } = await import('../fuzz/work.ts')
  return counted(await original()) as Awaited<ReturnType<typeof original>>
})

/*
 * Every limit of docs/spec/10-reference.md "Defaults" that guards a verifier against its input, by what it costs: bytes
 * held, bytes hashed, signatures checked, requests made. Wall time is not measured.
 */

const MEBIBYTE = 1024 * 1024
/** Nonces of one key (docs/spec/06-presenting.md "Replay"). */
const MAX_HELD_NONCES_PER_KEY = 20_000

let stage: Stage
let root: string
let agent: string

beforeAll(async () => {
  stage = await Stage.create()
  ;[root, agent] = await stage.world.agentChain()
})

beforeEach(() => {
  work.signatures = 0
  work.hashedBytes = 0
})

/** Bytes on the heap and beside it, garbage left out. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Link 1 in other words, really signed. */
async function saying(change: (subject: Record<string, unknown>) => void): Promise<string> {
  const credential = JSON.parse(payloadOf(agent))
  change(credential.credentialSubject)
  return signRaw(JSON.stringify(credential), stage.world.owner.signer)
}

/** In a token, which has room for it; counts the signatures of the decision alone. */
async function costOf(links: readonly string[]): Promise<string> {
  const token = await stage.world.token(links)
  const verifier = await stage.cold()
  work.signatures = 0
  return codeOf(await verifier.verifyToken(token, READ))
}

describe('a chain', () => {
  it('of nine links is refused before any is read', async () => {
    const field = Array.from({ length: MAX_CHAIN_LINKS + 1 }, () => '"a.b.c"').join(', ')
    const verifier = stage.warm
    const token = await nine()
    work.signatures = 0

    expect(codeOf(await verifier.verify(requestOf('GET', '/', { 'agent-delegation': field }), READ))).toBe(
      'limit_exceeded',
    )
    expect(codeOf(await verifier.verifyToken(token, READ))).toBe('limit_exceeded')
    expect(work.signatures).toBe(0)
    expect(await stage.chain([root, agent])).toBe('verified')
  })

  async function nine(): Promise<string> {
    const claims = JSON.parse(payloadOf(await stage.world.token([root, agent])))
    const [one] = claims.verifiableCredential
    const verifiableCredential = Array.from({ length: MAX_CHAIN_LINKS + 1 }, () => one)
    return signRaw(JSON.stringify({ ...claims, verifiableCredential }), stage.world.agent.signer, {
      typ: 'vp+jwt',
    })
  }

  it.each([
    [
      'a field over 7.5 KiB',
      () => requestOf('GET', '/', { 'agent-delegation': `"${'a'.repeat(MAX_AGENT_DELEGATION_BYTES)}"` }),
    ],
    [
      'a field of 64 MiB',
      () =>
        requestOf('GET', '/', { 'agent-delegation': Buffer.alloc(64 * MEBIBYTE, '"').toString('latin1') }),
    ],
  ])('in %s is refused unread', async (_what, make) => {
    const request = make()
    const before = heldBytes()
    work.hashedBytes = 0
    const verdict = await stage.warm.verify(request, READ)

    expect(verdict).toMatchObject({ refusal: { code: 'limit_exceeded' } })
    expect(heldBytes() - before).toBeLessThan(MEBIBYTE)
    expect(work).toEqual({ signatures: 0, hashedBytes: 0 })
  })

  it('in a token, a document or a body over its limit is refused unread', async () => {
    const { warm, world } = stage
    const upload = { ...(await world.upload([root, agent])), body: new Uint8Array(MAX_UPLOAD_BYTES + 1) }
    const document = ' '.repeat(2 * MAX_CHAIN_LINKS * MAX_CREDENTIAL_BYTES + 1)
    const challenge = 'a1b2c3d4e5f60718'
    work.signatures = 0
    const refused = [
      await warm.verifyToken('a'.repeat(MAX_VP_JWT_BYTES + 1), READ),
      await warm.verifyPresentation(document, READ, { challenge }),
      await warm.upload(upload),
    ]

    for (const verdict of refused) expect(verdict).toMatchObject({ refusal: { code: 'limit_exceeded' } })
    expect(work.signatures).toBe(0)
    expect(await stage.token(await world.token([root, agent]))).toBe('verified')
  })

  it('with a link of more than 16 KiB is refused at that link', async () => {
    const long = `${agent}${'A'.repeat(MAX_CREDENTIAL_BYTES)}`

    expect(await costOf([root, long])).toBe('limit_exceeded')
    expect(await costOf([root, agent])).toBe('verified')
  })

  it('of a stranger costs no signature, whatever it holds', async () => {
    const stranger = await makePerson()
    const { world } = stage
    const chain = [
      await world.sign(world.ownerCredential({ issuer: stranger.did }), stranger.signer),
      await world.sign(world.agentCredential({ authority: stranger.did }), world.owner.signer),
    ]

    expect(await costOf(chain)).toBe('untrusted_authority')
    expect(work.signatures).toBe(0)
  })

  it('whose revocation is known costs no signature', async () => {
    const other = await Stage.create()
    const chain = await other.world.agentChain()
    other.world.site.set('revocation', 2)
    other.world.now += 1000
    await other.world.site.publish()
    const request = await other.world.present(chain)
    const verifier = await other.cold()
    work.signatures = 0

    expect(codeOf(await verifier.verify(request, READ))).toBe('revoked')
    expect(work.signatures).toBe(0)
  })

  it('costs one signature for each link and one for the presenter; seen before, the last alone', async () => {
    expect(await costOf([root, agent])).toBe('verified')
    expect(work.signatures).toBe(3)
    const token = await stage.world.token([root, agent])
    work.signatures = 0

    expect(codeOf(await stage.warm.verifyToken(token, READ))).toBe('verified')
    expect(work.signatures).toBe(1)
  })
})

describe('a link', () => {
  const entry = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }
  const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item)
  const lease = (list: string, count: number) => ({
    revocation: `https://id.example/status/acme/${list}`,
    suspension: `https://id.example/status/acme/x${list}`,
    indexes: Array.from({ length: count }, (_, i) => String(1000 + i)),
  })

  it.each<
    [what: string, most: number, change: (count: number) => (subject: Record<string, unknown>) => void]
  >([
    [
      'entries of a grant',
      MAX_GRANTS,
      (count) => (subject) => Object.assign(subject, { authorizationDetails: times(count, entry) }),
    ],
    [
      'constraints of an entry',
      MAX_CONSTRAINTS,
      (count) => (subject) =>
        Object.assign(subject, {
          authorizationDetails: [
            entry,
            { ...entry, constraints: times(count, { kind: 'one_of', on: 'a', values: [1] }) },
          ],
        }),
    ],
    [
      'values of a constraint',
      MAX_VALUES,
      (count) => (subject) =>
        Object.assign(subject, {
          authorizationDetails: [
            entry,
            {
              ...entry,
              constraints: [{ kind: 'one_of', on: 'a', values: Array.from({ length: count }, (_, i) => i) }],
            },
          ],
        }),
    ],
    [
      'actions of an entry',
      MAX_VALUES,
      (count) => (subject) =>
        Object.assign(subject, {
          authorizationDetails: [
            entry,
            { ...entry, actions: Array.from({ length: count }, (_, i) => `a.b${i}`) },
          ],
        }),
    ],
    [
      'leased lists',
      MAX_LEASED_LISTS,
      (count) => (subject) =>
        Object.assign(subject, {
          statusLease: Array.from({ length: count }, (_, i) => lease(`r${i + 5}`, 1)),
        }),
    ],
    [
      'leased indexes',
      MAX_LEASED_INDEXES,
      (count) => (subject) => Object.assign(subject, { statusLease: [lease('r7', count)] }),
    ],
  ])('has so many %s and no more: %i', async (_what, most, change) => {
    expect(await costOf([root, await saying(change(most))])).toBe('verified')
    expect(await costOf([root, await saying(change(most + 1))])).toBe('limit_exceeded')
    expect(work.signatures).toBe(0)
  })

  it(`is nested no deeper than ${MAX_JSON_DEPTH}`, async () => {
    const nested = (depth: number) => `{"x":${'['.repeat(depth)}${']'.repeat(depth)}}`
    const { signer } = stage.world.owner

    expect(await costOf([root, await signRaw(nested(MAX_JSON_DEPTH + 1), signer)])).toBe('malformed')
    expect(work.signatures).toBe(0)
    expect(await costOf([root, agent])).toBe('verified')
  })

  it(`has no more than ${MAX_PROOFS} proofs, each of which costs a signature`, async () => {
    const { world } = stage
    let document = JSON.parse(await world.sign(world.agentCredential(), world.owner.signer, 'eddsa-jcs-2022'))
    for (let i = 1; i < MAX_PROOFS; i++) {
      const { signer } = await makePerson()
      document = await signDataIntegrity({ document, cryptosuite: 'eddsa-jcs-2022', signer })
    }

    expect(await costOf([root, JSON.stringify(document)])).toBe('verified')
    expect(work.signatures).toBe(2 + MAX_PROOFS)
    const more = { ...document, proof: [...document.proof, document.proof[0]] }
    expect(await costOf([root, JSON.stringify(more)])).toBe('limit_exceeded')
    expect(work.signatures).toBe(0)
  })
})

describe('fields of a request', () => {
  it.each(['signature-input', 'signature', 'content-digest'])('are bounded: %s', async (name) => {
    const body = new TextEncoder().encode('{}')
    const request = await stage.world.present([root, agent], { method: 'POST', body })
    const header = (asked: string) =>
      asked === name ? 'a'.repeat(MAX_SIGNATURE_FIELD_CHARS + 1) : request.header(asked)
    work.signatures = 0
    const verdict = await stage.warm.verify({ ...request, header }, READ)

    expect(verdict).toMatchObject({ verified: false, refusal: { code: 'limit_exceeded' } })
    expect(codeOf(await stage.warm.verify(request, READ))).toBe('verified')
  })

  it('that hold a token of megabytes for somebody else are not decoded', async () => {
    const decode = vi.spyOn(Buffer, 'from')
    const authorization = `Bearer ${encodeBase64url(new Uint8Array(4 * MEBIBYTE).fill(32))}.e30.AAAA`
    decode.mockClear()
    const verdict = await stage.warm.verify(requestOf('GET', '/', { authorization }), READ)
    const decoded = decode.mock.calls.map(([text]) => (typeof text === 'string' ? text.length : 0))
    decode.mockRestore()

    expect(verdict).toMatchObject({ refusal: { code: 'chain_required' } })
    expect(Math.max(0, ...decoded)).toBeLessThan(8192)
  })
})

describe('what is fetched', () => {
  it.each<[what: string, most: number, pick: (url: string) => boolean]>([
    ['a head', MAX_HEAD_BYTES, (url) => url.endsWith('/head')],
    ['a leaf table', MAX_LEAF_TABLE_CHARS, (url) => url.includes('/leaves/')],
    ['a list', MAX_STATUS_LIST_BYTES, (url) => /\/r1\/\d+\.jwt$/.test(url)],
  ])('is read to its limit and then cut off: %s', async (_what, most, pick) => {
    let pulled = 0
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => {
          pulled += 65_536
          controller.enqueue(new Uint8Array(65_536).fill(97))
        },
      })
    const honest = stage.world.site.fetch
    const place = await Stage.create({ world: stage.world })
    const verifier = createVerifier({
      audience: 'https://mail.example/',
      trust: [place.world.trust],
      freshness: { '*': 'sensitive' },
      clock: place.world.clock,
      fetch: (input, init) =>
        pick(String(input)) ? Promise.resolve(new Response(endless())) : honest(input, init),
    })
    const [state] = await verifier.sync()

    expect(state?.failure).toBeDefined()
    expect(pulled).toBeGreaterThan(0)
    expect(pulled).toBeLessThan(most + 4 * 65_536)
    expect(codeOf(await verifier.verify(await place.world.present([root, agent]), READ))).toBe(
      'status_unavailable',
    )
  })

  it('is a DID document of no more than 64 KiB', async () => {
    const web = await createWebWorld()
    let pulled = 0
    const huge = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => {
          pulled += 4096
          controller.enqueue(new Uint8Array(4096).fill(32))
        },
      })
    const fetch: typeof web.fetch = (input, init) =>
      String(input) === AUTHORITY_URL
        ? Promise.resolve(new Response(huge(), { headers: { 'content-type': 'application/did+json' } }))
        : web.fetch(input, init)
    const options = {
      audience: 'https://mail.example/',
      trust: [web.world.trust],
      clock: web.world.clock,
      fetch,
    }
    const verifier = createVerifier({ ...options, freshness: { '*': 'sensitive' } })
    await verifier.sync()

    expect(pulled).toBeLessThan(MAX_DID_DOCUMENT_BYTES + 8 * 4096)
    expect(codeOf(await verifier.verify(await web.world.present(await web.world.agentChain()), READ))).toBe(
      'did_unresolvable',
    )
  })

  it('is asked for once, however many presentations name a list that is not held', async () => {
    const place = await Stage.create()
    place.world.site.reachable = false
    const options = {
      audience: 'https://mail.example/',
      trust: [place.world.trust],
      clock: place.world.clock,
      fetch: place.world.site.fetch,
    }
    const verifier = createVerifier({ ...options, freshness: { '*': 'sensitive' } })
    await verifier.sync()
    const before = place.world.site.requests.length
    for (let i = 0; i < 50; i++)
      await verifier.verify(await place.world.present(await place.world.agentChain()), READ)

    expect(place.world.site.requests.length - before).toBe(1)
  })
})

describe('what is remembered', () => {
  it('of nonces has an end, for one key before that for all', () => {
    let now = 0
    const store = new MemoryReplayStore(() => now)
    const before = heldBytes()
    const answers = new Set<string>()
    for (let i = 0; i <= MAX_HELD_NONCES_PER_KEY; i++)
      answers.add(store.use('key', `agent-delegation ${i}`, 60_000) as string)

    expect([...answers]).toEqual(['fresh', 'unavailable'])
    expect(store.use('other', 'agent-delegation 1', 60_000)).toBe('fresh')
    expect(heldBytes() - before).toBeLessThan(16 * MEBIBYTE)
    now = 200_000
    expect(store.use('key', 'agent-delegation 1', now + 60_000)).toBe('fresh')
  })

  it('of refused presentations is nothing', async () => {
    const { world } = stage
    const verifier = await stage.cold()
    const mallory = await makePerson()
    const requests = await Promise.all(
      Array.from({ length: 400 }, async () => world.present([root, agent], { signer: mallory.signer })),
    )
    // What is loaded and compiled with the first ones is nothing that is remembered of them.
    for (const request of requests.slice(0, 100)) await verifier.verify(request, READ)
    const before = heldBytes()
    for (const request of requests.slice(100))
      expect(codeOf(await verifier.verify(request, READ))).toBe('holder_proof_invalid')

    expect(heldBytes() - before).toBeLessThan(2 * MEBIBYTE)
  })

  it('of DIDs has an end: four thousand and some', async () => {
    const resolver = createDidResolver()
    const before = heldBytes()
    for (let i = 0; i < 20_000; i++) {
      const x = encodeBase64url(new Uint8Array(32).fill(i & 255, 0, 1).fill(i >> 8, 1, 2))
      await resolver.resolve(
        `did:jwk:${encodeBase64url(new TextEncoder().encode(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`))}`,
      )
    }

    expect(heldBytes() - before).toBeLessThan(32 * MEBIBYTE)
  })
})
