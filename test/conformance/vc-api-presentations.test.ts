import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import type { Signer } from '../../src/model/signer.ts'
import { signDataIntegrity } from '../../src/securing/data-integrity/sign.ts'
import { createLocalSigner, generateKey } from '../../src/securing/vc-jose/local-signer.ts'
import { signCompactJws } from '../../src/securing/vc-jose/sign.ts'
import type { ServedInstances } from '../../src/server/vc-api/serve-instances.ts'
import { BASE_CONTEXT, genericCredential, genericPresentation } from '../helpers/generic-documents.ts'
import { type InstanceClient, instanceClient, serveForTests } from '../helpers/vc-api.ts'

/*
 * What the W3C test suite of the data model asks of a verifier of presentations and envelopes, over a socket. It signs
 * with a did:key of its own, for a domain and with a challenge, and does not always say so in its request.
 */

const ENVELOPED_VP = 'EnvelopedVerifiablePresentation'
const ENVELOPED_VC = 'EnvelopedVerifiableCredential'

let served: ServedInstances
let instance: InstanceClient
let jose: InstanceClient
let signer: Signer
let local: string

beforeAll(async () => {
  served = await serveForTests()
  instance = await instanceClient(served.origin, 'eddsa-rdfc-2022')
  jose = await instanceClient(served.origin, 'vc-jose')
  signer = await createLocalSigner(await generateKey('Ed25519'))
  local = signer.keyId.split('#')[0] ?? ''
})

afterAll(() => served.close())

function present(document: JsonObject): Promise<JsonObject> {
  return signDataIntegrity({
    document,
    cryptosuite: 'eddsa-rdfc-2022',
    signer,
    proofPurpose: 'authentication',
    domain: 'github.com/w3c/vc-data-model-2.0-test-suite',
    challenge: 'u_static',
    contexts: { byAddress: new Map(), allowInline: true },
  })
}

function credentialOf(issuer: string): Promise<JsonObject> {
  const document = genericCredential({ issuer })
  return signDataIntegrity({ document, cryptosuite: 'eddsa-rdfc-2022', signer })
}

async function statusOf(presentation: JsonObject): Promise<number> {
  return (await instance.verifyPresentation(presentation)).status
}

describe('VCDM 2.0 §4.13: a presentation', () => {
  it.each<[string, (own: JsonObject) => Record<string, Json>]>([
    ['without credentials', () => ({})],
    ['with an empty list of credentials', () => ({ verifiableCredential: [] })],
    ['with an id', () => ({ id: 'urn:uuid:9c9a36f8-518f-4976-a934-6649502d0008' })],
    ['with a holder', () => ({ holder: local })],
    ['with a holder that is an object', () => ({ holder: { id: local } })],
    ['with credentials of its holder', (own) => ({ holder: local, verifiableCredential: [own, own] })],
    [
      'with a type of its own',
      () => ({
        '@context': [BASE_CONTEXT, { Example: 'https://example.org/#Example' }],
        type: ['VerifiablePresentation', 'Example'],
      }),
    ],
  ])('verifies %s', async (_, members) => {
    const own = await credentialOf(local)

    expect(await statusOf(await present(genericPresentation(members(own))))).toBe(200)
  })

  it('verifies with credentials that others issued', async () => {
    const { json } = await jose.issue(genericCredential({ issuer: jose.did }))
    const presentation = genericPresentation({ verifiableCredential: [json.verifiableCredential] })
    const answer = await instance.verifyPresentation(await present(presentation))

    expect(answer.json).toMatchObject({ verified: true, credentialResults: [{ verified: true }] })
  })

  it.each<[string, (signed: JsonObject) => JsonObject]>([
    ['§4.3: without a context', ({ '@context': _, ...rest }) => rest],
    [
      '§4.3: with another context',
      (signed) => ({ ...signed, '@context': [BASE_CONTEXT, 'https://example.com'] }),
    ],
    [
      '§4.3: with a context that is no URL',
      (signed) => ({ ...signed, '@context': [BASE_CONTEXT, 'https ://x'] }),
    ],
    ['§4.3: with a context that is a number', (signed) => ({ ...signed, '@context': [BASE_CONTEXT, 12] })],
    ['§4.5: without a type', ({ type: _, ...rest }) => rest],
    ['§4.5: without the type of presentations', (signed) => ({ ...signed, type: ['VerifiableCredential'] })],
    ['§4.12: without a proof', ({ proof: _, ...rest }) => rest],
    [
      '§7.1: with another proof value',
      (signed) => ({
        ...signed,
        proof: { ...(signed.proof as JsonObject), proofValue: 'z5nmMBw2u9TGKd9NxxHJtyZKgjN2Eh' },
      }),
    ],
    ['§4.13: with a text for a credential', (signed) => ({ ...signed, verifiableCredential: ['did:a:b'] })],
  ])('does not verify %s', async (_, change) => {
    const signed = await present(
      genericPresentation({ holder: local, verifiableCredential: [await credentialOf(local)] }),
    )

    expect(await statusOf(signed)).toBe(200)
    expect(await statusOf(change(signed))).toBe(400)
  })
})

