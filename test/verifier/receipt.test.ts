import { beforeAll, describe, expect, it } from 'vitest'
import type { Fetch } from '../../src/core/clock.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { Mechanism } from '../../src/model/chain.ts'
import type { Signer } from '../../src/model/signer.ts'
import { createLocalSigner, generateKey } from '../../src/securing/vc-jose/local-signer.ts'
import { MAX_RECEIPT_BYTES } from '../../src/verifier/receipt/receipt.ts'
import { verifyReceipt } from '../../src/verifier/verify-receipt.ts'
import { documentOf } from '../helpers/did-documents.ts'
import { claimsIn, judged, makeProvider, type Provider, receiptFor, signClaims } from '../helpers/receipts.ts'
import { AUDIENCE, makePerson, makeWebPerson, NOW, World } from '../helpers/world.ts'

const TEN_YEARS = 10 * 365 * 86_400_000
const READ = { action: 'mail.read' }

let world: World
let provider: Provider
let chain: readonly string[]
let receipt: string

beforeAll(async () => {
  world = await World.create()
  provider = await makeProvider(world)
  chain = await world.subAgentChain()
  receipt = await receiptFor(await verify({}), provider)
})

/** The verdict about a request of the sub-agent. */
async function verify(ask: object, options: object = {}) {
  const request = await world.present(chain, { signer: world.subAgent.signer, ...options })
  return provider.verifier.verify(request, { ...READ, ...ask })
}

