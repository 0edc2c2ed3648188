import type { JsonObject } from '../../../src/core/json.ts'
import type { ExpectedRefusal, VectorFile, VectorStep } from '../format.ts'
import { AUDIENCE, NOW, type Overrides, over, READ, Scene, time } from './scene.ts'
import { refusal, settingOf, Theme } from './theme.ts'

const CHALLENGE = 'a1b2c3d4e5f60718'

/** Presenting by a document with a Data Integrity proof, as wallets do. */
export async function presentations(): Promise<VectorFile> {
  const scene = await Scene.create('presentations')
  const theme = new Theme(
    'presentations',
    'Presenting by a document with a Data Integrity proof.',
    await settingOf(scene),
  )
  await whole(theme, scene)
  await signing(theme, scene)
  await times(theme, scene)
  await forms(theme, scene)
  return theme.file
}

function shown(document: JsonObject | string, challenge = CHALLENGE): VectorStep {
  const presentation = typeof document === 'string' ? document : JSON.stringify(document)
  return { do: 'presentation', presentation, challenge, ask: READ }
}

const proof = (dimension: string): ExpectedRefusal => refusal(`holder_proof_invalid ${dimension}`)

type Signing = Parameters<Scene['document']>[1]

async function signed(scene: Scene, options: Signing = {}, members: Overrides = {}): Promise<JsonObject> {
  return scene.document(await scene.twoLinks(), { challenge: CHALLENGE, ...options }, members)
}

async function whole(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const document = await signed(scene)
  theme.accept('eddsa-jcs', 'a presentation with eddsa-jcs-2022', shown(document), {
    says: { presenter: cast.agent.did, recheckAt: time(300_000) },
  })
  const p256 = await Scene.create('presentations p256', 'P-256', {
    authority: cast.authority,
    status: cast.status,
  })
  theme.accept('ecdsa-jcs', 'a presentation with ecdsa-jcs-2019', shown(await signed(p256)))
  const rdfc = await signed(scene, { cryptosuite: 'eddsa-rdfc-2022' })
  theme.accept('eddsa-rdfc', 'a presentation with eddsa-rdfc-2022, where the policy allows it', shown(rdfc), {
    verifier: { rdfc: true },
  })
  theme.refuse(
    'no-rdfc',
    'eddsa-rdfc',
    'a presentation with eddsa-rdfc-2022, where the policy is silent',
    refusal('unsupported proof.cryptosuite'),
    shown(rdfc),
  )
  const [owner, agent, sub] = await scene.threeLinks()
  const order = await scene.document([sub, owner, agent], { challenge: CHALLENGE, signer: cast.sub.signer })
  theme.accept('three-links', 'a chain of three links, in any order', shown(order), {
    says: { kind: 'SubAgent', links: 3 },
  })
  theme.accept(
    'id',
    'a presentation with an id',
    shown(await signed(scene, {}, { id: 'urn:uuid:00000000-0000-4000-8000-0000000000bb' })),
  )
  const steps = [shown(document), shown(document)].map((step, i) => ({
    ...step,
    expected: i === 0 ? { verified: true as const } : refusal('replayed'),
  }))
  theme.add('replay', 'a presentation twice', steps, { threats: ['HP-04'] }, 'eddsa-jcs')
}

async function signing(theme: Theme, scene: Scene): Promise<void> {
  const { agent, mallory } = scene.cast
  const document = await signed(scene)
  const own = document.proof as JsonObject
  const withProof = (changes: Overrides): JsonObject => ({ ...document, proof: over(own, changes) })
  const [first = {}, second = {}] = document.verifiableCredential as readonly JsonObject[]
  const { proof: _, ...bare } = document
  const named = { ...mallory.signer, keyId: agent.signer.keyId }
  const wrong: readonly (readonly [string, string, JsonObject, ExpectedRefusal, string[]])[] = [
    ['no-proof', 'no proof', bare, refusal('malformed'), ['HP-01']],
    [
      'thief',
      'a chain in a presentation of somebody else',
      await signed(scene, { signer: mallory.signer }),
      proof('holder'),
      ['HP-02', 'HP-03'],
    ],
    [
      'thief-holder',
      'a presentation of somebody else that names the presenter',
      await signed(scene, { signer: mallory.signer }, { holder: agent.did }),
      proof('proof.verificationMethod'),
      ['HP-02'],
    ],
    [
      'thief-name',
      'a presentation of somebody else in the presenter’s name',
      await signed(scene, { signer: named }),
      proof('proof'),
      ['HP-02'],
    ],
    [
      'purpose',
      'a proof for issuing',
      await signed(scene, { proofPurpose: 'assertionMethod' }),
      proof('proof.proofPurpose'),
      ['DR-09'],
    ],
    [
      'two-proofs',
      'a second proof by somebody else',
      await scene.document([], { signer: mallory.signer, challenge: CHALLENGE }, document),
      refusal('malformed'),
      ['HP-03'],
    ],
    [
      'order',
      'the credentials in another order than was signed',
      { ...document, verifiableCredential: [second, first] },
      proof('proof'),
      [],
    ],
    [
      'credential-twice',
      'a credential twice',
      { ...document, verifiableCredential: [first, second, first] },
      refusal('chain_broken verifiableCredential'),
      ['HP-03'],
    ],
    [
      'credential-removed',
      'a credential taken away',
      { ...document, verifiableCredential: [second] },
      refusal('chain_broken verifiableCredential'),
      ['DC-11'],
    ],
    [
      'domain-other',
      'a presentation for https://other.example/',
      await signed(scene, { domain: 'https://other.example/' }),
      refusal('audience_mismatch proof.domain'),
      ['HP-08'],
    ],
    [
      'domain-no-slash',
      'a presentation for https://mail.example',
      await signed(scene, { domain: 'https://mail.example' }),
      refusal('audience_mismatch proof.domain'),
      ['HP-08'],
    ],
    [
      'domain-list',
      'a presentation for two audiences',
      withProof({ domain: [AUDIENCE, 'https://other.example/'] }),
      refusal('audience_mismatch proof.domain'),
      ['HP-08'],
    ],
    [
      'domain-missing',
      'a presentation for nobody',
      withProof({ domain: undefined }),
      refusal('audience_mismatch proof.domain'),
      ['HP-08'],
    ],
    [
      'domain-changed',
      'a presentation for somebody else that was changed',
      {
        ...document,
        proof: over((await signed(scene, { domain: 'https://other.example/' })).proof as JsonObject, {
          domain: AUDIENCE,
        }),
      },
      proof('proof'),
      ['HP-08'],
    ],
    [
      'challenge-missing',
      'no challenge',
      withProof({ challenge: undefined }),
      proof('proof.challenge'),
      ['HP-09'],
    ],
    ['challenge-empty', 'an empty challenge', withProof({ challenge: '' }), refusal('malformed'), ['HP-09']],
    [
      'method-unknown',
      'a key that the presenter does not have',
      withProof({ verificationMethod: `${agent.did}#other` }),
      proof('proof'),
      ['HP-02'],
    ],
  ]
  for (const [name, title, changed, expected, threats] of wrong) {
    theme.refuse(name, 'eddsa-jcs', title, expected, shown(changed), threats.length === 0 ? {} : { threats })
  }
  const other = shown(document, 'another-challenge')
  theme.refuse(
    'challenge-other',
    'eddsa-jcs',
    'another challenge than was asked for',
    proof('proof.challenge'),
    other,
    { threats: ['HP-09'] },
  )
}