describe('VCDM 2.0 §4.13.4: a credential that the presenter says of itself', () => {
  it.each<[string, string, Record<string, string>, boolean, number]>([
    ['verifies where it is issued by the holder', 'own', { holder: 'own' }, true, 200],
    ['needs no proof of its own then', 'own', { holder: 'own' }, false, 200],
    ['does not verify without a holder', 'own', {}, true, 400],
    ['does not verify without a holder and a proof', 'own', {}, false, 400],
    ['does not verify for another holder', 'own', { holder: 'did:example:acme' }, true, 400],
    ['does not verify where it names another issuer', 'did:example:acme', { holder: 'own' }, true, 400],
    [
      'does not verify where it names another issuer, without a proof',
      'did:example:acme',
      { holder: 'own' },
      false,
      400,
    ],
  ])('%s', async (_, issuer, holder, isProven, status) => {
    const name = issuer === 'own' ? local : issuer
    const holders = holder.holder === 'own' ? { holder: local } : holder
    const credential = isProven ? await credentialOf(name) : genericCredential({ issuer: name })
    // Whoever cheats signs what signers would refuse: the library does not know of holders.
    const signed = await present(genericPresentation({ ...holders, verifiableCredential: [credential] }))

    expect(await statusOf(signed)).toBe(status)
  })

  it('is judged like any other', async () => {
    const ended = genericCredential({ issuer: local, validUntil: '2020-01-01T00:00:00Z' })
    const signed = await present(genericPresentation({ holder: local, verifiableCredential: [ended] }))

    expect(await statusOf(signed)).toBe(400)
  })
})

describe('a challenge (VCALM §3.3.3)', () => {
  async function answerTo(challenge: string, domain = 'https://a.example') {
    const document = genericPresentation()
    const proof = { document, signer, challenge, domain, proofPurpose: 'authentication' } as const
    return signDataIntegrity({ ...proof, cryptosuite: 'eddsa-jcs-2022' })
  }

  it('that was issued here is accepted once', async () => {
    const { json } = await instance.post('challenges', {})
    const { challenge } = json
    const signed = await answerTo(challenge)
    const first = await instance.verifyPresentation(signed, { challenge, domain: 'https://a.example' })
    const second = await instance.verifyPresentation(signed, { challenge, domain: 'https://a.example' })
    const unasked = await instance.verifyPresentation(signed, {})

    expect([first.status, second.status, unasked.status]).toEqual([200, 400, 400])
    expect(second.json.problemDetails[0].type).toBe('https://w3id.org/security#INVALID_CHALLENGE_ERROR')
  })

  it('is accepted once, too, when two presentations come at one time', async () => {
    const { json } = await instance.post('challenges', {})
    const signed = await answerTo(json.challenge)
    const answers = await Promise.all(
      [1, 2, 3].map(() => instance.verifyPresentation(signed, { challenge: json.challenge })),
    )

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400])
  })

  it('is not used up by a presentation that does not verify', async () => {
    const { json } = await instance.post('challenges', {})
    const signed = await answerTo(json.challenge)
    const forged = await instance.verifyPresentation({ ...signed, id: 'urn:a:1' })

    expect([forged.status, await statusOf(signed)]).toEqual([400, 200])
  })

  it.each([
    [{ challenge: 'another' }, 'INVALID_CHALLENGE_ERROR'],
    [{ domain: 'https://b.example' }, 'INVALID_DOMAIN_ERROR'],
  ])('that is not the one that is asked for refuses: %o', async (options, problem) => {
    const { status, json } = await instance.verifyPresentation(await answerTo('caller’s own'), options)

    expect([status, json.problemDetails[0].type]).toEqual([400, `https://w3id.org/security#${problem}`])
  })
})

