import { beforeAll, describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { credentialToJson } from '../../src/model/build-credential.ts'
import type { Mechanism } from '../../src/model/chain.ts'
import { signDataIntegrity } from '../../src/securing/data-integrity/sign.ts'
import { discloseEntries } from '../../src/securing/sd-jwt/disclose.ts'
import { signVcSdJwt } from '../../src/securing/sd-jwt/sign.ts'
import { mailGrant, makePerson, type Person, World } from '../helpers/world.ts'
import { disclosureOf } from '../securing/sd-jwt/samples.ts'
import { payloadOf, signRaw } from './raw.ts'
import { Stage } from './stage.ts'

const V1 = 'https://www.w3.org/2018/credentials/v1'
const SUITES = ['eddsa-jcs-2022', 'eddsa-rdfc-2022', 'ecdsa-jcs-2019', 'ecdsa-rdfc-2019'] as const

let mallory: Person
const stages = new Map<string, Stage>()

beforeAll(async () => {
  mallory = await makePerson()
  stages.set('eddsa', await Stage.create())
  stages.set('ecdsa', await Stage.create({ world: await World.create('P-256') }))
})

function stageOf(mechanism: Mechanism): Stage {
  const stage = stages.get(mechanism.startsWith('ecdsa') ? 'ecdsa' : 'eddsa')
  if (stage === undefined) throw new Error('there is no stage')
  return stage
}

describe.each(SUITES)('a link with a proof of %s', (suite) => {
  let stage: Stage
  let root: string
  let link: JsonObject

  beforeAll(async () => {
    stage = stageOf(suite)
    const { world } = stage
    root = await world.sign(world.ownerCredential(), world.authority.signer)
    link = JSON.parse(await world.sign(world.agentCredential(), world.owner.signer, suite))
  })

  const outcome = (document: JsonObject) => stage.chain([root, JSON.stringify(document)])
  const proofWith = (members: JsonObject): JsonObject => ({
    ...link,
    proof: { ...(link.proof as JsonObject), ...members },
  })

  it.each<[id: string, contexts: (known: readonly Json[]) => readonly Json[]]>([
    ['CP-08', (known) => known.toReversed()],
    ['CP-08', (known) => [V1, ...known]],
    ['CP-09', (known) => [...known, 'http://127.0.0.1:9/context']],
    ['CP-10', (known) => [...known, { authority: 'https://a.example/tenant' }]],
  ])(
    'has the two contexts that everybody knows, in their order: %s [CP-08] [CP-09] [CP-10]',
    async (_id, contexts) => {
      expect(await outcome({ ...link, '@context': contexts(link['@context'] as Json[]) })).toBe('malformed')
      expect(await outcome(link)).toBe('verified')
    },
  )

  it('loses no member in silence [CP-12]', async () => {
    const subject = link.credentialSubject as JsonObject

    expect(await outcome({ ...link, credentialSubject: { ...subject, scope: 'all' } })).toBe('malformed')
    expect(await outcome({ ...link, scope: 'all' })).toBe('malformed')
    expect(await outcome(link)).toBe('verified')
  })

  it('keeps its status where the proof saw it [SS-08]', async () => {
    const { credentialStatus = null, ...rest } = link
    const included = { id: link.id ?? '', type: link.type ?? '', credentialStatus }

    expect(await outcome({ ...rest, '@included': [included] })).toMatch(/^(malformed|status_missing)$/)
    expect(await outcome(rest)).toBe('status_missing')
    expect(await outcome(link)).toBe('verified')
  })

  it('is of the suite that it was made with, and with a key of its kind [SM-15]', async () => {
    for (const cryptosuite of SUITES) {
      // Over RDF no context may stand in the proof, where the suites over JSON have it.
      if (cryptosuite !== suite)
        expect(await outcome(proofWith({ cryptosuite }))).toMatch(/^(signature_invalid|malformed)$/)
    }
    expect(await outcome(proofWith({ cryptosuite: 'eddsa-2022' }))).toBe('unsupported')
    expect(await outcome(proofWith({ cryptosuite: [suite] }))).toMatch(/^(malformed|unsupported)$/)
    expect(await outcome(proofWith({ type: 'Ed25519Signature2020' }))).toBe('unsupported')
    expect(await outcome(link)).toBe('verified')
  })

  it('is the document that was signed, and no other [SM-16]', async () => {
    const subject = link.credentialSubject as JsonObject
    const moved = (changes: JsonObject) => outcome({ ...link, credentialSubject: { ...subject, ...changes } })

    expect(await moved({ id: mallory.did })).toBe('signature_invalid')
    expect(await moved({ maxDepth: 7 })).toBe('signature_invalid')
    expect(await outcome({ ...link, id: 'urn:uuid:00000000-0000-4000-8000-0000000000ff' })).toBe(
      'signature_invalid',
    )
    expect(await outcome({ ...link, validUntil: '2999-01-01T00:00:00.000Z' })).toBe('signature_invalid')
    expect(await outcome(link)).toBe('verified')
  })

  it('is proven by all of its proofs, and by one of the issuer [SM-19]', async () => {
    const both = await signDataIntegrity({
      document: link,
      cryptosuite: 'eddsa-jcs-2022',
      signer: mallory.signer,
    })
    const [own = {}, other = {}] = both.proof as readonly JsonObject[]
    const spoil = (proof: JsonObject): JsonObject => ({ ...proof, created: '2026-11-22T08:59:00Z' })
    const proven = (...proof: readonly JsonObject[]) => outcome({ ...link, proof })

    expect(await proven(own, other)).toBe('verified')
    expect(await proven(own, spoil(other))).toBe('signature_invalid')
    expect(await proven(spoil(own), other)).toBe('signature_invalid')
    expect(await proven(other)).toBe('key_not_authorized')
    expect(await proven(other, spoil(own))).toBe('signature_invalid')
    expect(await proven(own, other, other, other, other)).toBe('limit_exceeded')
  })

  it('may be written in another order and with spaces [SM-23]', async () => {
    const reordered = Object.fromEntries(Object.entries(link).toReversed()) as JsonObject

    expect(await stage.chain([root, JSON.stringify(reordered, undefined, 1)])).toBe('verified')
  })

  it('holds no graph of nodes without a name [SM-22]', async () => {
    const nodes = Array.from({ length: 10 }, (_, i) => ({ id: `_:b${i}` }))
    const clique = nodes.map((node) => ({ ...node, knows: nodes.filter((other) => other !== node) }))

    expect(
      await stage.token(await stage.world.token([root, JSON.stringify({ ...link, evidence: clique })])),
    ).toBe('malformed')
    expect(await outcome(link)).toBe('verified')
  })
})

describe('an SD-JWT', () => {
  const ENTRIES = [mailGrant({ actions: ['mail.read'] }), mailGrant({ actions: ['mail.send'] })]
  let stage: Stage
  let root: string
  let agent: string

  beforeAll(async () => {
    stage = stageOf('vc+sd-jwt')
    const { world } = stage
    root = await world.sign(world.ownerCredential(), world.authority.signer)
    const credential = credentialToJson(world.agentCredential({ authorizationDetails: ENTRIES }))
    const random = (length: number) => new Uint8Array(length).fill(salt++)
    agent = await signVcSdJwt({ payload: credential, signer: world.owner.signer, random })
  })
  let salt = 0

  const outcome = (token: string, action = 'mail.send') => stage.chain([root, token], {}, { action })
  const wider = disclosureOf([
    'c2FsdA',
    { type: 'api', locations: ['https://mail.example/'], actions: ['mail.delete'] },
  ])

  it.each<[string, (token: string) => string]>([
    ['changed', (token) => token.replace(/~[^~]+~/, `~${wider}~`)],
    ['that nothing asks for', (token) => `${token}${wider}~`],
    ['over the issuer', (token) => `${token}${disclosureOf(['c2FsdA', 'issuer', 'did:key:z6Mk'])}~`],
    ['over `iss`', (token) => `${token}${disclosureOf(['c2FsdA', 'iss', 'did:key:z6Mk'])}~`],
    ['twice', (token) => token.replace(/~([^~]+)~/, '~$1~$1~')],
    [
      'of a member for that of an element',
      (token) => token.replace(/~[^~]+~/, `~${disclosureOf(['c2FsdA', 'x', 1])}~`),
    ],
    ['of four parts', (token) => `${token}${disclosureOf(['c2FsdA', 'x', 1, 2])}~`],
    ['of nothing', (token) => `${token}~`],
    ['without its tilde', (token) => token.slice(0, -1)],
  ])('shows no disclosure %s [SM-25]', async (_what, tamper) => {
    expect(await outcome(tamper(agent))).toBe('malformed')
    expect(await outcome(agent)).toBe('verified')
  })

  it('whose issuer repeats a digest, hides other claims or uses reserved names is refused [SM-25]', async () => {
    const payload = JSON.parse(payloadOf(agent))
    const [jws = '', ...shown] = agent.split('~')
    const again = async (change: (payload: Record<string, Json>) => void) => {
      const copy = structuredClone(payload)
      change(copy)
      const header = { typ: 'vc+sd-jwt' }
      return outcome(
        [await signRaw(JSON.stringify(copy), stage.world.owner.signer, header), ...shown].join('~'),
      )
    }
    const entries = payload.credentialSubject.authorizationDetails

    expect(jws).toContain('.')
    expect(await again(() => undefined)).toBe('verified')
    expect(
      await again(({ credentialSubject: s }) =>
        Object.assign(s as object, { authorizationDetails: [...entries, entries[0]] }),
      ),
    ).toBe('malformed')
    expect(await again((copy) => Object.assign(copy, { _sd: [] }))).toBe('malformed')
    expect(await again((copy) => Object.assign(copy, { _sd_alg: 'sha-1' }))).toBe('unsupported')
    expect(await again(({ credentialSubject: s }) => Object.assign(s as object, { _sd: ['x'] }))).toBe(
      'malformed',
    )
    expect(await again(({ credentialSubject: s }) => Object.assign(s as object, { '...': 'x' }))).toBe(
      'malformed',
    )
  })

  it('grants what it shows: less than it could, never more [HP-11]', async () => {
    const reads = discloseEntries(
      agent,
      ({ actions }) => Array.isArray(actions) && actions.includes('mail.read'),
    )

    expect(await outcome(reads)).toBe('not_authorized')
    expect(await outcome(reads, 'mail.read')).toBe('verified')
    expect(await outcome(agent)).toBe('verified')
    expect(await outcome(reads)).toBe('not_authorized')
  })

  it('is covered, as shown, by the signature of the request: none is taken away or added afterwards [HP-11]', async () => {
    const reads = discloseEntries(
      agent,
      ({ actions }) => Array.isArray(actions) && actions.includes('mail.read'),
    )
    const swap = async (signed: string, sent: string) => {
      const request = await stage.world.present([root, signed])
      const header = (name: string) => request.header(name)?.replace(signed, sent)
      return stage.request({ ...request, header })
    }

    expect(await swap(agent, reads)).toBe('holder_proof_invalid')
    expect(await swap(reads, agent)).toBe('holder_proof_invalid')
    expect(await swap(agent, agent)).toBe('verified')
  })
})
