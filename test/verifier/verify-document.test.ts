import { beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { createAgent } from '../../src/holder/create-agent-from-environment.ts'
import type { SignDataIntegrityOptions } from '../../src/securing/data-integrity/sign.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierOptions } from '../../src/verifier/policy.ts'
import { AUDIENCE, makePerson, NOW, World } from '../helpers/world.ts'

const READ = { action: 'mail.read' }
const CHALLENGE = 'a1b2c3d4e5f60718'

let world: World
let verifier: Verifier

beforeEach(async () => {
  world = await World.create()
  verifier = await started()
})

async function started(options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  const made = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
    ...options,
  })
  await made.sync()
  return made
}

async function outcome(document: JsonObject | string, challenge = CHALLENGE): Promise<string> {
  const text = typeof document === 'string' ? document : JSON.stringify(document)
  const verdict = await verifier.verifyPresentation(text, READ, { challenge })
  if (verdict.verified) return 'verified'
  const { code, dimension } = verdict.refusal
  return dimension === undefined ? code : `${code} ${dimension}`
}

async function signed(
  proof: Partial<SignDataIntegrityOptions> = {},
  members: JsonObject = {},
): Promise<JsonObject> {
  return world.document(await world.agentChain(), { challenge: CHALLENGE, ...proof }, members)
}

describe('a presentation with a Data Integrity proof', () => {
  it('says who acts, and ends 5 minutes after it was made', async () => {
    const text = JSON.stringify(await signed())

    expect(await verifier.verifyPresentation(text, READ, { challenge: CHALLENGE })).toMatchObject({
      verified: true,
      agent: 'agt_mailer',
      presenter: world.agent.did,
      recheckAt: NOW + 300_000,
    })
  })

  it('ends before, when its proof does', async () => {
    const text = JSON.stringify(await signed({ expires: NOW + 60_000 }))

    expect(await verifier.verifyPresentation(text, READ, { challenge: CHALLENGE })).toMatchObject({
      recheckAt: NOW + 60_000,
    })
  })

  it('is what agent.presentation makes, with a key of either type', async () => {
    for (const type of ['Ed25519', 'P-256'] as const) {
      const person = await makePerson(type)
      const chain = await world.agentChain({ id: person.did })
      const agent = await createAgent({ key: person.signer, chain, clock: world.clock })

      expect(await outcome(await agent.presentation({ audience: AUDIENCE, challenge: CHALLENGE }))).toBe(
        'verified',
      )
    }
  })

  it('shows of SD-JWTs only the grants that it is for', async () => {
    const chain = await world.mixedChain('vc+sd-jwt', 'vc+sd-jwt', 'vc+jwt')
    const agent = await createAgent({ key: world.subAgent.signer, chain, clock: world.clock })
    const present = (actions: string[]) =>
      agent.presentation({ audience: AUDIENCE, challenge: CHALLENGE, actions })
    const [shown, hidden] = [await present(['mail.read']), await present(['mail.purge'])]

    expect(hidden.length).toBeLessThan(shown.length)
    expect(await outcome(shown)).toBe('verified')
  })

  it('is not made by an agent for an audience that is no URL', async () => {
    const agent = await createAgent({
      key: world.agent.signer,
      chain: await world.agentChain(),
      clock: world.clock,
    })

    await expect(agent.presentation({ audience: 'mail', challenge: CHALLENGE })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it('carries credentials of every mechanism, in any order', async () => {
    const chain = await world.mixedChain('eddsa-jcs-2022', 'vc+sd-jwt', 'vc+jwt')
    const document = await world.document([...chain].reverse(), {
      challenge: CHALLENGE,
      signer: world.subAgent.signer,
    })

    expect(await outcome(document)).toBe('verified')
  })

  it('may have an id, and be signed over RDF where the policy allows that', async () => {
    const chain = await world.mixedChain('eddsa-rdfc-2022', 'vc+jwt', 'vc+sd-jwt')
    const rdf = {
      challenge: CHALLENGE,
      signer: world.subAgent.signer,
      cryptosuite: 'eddsa-rdfc-2022',
    } as const
    const document = await world.document(chain, rdf, { id: 'urn:uuid:00000000-0000-4000-8000-0000000000bb' })
    const plain = await world.document(await world.subAgentChain(), rdf)

    expect(await outcome(plain)).toBe('unsupported proof.cryptosuite')
    verifier = await started({ rdfc: true })
    expect(await outcome(document)).toBe('verified')
  })

  it('acts at the target that the transport names', async () => {
    const locations = [{ origin: 'https://mail.example', path: '/vc' }]
    const [grant] = world.ownerCredential().subject.authorizationDetails
    const authorizationDetails = grant === undefined ? [] : [{ ...grant, locations }]
    const chain = await world.agentChain({ authorizationDetails })
    const text = JSON.stringify(await world.document(chain, { challenge: CHALLENGE }))

    expect(await outcome(text)).toBe('not_authorized locations')
    expect(
      await verifier.verifyPresentation(text, READ, { challenge: CHALLENGE, target: '/vc/presentations' }),
    ).toMatchObject({ verified: true })
  })

  it.each(['', 'short', 'x'.repeat(257), undefined as never])(
    'is not asked for with the challenge %j [HP-09]',
    async (challenge) => {
      await expect(verifier.verifyPresentation('{}', READ, { challenge })).rejects.toMatchObject({
        code: 'ERR_PROCURA_INVALID_ARGUMENT',
      })
    },
  )
})

describe('the form of such a presentation', () => {
  it.each<[string, JsonObject]>([
    [
      'another context',
      { '@context': ['https://www.w3.org/ns/credentials/v2', 'https://w3id.org/procura/v1'] },
    ],
    ['another type', { type: ['VerifiablePresentation', 'Other'] }],
    ['a holder that is no DID', { holder: 'https://agent.example' }],
    ['a holder with members', { holder: { id: 'did:key:z6Mk' } }],
    ['no credential', { verifiableCredential: [] }],
    ['an id that is no URL', { id: 'x y' }],
    ['any other member', { termsOfUse: [] }],
  ])('does not allow %s', async (_, members) => {
    expect(await outcome(await signed({}, members))).toMatch(/^malformed/)
    expect(await outcome(await signed())).toBe('verified')
  })

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['a member twice', '{"holder":"did:key:a","holder":"did:key:b"}'],
    ['no proof', '{}'],
    ['a value of another type', { toString: () => '{}' } as never],
  ])('is not %s', async (_, text) => {
    const verdict = await verifier.verifyPresentation(text, READ, { challenge: CHALLENGE })

    expect(verdict).toMatchObject({ verified: false, refusal: { code: 'malformed' } })
  })

  it('is not read beyond 256 KiB', async () => {
    const text = JSON.stringify(await signed())

    expect(await outcome(text.padEnd(262_144))).toBe('verified')
    expect(await outcome(text.padEnd(262_145))).toBe('limit_exceeded presentation')
  })
})