describe('a receipt', () => {
  it('says who presented what to whom, what was asked and what was decided, and what it rests on [S4]', async () => {
    const body = new TextEncoder().encode('{"to":"ada"}')
    const asked = { identifier: 'inbox/support', arguments: { to: 'ada' } }
    const verdict = await verify(asked, { method: 'POST', target: '/inbox?folder=1', body })

    const said = await verifyReceipt(await receiptFor(verdict, provider), { did: provider.person.did })

    expect(said).toMatchObject({
      verified: true,
      accepted: true,
      serviceProvider: provider.person.did,
      decidedAt: NOW,
      audience: AUDIENCE,
      method: 'POST',
      target: '/inbox?folder=1',
      ask: { ...READ, identifier: 'inbox/support', argumentsDigest: expect.stringMatching(/^[\w-]{43}$/) },
      presentedAs: 'request',
      kind: 'SubAgent',
      agent: 'agt_mailer',
      presenter: world.subAgent.did,
      owner: world.owner.did,
      authority: world.authority.did,
      policyDigest: await provider.verifier.policyDigest(),
    })
    expect(said).toMatchObject({
      status: {
        head: { seq: 1, iatMs: NOW, digest: expect.stringMatching(/^[\w-]{43}$/) },
        lists: [
          { url: 'https://id.example/status/acme/r1', version: NOW, asOf: NOW },
          { url: 'https://id.example/status/acme/s1', version: NOW, asOf: NOW },
        ],
      },
    })
  })

  it('tells what is proven from what one has to believe the service provider', async () => {
    const said = await verifyReceipt(receipt, { did: provider.person.did })

    expect(said).toMatchObject({
      proven: ['chain', 'authority-key', 'presentation', 'target'],
      stated: ['decision', 'time', 'ask', 'status', 'policy'],
    })
  })

  it('holds neither the arguments nor the body, nor the address of the caller [RC-02]', async () => {
    const body = new TextEncoder().encode('{"secret":"x-y-z"}')
    const ask = { arguments: { secret: 'x-y-z' }, clientAddress: '203.0.113.9' }
    const claims = JSON.stringify(
      claimsIn(await receiptFor(await verify(ask, { method: 'POST', body }), provider)),
    )

    expect(claims).not.toContain('x-y-z')
    expect(claims).not.toContain('203.0.113.9')
    expect(claims).toContain('mail.read')
  })

  it('verifies ten years later, when all that it speaks of has ended [S4]', async () => {
    const before = world.now
    world.now += TEN_YEARS

    expect(await judged(receipt, provider)).toBe('accepted')
    world.now = before
  })

  it('verifies with the key of the service provider as well as with its DID', async () => {
    const key = await generateKey('P-256')
    const { d: _, ...jwk } = key
    const signer = await createLocalSigner(key)
    const verdict = await verify({})
    const signed = verdict.verified ? await verdict.receipt(signer) : ''
    const did = signer.keyId.split('#')[0] ?? ''

    expect(await verifyReceipt(signed, { did })).toMatchObject({ verified: true })
    expect(await verifyReceipt(signed, { key: jwk })).toMatchObject({ verified: true, serviceProvider: did })
    expect(await verifyReceipt(receipt, { key: jwk })).toMatchObject({ verified: false })
  })

  it.each<[Mechanism, Mechanism, Mechanism]>([
    ['vc+jwt', 'vc+sd-jwt', 'eddsa-jcs-2022'],
    ['eddsa-jcs-2022', 'vc+jwt', 'vc+sd-jwt'],
    ['eddsa-rdfc-2022', 'eddsa-rdfc-2022', 'vc+jwt'],
  ])('is given for a chain of %s, %s and %s', async (...mechanisms) => {
    const mixed = await world.mixedChain(...mechanisms)
    const lax = await makeProvider(world, { rdfc: true })
    const request = await world.present(mixed, { signer: world.subAgent.signer })

    expect(await judged(await receiptFor(await lax.verifier.verify(request, READ), lax), lax)).toBe(
      'accepted',
    )
  })

  it('is given for a chain that was sent in advance', async () => {
    const long = await world.longChain()
    await provider.verifier.upload(await world.upload(long))
    const verdict = await provider.verifier.verify(await world.refer(long), READ)

    const said = await receiptFor(verdict, provider)

    expect(await judged(said, provider)).toBe('accepted')
    expect(claimsIn(said).chain).toEqual(long)
  })

  it('is given for a token, whose target is only stated', async () => {
    const token = await world.token(chain, { signer: world.subAgent.signer })
    const verdict = await provider.verifier.verifyToken(token, READ, { target: '/mcp' })
    const said = await verifyReceipt(await receiptFor(verdict, provider), { did: provider.person.did })

    expect(said).toMatchObject({ accepted: true, presentedAs: 'token', target: '/mcp' })
    expect(said).toMatchObject({
      stated: expect.arrayContaining(['target']),
      proven: expect.not.arrayContaining(['target']),
    })
  })

  it('is given for a token that is bound to a request, which it does not hold', async () => {
    const request = { method: 'tools/call', params: { name: 'x-y-z' } }
    const token = await world.token(chain, { signer: world.subAgent.signer, request })
    const verdict = await provider.verifier.verifyToken(token, READ, { request })
    const said = await receiptFor(verdict, provider)

    expect(await judged(said, provider)).toBe('accepted')
    expect(JSON.stringify(claimsIn(said))).not.toContain('x-y-z')
  })

  it('is given for a document', async () => {
    const challenge = 'c'.repeat(32)
    const document = await world.document(chain, { challenge, signer: world.subAgent.signer })
    const verdict = await provider.verifier.verifyPresentation(JSON.stringify(document), READ, { challenge })
    const said = await receiptFor(verdict, provider)

    expect(await judged(said, provider)).toBe('accepted')
    expect(await verifyReceipt(said, { did: provider.person.did })).toMatchObject({ presentedAs: 'document' })
  })

  it('is bounded: what is longer is not read', async () => {
    expect(await judged(`${receipt}${'A'.repeat(MAX_RECEIPT_BYTES)}`, provider)).toBe('limit_exceeded token')
    expect(receipt.length).toBeLessThan(24 * 1024)
  })

  it('is not written longer than it is read', async () => {
    const identifier = 'x'.repeat(MAX_RECEIPT_BYTES)
    const verdict = await verify({ identifier })

    await expect(receiptFor(verdict, provider)).rejects.toMatchObject({
      code: 'ERR_PROCURA_PAYLOAD_TOO_LARGE',
    })
  })
})

