import { beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { createAgent } from '../../src/holder/create-agent-from-environment.ts'
import { type RefusalCode, refuse } from '../../src/refusal.ts'
import { parseVpDataIntegrity } from '../../src/securing/data-integrity/parse-vp-data-integrity.ts'
import type { SignDataIntegrityOptions } from '../../src/securing/data-integrity/sign.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { verifyDocumentProof } from '../../src/verifier/verify-document.ts'
import { acceptedValue } from '../helpers/signers.ts'
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

  it.each(['x'.repeat(16), 'x'.repeat(256)])('may be asked for with the challenge %j', async (challenge) => {
    expect(await outcome(await signed({ challenge }), challenge)).toBe('verified')
  })

  it.each(['', 'x'.repeat(15), 'x'.repeat(257), undefined as never])(
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

  it('holds credentials that make one chain', async () => {
    const [owner] = await world.agentChain()

    expect(await outcome(await world.document([owner, owner], { challenge: CHALLENGE }))).toMatch(
      /^chain_broken/,
    )
  })

  it('is not read beyond 256 KiB', async () => {
    const text = JSON.stringify(await signed())

    expect(await outcome(text.padEnd(262_144))).toBe('verified')
    expect(await outcome(text.padEnd(262_145))).toBe('limit_exceeded presentation')
  })
})

describe('the proof of such a presentation', () => {
  /** As the agent signs it, and then changed. */
  async function changed(change: JsonObject): Promise<JsonObject> {
    const { proof, ...document } = await signed()
    return { ...document, proof: { ...(proof as JsonObject), ...change } }
  }

  it.each<[string, () => Promise<JsonObject>, string]>([
    [
      'another audience',
      () => signed({ domain: 'https://other.example/' }),
      'audience_mismatch proof.domain',
    ],
    [
      'a second audience',
      () => changed({ domain: [AUDIENCE, 'https://other.example/'] }),
      'audience_mismatch proof.domain',
    ],
    ['no audience', () => changed({ domain: [] }), 'malformed proof.domain'],
    [
      'a holder who is not the presenter',
      () => signed({}, { holder: world.owner.did }),
      'holder_proof_invalid holder',
    ],
    [
      'the key of somebody else',
      () => signed({ signer: world.owner.signer }, { holder: world.agent.did }),
      'holder_proof_invalid proof.verificationMethod',
    ],
    [
      'another purpose',
      () => signed({ proofPurpose: 'assertionMethod' }),
      'holder_proof_invalid proof.proofPurpose',
    ],
    [
      'another challenge',
      () => signed({ challenge: 'another-challenge' }),
      'holder_proof_invalid proof.challenge',
    ],
    ['no time', () => signed({ created: undefined as never }), 'holder_proof_invalid proof.created'],
    [
      'a time later than clocks may be apart',
      () => signed({ created: NOW + 31_000 }),
      'holder_proof_invalid proof.created',
    ],
    [
      'a time longer ago than it lasts and clocks may be apart',
      () => signed({ created: NOW - 331_000 }),
      'holder_proof_invalid proof.expires',
    ],
    [
      'an end longer ago than clocks may be apart',
      () => signed({ created: NOW - 60_000, expires: NOW - 31_000 }),
      'holder_proof_invalid proof.expires',
    ],
    [
      'a signature over something else',
      async () => ({ ...(await signed()), id: 'urn:uuid:00000000-0000-4000-8000-0000000000bb' }),
      'holder_proof_invalid proof',
    ],
  ])('is refused with %s', async (_, make, refusal) => {
    expect(await outcome(await make())).toBe(refusal)
    expect(await outcome(await signed())).toBe('verified')
  })

  it.each([
    ['made as late as clocks may be apart', { created: NOW + 30_000 }],
    ['that ended as long ago as clocks may be apart', { created: NOW - 330_000 }],
    ['that ended within what clocks may be apart', { created: NOW - 60_000, expires: NOW - 29_000 }],
  ])('is good when it is one %s', async (_, times) => {
    expect(await outcome(await signed(times))).toBe('verified')
  })

  it('repeats a challenge once [HP-04]', async () => {
    const document = await signed()

    expect(await outcome(document)).toBe('verified')
    expect(await outcome(document)).toBe('replayed')
  })

  it('is refused while the replay store cannot tell', async () => {
    verifier = await started({ replay: { use: () => 'unavailable' } })

    expect(await outcome(await signed())).toBe('replay_unavailable')
  })

  it.each<[RefusalCode, RefusalCode]>([
    ['did_unresolvable', 'did_unresolvable'],
    ['unsupported', 'unsupported'],
    ['limit_exceeded', 'limit_exceeded'],
    ['malformed', 'holder_proof_invalid'],
  ])('of a presenter whose keys are %s is %s', async (code, refusal) => {
    const document = acceptedValue(parseVpDataIntegrity(JSON.stringify(await signed())))
    const given = { document, challenge: CHALLENGE, presenter: world.agent.did, now: NOW }

    expect(await verifyDocumentProof(given, AUDIENCE, { resolve: () => refuse(code) })).toMatchObject({
      verified: false,
      refusal: { code: refusal },
    })
  })
})