describe('what an instance presents (VCALM §3.4.2)', () => {
  it.each(['eddsa-rdfc-2022', 'ecdsa-jcs-2019', 'vc-jose', 'vc-sd-jwt'] as const)(
    'verifies for its domain and challenge, and for no other: %s',
    async (form) => {
      const holder = await instanceClient(served.origin, form)
      const options = { domain: 'https://a.example', challenge: 'c1' }
      const { status, json } = await holder.post('presentations', {
        presentation: genericPresentation(),
        options,
      })
      const good = await holder.verifyPresentation(json.verifiablePresentation, options)
      const other = await holder.verifyPresentation(json.verifiablePresentation, {
        ...options,
        domain: 'https://b.example',
      })
      const late = await holder.verifyPresentation(json.verifiablePresentation, {
        ...options,
        challenge: 'c2',
      })

      expect([status, good.status, other.status, late.status]).toEqual([201, 200, 400, 400])
      expect(good.json.document.holder).toBe(holder.did)
    },
  )
})

describe('VCDM 2.0 §4.12.1: an enveloped credential', () => {
  let envelope: JsonObject

  beforeAll(async () => {
    envelope = (await jose.issue(genericCredential({ issuer: jose.did }))).json.verifiableCredential
  })

  it('is what the instance issues', async () => {
    expect(envelope).toEqual({
      '@context': [BASE_CONTEXT],
      type: ENVELOPED_VC,
      id: expect.stringMatching(/^data:application\/vc\+jwt,eyJ/),
    })
    expect((await jose.verify(envelope)).status).toBe(200)
  })

  it.each<[string, (one: JsonObject) => JsonObject]>([
    ['without contexts', (one) => ({ ...one, '@context': [] })],
    [
      'in another context',
      (one) => ({ ...one, '@context': 'https://www.w3.org/ns/credentials/examples/v2' }),
    ],
    ['whose id is the bare token', (one) => ({ ...one, id: String(one.id).split(',')[1] ?? '' })],
    ['without a type', ({ type: _, ...rest }) => rest],
    ['of another type', (one) => ({ ...one, type: 'VerifiableCredential' })],
    ['of another media type', (one) => ({ ...one, id: String(one.id).replace('vc+jwt', 'vc+cose') })],
    [
      'of the media type of presentations',
      (one) => ({ ...one, id: String(one.id).replace('vc+jwt', 'vp+jwt') }),
    ],
    ['with another signature', (one) => ({ ...one, id: `${String(one.id).slice(0, -4)}AAAA` })],
  ])('does not verify %s', async (_, change) => {
    expect((await jose.verify(change(envelope))).status).toBe(400)
  })

  async function verifyJwt(payload: JsonObject, subtype = 'vc+jwt', typ = subtype) {
    const token = await signCompactJws({ typ, payload, signer })
    return jose.verify({ ...envelope, id: `data:application/${subtype},${token}` })
  }

  it.each<[string, JsonObject, number]>([
    ['claims that agree', { iss: 'own', exp: 4_000_000_000, nbf: 1, iat: 1, jti: 'x' }, 200],
    ['another issuer in iss', { iss: 'did:example:other' }, 400],
    ['an end that has passed', { exp: 1_000_000_000 }, 400],
    ['a start to come', { nbf: 4_000_000_000 }, 400],
    ['an end that is no number', { exp: 'soon' }, 400],
    ['the claim vc of earlier versions (VC-JOSE-COSE §3.1.3)', { vc: {} }, 400],
    ['a term that nobody defines', { statusEntry: {} }, 400],
  ])('is read with %s', async (_, claims, status) => {
    const named = claims.iss === 'own' ? { ...claims, iss: local } : claims
    const answer = await verifyJwt({ ...genericCredential({ issuer: local }), ...named })

    expect(answer.status).toBe(status)
  })

  it('must be signed by its issuer', async () => {
    expect((await verifyJwt(genericCredential({ issuer: 'did:example:other' }))).status).toBe(400)
  })

  it('is read from a JWT of VCDM 1.1 only where suites need that', async () => {
    const strict = await serveForTests({ mode: 'vcalm' })
    const client = await instanceClient(strict.origin, 'vc-jose')
    const payload = { iss: local, vc: genericCredential({ issuer: local }) }
    const token = await signCompactJws({ typ: 'JWT', payload, signer })
    const older = { ...envelope, id: `data:application/jwt,${token}` }
    const answers = [await jose.verify(older), await client.verify(older)]
    await strict.close()

    expect(answers.map(({ json }) => json.verified)).toEqual([true, false])
  })
})