describe('a receipt for a refusal', () => {
  it('is given once the presenter has proven to be it', async () => {
    const stale = await World.create()
    const service = await makeProvider(stale, { freshness: { '*': 'critical' }, bearer: [] })
    stale.now += 31_000
    const verdict = await service.verifier.verify(await stale.present(await stale.agentChain()), READ)
    expect(verdict).toMatchObject({ refusal: { code: 'status_stale', authenticated: true } })

    const said = await verifyReceipt(await verdict.receipt(service.person.signer), {
      did: service.person.did,
    })

    expect(said).toMatchObject({
      verified: true,
      accepted: false,
      refusal: { code: 'status_stale', link: 0, dimension: 'freshness' },
      presenter: stale.agent.did,
    })
  })

  it('says which status was missing by what it does not name', async () => {
    const dark = await World.create()
    dark.site.reachable = false
    const service = await makeProvider(dark)
    const verdict = await service.verifier.verify(await dark.present(await dark.agentChain()), READ)

    const said = await verifyReceipt(await verdict.receipt(service.person.signer), {
      did: service.person.did,
    })

    expect(said).toMatchObject({
      accepted: false,
      refusal: { code: 'status_unavailable' },
      status: { lists: [] },
    })
  })

  it('is not given before: it would say something about somebody who was never there', async () => {
    const { signer } = provider.person
    const refused = [
      await provider.verifier.verify(await world.present(chain), READ),
      await verify({ action: 'mail.send' }),
      await provider.verifier.verify(await world.present(chain, { field: '"x"' }), READ),
    ]

    expect(refused.map(({ verified }) => verified)).toEqual([false, false, false])
    for (const verdict of refused) {
      await expect(verdict.receipt(signer)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
    }
  })
})

describe('who signs receipts', () => {
  it('is the key of the service provider, verified before anything is released', async () => {
    const verdict = await verify({})
    const { signer } = provider.person
    const faulty: Signer = { ...signer, sign: async () => new Uint8Array(64) }
    const nameless = { ...signer, keyId: 'key-1' } as unknown as Signer

    await expect(verdict.receipt(faulty)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
    await expect(verdict.receipt(nameless)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
    expect(verdict.verified && (await verdict.receipt(signer))).toBeTruthy()
  })

  it('is said by whoever verifies: exactly one of DID and key', async () => {
    const error = { code: 'ERR_PROCURA_INVALID_ARGUMENT' }
    const { did } = provider.person

    await expect(verifyReceipt(receipt, {})).rejects.toMatchObject(error)
    await expect(verifyReceipt(receipt, { did, key: {} })).rejects.toMatchObject(error)
    await expect(verifyReceipt(receipt, { key: { kty: 'oct', k: 'AA' } })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_KEY',
    })
    await expect(verifyReceipt(receipt, { did, documents: ['x'] })).rejects.toMatchObject(error)
  })

  it.each(['did:key:zz', 'did:jwk:e30', 'did:ethr:0x1', 'did:web:', 'mail.example', '', 5])(
    'is said by a DID, which %j is not',
    async (did) => {
      await expect(verifyReceipt(receipt, { did } as { did: string })).rejects.toMatchObject({
        code: 'ERR_PROCURA_INVALID_ARGUMENT',
        message: expect.stringContaining('did must be the DID of the service provider'),
      })
      expect(await judged(receipt, provider)).toBe('accepted')
    },
  )

  it('is said by one DID, of which a list is none, though its text is the same', async () => {
    const did = [provider.person.did] as unknown as string

    await expect(verifyReceipt(receipt, { did })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
    expect(await judged(receipt, provider)).toBe('accepted')
  })

  it('is said by the public half of a key: who gives the private one is told so, without it', async () => {
    const key = await generateKey('Ed25519')

    const error = await verifyReceipt(receipt, { key }).catch((thrown: unknown) => thrown)

    expect(error).toMatchObject({
      code: 'ERR_PROCURA_INVALID_KEY',
      message: 'key must be a public JWK, Ed25519 or P-256; this one is private: give it without "d"',
    })
  })

  it('is nobody else', async () => {
    const eve = { ...provider, person: await makePerson() }

    expect(await judged(receipt, eve)).toBe('key_not_authorized iss')
    expect(await judged(await signClaims(claimsIn(receipt), eve), provider)).toBe('key_not_authorized kid')
  })

  it('may lie on the web, with the document that was kept', async () => {
    const person = await makeWebPerson('did:web:mail.example', 'receipts')
    const service = await makeProvider(world, {}, person)
    const request = await world.present(chain, { signer: world.subAgent.signer })
    const said = await receiptFor(await service.verifier.verify(request, READ), service)
    const document = documentOf('did:web:mail.example', [person.signer])
    const other = { ...document, assertionMethod: [] }

    expect(await judged(said, service, { documents: [document] })).toBe('accepted')
    expect(await judged(said, service, { documents: [other] })).toBe('key_not_authorized assertionMethod')
    expect(await judged(said, service)).toBe('did_unresolvable did')
    expect(await judged(said, service, { documents: [{ id: person.did, verificationMethod: 1 }] })).toBe(
      'did_unresolvable document',
    )
  })
})

describe('a receipt that is not genuine', () => {
  const at = async (text: string, did = provider.person.did) => {
    const said = await verifyReceipt(text, { did })
    return said.verified ? 'genuine' : said.refusal.part
  }

  it('is refused with the part that is at fault', async () => {
    const claims = claimsIn(receipt)
    const chained = (texts: readonly string[]) => signClaims({ ...claims, chain: texts }, provider)
    const stranger = await world.present(chain, { signer: world.subAgent.signer, target: '/other' })
    const other = claimsIn(await receiptFor(await provider.verifier.verify(stranger, READ), provider))

    expect([
      await at(receipt),
      await at('e30.e30.AA'),
      await at(await signClaims({ ...claims, more: 1 }, provider)),
      await at(receipt, world.owner.did),
      await at(receipt.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))),
      await at(await chained(chain.slice(0, -1))),
      await at(await signClaims({ ...claims, presented: other.presented ?? null }, provider)),
      await at(await signClaims({ ...claims, status: { lists: [] } }, provider)),
    ]).toEqual(['genuine', 'form', 'form', 'signer', 'signer', 'chain', 'presentation', 'decision'])
  })
})

describe('an authority on the web', () => {
  async function webWorld() {
    const authority = await makeWebPerson('did:web:id.example')
    const web = await World.create('Ed25519', { authority })
    const document = documentOf('did:web:id.example', [authority.signer])
    const fetch: Fetch = async (input, init) =>
      String(input).endsWith('did.json') ? Response.json(document) : web.site.fetch(input, init)
    const service = await makeProvider(web, { fetch })
    const verdict = await service.verifier.verify(await web.present(await web.agentChain()), READ)
    return { web, document, service, said: await receiptFor(verdict, service) }
  }

  it('may have changed its key since: the receipt states the one that it had', async () => {
    const { said, service } = await webWorld()

    expect(await judged(said, service)).toBe('accepted')
    expect(await verifyReceipt(said, { did: service.person.did })).toMatchObject({
      stated: expect.arrayContaining(['authority-key']),
    })
  })

  it('is proven by its document, if that was kept, and then only by that', async () => {
    const { said, service, document } = await webWorld()
    const eve = await makeWebPerson('did:web:id.example')
    const other = documentOf('did:web:id.example', [eve.signer])

    expect(await verifyReceipt(said, { did: service.person.did, documents: [document] })).toMatchObject({
      verified: true,
      proven: expect.arrayContaining(['authority-key']),
    })
    expect(await judged(said, service, { documents: [other] })).toBe('signature_invalid')
  })

  it('is not believed under a key that somebody else put there', async () => {
    const { said, service } = await webWorld()
    const { authorityKey: _, ...without } = claimsIn(said)
    const key = await generateKey('Ed25519')
    const claims = claimsIn(said) as { authorityKey: JsonObject }
    const other = { ...without, authorityKey: { ...claims.authorityKey, x: key.x } }

    expect(await judged(await signClaims(other, service), service)).toBe('signature_invalid')
    expect(await judged(await signClaims(without, service), service)).toBe('did_unresolvable did')
  })
})