async function times(theme: Theme, scene: Scene): Promise<void> {
  const right: readonly (readonly [string, string, Signing])[] = [
    ['early', 'a proof from 30 s ahead', { created: NOW + 30_000 }],
    ['late', 'a proof that ended 30 s ago', { created: NOW - 330_000 }],
    ['expires', 'a proof with an end of its own', { expires: NOW + 60_000 }],
  ]
  for (const [name, title, options] of right)
    theme.accept(name, title, shown(await signed(scene, options)), { threats: ['HP-15'] })
  const undated = await signed(scene)
  const { created: _, ...rest } = undated.proof as JsonObject
  const wrong: readonly (readonly [string, string, JsonObject, string])[] = [
    ['too-early', 'a proof from 31 s ahead', await signed(scene, { created: NOW + 31_000 }), 'proof.created'],
    [
      'too-late',
      'a proof that ended 31 s ago',
      await signed(scene, { created: NOW - 331_000 }),
      'proof.expires',
    ],
    [
      'years',
      'a proof that is ten years old',
      await signed(scene, { created: NOW - 315_360_000_000 }),
      'proof.expires',
    ],
    ['undated', 'a proof without a date', { ...undated, proof: rest }, 'proof.created'],
    [
      'expired',
      'a proof with an end that is past',
      await signed(scene, { created: NOW - 120_000, expires: NOW - 31_000 }),
      'proof.expires',
    ],
  ]
  for (const [name, title, document, dimension] of wrong) {
    theme.refuse(name, 'eddsa-jcs', title, proof(dimension), shown(document), { threats: ['HP-10', 'HP-15'] })
  }
}

async function forms(theme: Theme, scene: Scene): Promise<void> {
  const v2 = 'https://www.w3.org/ns/credentials/v2'
  const wrong: readonly (readonly [string, string, Overrides])[] = [
    ['context-more', 'a context more', { '@context': [v2, 'https://w3id.org/procura/v1'] }],
    ['type-more', 'a type more', { type: ['VerifiablePresentation', 'Other'] }],
    ['holder-url', 'a holder that is no DID', { holder: 'https://agent.example/' }],
    ['holder-object', 'a holder with members', { holder: { id: scene.cast.agent.did } }],
    ['empty', 'no credential', { verifiableCredential: [] }],
    ['member', 'a member that presentations do not have', { termsOfUse: [] }],
    ['id-space', 'an id that is no URL', { id: 'x y' }],
  ]
  for (const [name, title, members] of wrong) {
    theme.refuse(name, 'eddsa-jcs', title, refusal('malformed'), shown(await signed(scene, {}, members)))
  }
  const texts: readonly (readonly [string, string, string, string])[] = [
    ['not-json', 'a text that is no JSON', '{', 'malformed'],
    ['list', 'a list', '[]', 'malformed'],
    ['holder-twice', 'a member twice', '{"holder":"did:key:a","holder":"did:key:b"}', 'malformed'],
    ['nested', 'lists within each other, 10,000 deep', '['.repeat(10_000), 'malformed'],
  ]
  for (const [name, title, text, code] of texts)
    theme.refuse(
      name,
      'eddsa-jcs',
      title,
      refusal(code),
      shown(text),
      name === 'nested' ? { threats: ['CP-04'] } : {},
    )
}