describe('VCDM 2.0 §4.12.2: an enveloped presentation', () => {
  async function enveloped(payload: JsonObject, typ: 'vp+jwt' | 'JWT' = 'vp+jwt') {
    const token = await signCompactJws({ typ, payload, signer })
    const subtype = typ === 'JWT' ? 'jwt' : typ
    return { '@context': [BASE_CONTEXT], type: ENVELOPED_VP, id: `data:application/${subtype},${token}` }
  }

  it.each<[string, (one: JsonObject) => JsonObject, number]>([
    ['verifies', (one) => one, 200],
    ['does not verify without contexts', (one) => ({ ...one, '@context': [] }), 400],
    [
      'does not verify in another context',
      (one) => ({ ...one, '@context': ['https://www.w3.org/ns/credentials/examples/v2'] }),
      400,
    ],
    [
      'does not verify where its id is the bare token',
      (one) => ({ ...one, id: String(one.id).split(',')[1] ?? '' }),
      400,
    ],
    ['does not verify under another type', (one) => ({ ...one, type: ['VerifiablePresentation'] }), 400],
  ])('%s', async (_, change, status) => {
    const one = await enveloped({
      ...genericPresentation({ holder: local }),
      aud: 'example.com',
      nonce: '123456789',
    })

    expect((await jose.verifyPresentation(change(one))).status).toBe(status)
  })

  it('is read from a JWT of VCDM 1.1, with such a credential in it', async () => {
    const inner = await signCompactJws({
      typ: 'JWT',
      payload: { iss: local, sub: 'did:example:alice', vc: genericCredential({ issuer: local }) },
      signer,
    })
    const credential = { '@context': BASE_CONTEXT, type: ENVELOPED_VC, id: `data:application/jwt,${inner}` }
    const vp = genericPresentation({ holder: local, verifiableCredential: [credential] })
    const one = await enveloped({ iss: local, aud: 'example.com', nonce: '123456789', vp }, 'JWT')

    expect((await jose.verifyPresentation(one)).status).toBe(200)
  })

  it('does not verify for another holder than the one who signed', async () => {
    const one = await enveloped(genericPresentation({ holder: jose.did }))

    expect((await jose.verifyPresentation(one)).status).toBe(400)
  })
})
