import { isJsonArray, type JsonObject } from '../../../src/core/json.ts'
import {
  type SignDataIntegrityOptions,
  signDataIntegrity,
} from '../../../src/securing/data-integrity/sign.ts'
import type { VectorFile } from '../format.ts'
import { HOUR, NOW, type Overrides, over, person, Scene, time } from './scene.ts'
import { asked, refusal, settingOf, Theme } from './theme.ts'

/** Credentials with Data Integrity proofs. */
export async function dataIntegrity(): Promise<VectorFile> {
  const scene = await Scene.create('data-integrity')
  const theme = new Theme(
    'data-integrity',
    'Credentials with Data Integrity proofs, over JCS and over RDF.',
    await settingOf(scene),
  )
  await suites(theme, scene)
  await proofs(theme, scene)
  await sets(theme, scene)
  await documents(theme, scene)
  await overRdf(theme, scene)
  return theme.file
}

async function shown(scene: Scene, agent: JsonObject | string, root?: string) {
  const text = typeof agent === 'string' ? agent : JSON.stringify(agent)
  return asked(await scene.request([root ?? (await scene.owner()), text]))
}

/** The agent's credential with a proof of its owner. */
function signed(
  scene: Scene,
  options: Partial<SignDataIntegrityOptions> = {},
  document = scene.agentJson(),
): Promise<JsonObject> {
  return signDataIntegrity({
    document,
    cryptosuite: 'eddsa-jcs-2022',
    signer: scene.cast.owner.signer,
    ...options,
  })
}

async function suites(theme: Theme, scene: Scene): Promise<void> {
  const { authority, status } = scene.cast
  const p256 = await Scene.create('data-integrity p256', 'P-256', { authority, status })
  theme.accept(
    'eddsa-jcs',
    'an agent’s credential with eddsa-jcs-2022',
    await shown(scene, await signed(scene)),
  )
  const ecdsa = (cryptosuite: 'ecdsa-jcs-2019' | 'ecdsa-rdfc-2019') => signed(p256, { cryptosuite })
  theme.accept(
    'ecdsa-jcs',
    'an agent’s credential with ecdsa-jcs-2019',
    await shown(p256, await ecdsa('ecdsa-jcs-2019')),
  )
  const rdfc = { verifier: { rdfc: true } }
  const eddsaRdfc = await shown(scene, await signed(scene, { cryptosuite: 'eddsa-rdfc-2022' }))
  theme.accept(
    'eddsa-rdfc',
    'an agent’s credential with eddsa-rdfc-2022, where the policy allows it',
    eddsaRdfc,
    rdfc,
  )
  const ecdsaRdfc = await shown(p256, await ecdsa('ecdsa-rdfc-2019'))
  theme.accept(
    'ecdsa-rdfc',
    'an agent’s credential with ecdsa-rdfc-2019, where the policy allows it',
    ecdsaRdfc,
    rdfc,
  )
  theme.refuse(
    'no-rdfc',
    'eddsa-rdfc',
    'an agent’s credential with eddsa-rdfc-2022, where the policy is silent',
    refusal('unsupported@1 cryptosuite'),
    eddsaRdfc,
  )
  const root = JSON.stringify(
    await signDataIntegrity({
      document: scene.ownerJson(),
      cryptosuite: 'eddsa-jcs-2022',
      signer: authority.signer,
    }),
  )
  const agent = await scene.agent({}, {}, 'vc+sd-jwt')
  const sub = await scene.derived(agent)
  const mixed = await scene.request([root, agent, sub], { by: scene.cast.sub })
  theme.accept('mixed', 'a chain of three mechanisms', asked(mixed), { says: { links: 3 } })
  const json = JSON.stringify(await signed(scene))
  const below = await scene.request([await scene.owner(), json, await scene.derived(json)], {
    by: scene.cast.sub,
  })
  theme.accept('child', 'a child of a credential with a proof', asked(below), { says: { links: 3 } })
  const again = JSON.stringify(await signed(scene, { created: NOW }))
  const other = await scene.request([await scene.owner(), again, await scene.derived(json)], {
    by: scene.cast.sub,
  })
  theme.accept('child-of-same', 'a child of the same document under another proof', asked(other), {
    says: { links: 3 },
  })
}

async function proofs(theme: Theme, scene: Scene): Promise<void> {
  const document = await signed(scene)
  const proof = document.proof as JsonObject
  const { mallory } = scene.cast
  const value = String(proof.proofValue)
  const wrong: readonly (readonly [string, string, Overrides, string, string[]?])[] = [
    ['suite-unknown', 'a suite that nobody knows', { cryptosuite: 'eddsa-2099' }, 'unsupported@1', ['SM-15']],
    ['suite-missing', 'no suite', { cryptosuite: undefined }, 'malformed@1', ['SM-15']],
    ['suite-list', 'a list of suites', { cryptosuite: ['eddsa-jcs-2022'] }, 'malformed@1', ['SM-15']],
    [
      'suite-of-other-key',
      'a suite for another type of key',
      { cryptosuite: 'ecdsa-jcs-2019' },
      'signature_invalid@1',
      ['SM-15'],
    ],
    ['type', 'a proof of another type', { type: 'Ed25519Signature2020' }, 'unsupported@1', ['SM-15']],
    ['purpose', 'a proof for authentication', { proofPurpose: 'authentication' }, 'key_not_authorized@1', []],
    [
      'purpose-unknown',
      'a proof for something else',
      { proofPurpose: 'capabilityDelegation' },
      'malformed@1',
      [],
    ],
    [
      'method-foreign',
      'a proof by somebody else',
      { verificationMethod: mallory.signer.keyId },
      'key_not_authorized@1',
      ['SM-04'],
    ],
    [
      'method-unknown',
      'a key that the issuer does not have',
      { verificationMethod: `${scene.cast.owner.did}#other` },
      'key_not_authorized@1',
      [],
    ],
    [
      'method-object',
      'a key in the proof',
      { verificationMethod: { id: scene.cast.owner.signer.keyId } },
      'malformed@1',
      ['SM-03'],
    ],
    ['value-multibase', 'a value in another base', { proofValue: `u${value.slice(1)}` }, 'malformed@1', []],
    [
      'value-short',
      'a value that is too short',
      { proofValue: value.slice(0, 40) },
      'malformed@1',
      ['SM-13'],
    ],
    ['value-missing', 'no value', { proofValue: undefined }, 'malformed@1', []],
    ['created-later', 'a time of making that was changed', { created: time(0) }, 'signature_invalid@1', []],
    ['domain', 'a domain', { domain: 'mail.example' }, 'malformed@1', []],
    ['member', 'a member that proofs do not have', { jws: 'a..b' }, 'malformed@1', []],
    [
      'context-other',
      'another context than that of the document',
      { '@context': ['https://www.w3.org/ns/credentials/v2'] },
      'malformed@1',
      ['CP-10'],
    ],
  ]
  for (const [name, title, changes, expected, threats] of wrong) {
    const changed = { ...document, proof: over(proof, changes) }
    theme.refuse(
      name,
      'eddsa-jcs',
      title,
      refusal(expected),
      await shown(scene, changed),
      threats === undefined || threats.length === 0 ? {} : { threats },
    )
  }
  const { proof: _, ...bare } = document
  theme.refuse('no-proof', 'eddsa-jcs', 'no proof', refusal('malformed@1'), await shown(scene, bare), {
    threats: ['SL-07'],
  })
  const ends = await signed(scene, { expires: NOW - 31_000 })
  theme.refuse(
    'proof-expired',
    'eddsa-jcs',
    'a proof that has expired',
    refusal('expired@1'),
    await shown(scene, ends),
  )
  const kept = await signed(scene, { expires: NOW + HOUR })
  theme.accept('proof-expires', 'a proof that expires before its document', await shown(scene, kept))
}

async function sets(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const own = await signed(scene, { id: 'urn:uuid:00000000-0000-4000-8000-0000000000c1' })
  const second = await person('witness')
  const set = await signed(scene, { signer: second.signer }, own)
  const first = 'urn:uuid:00000000-0000-4000-8000-0000000000c1'
  const chained = await signed(scene, { signer: second.signer, previousProof: [first] }, own)
  theme.accept('proof-set', 'a second proof by somebody else', await shown(scene, set))
  theme.accept('proof-chain', 'a second proof over the first one', await shown(scene, chained))
  const list = isJsonArray(set.proof) ? (set.proof as readonly JsonObject[]) : []
  const [good = {}, other = {}] = list
  const broken = (proof: JsonObject) => ({ ...proof, created: time(0) })
  const forged = await signed(scene, { signer: cast.mallory.signer })
  const wrong: readonly (readonly [string, string, JsonObject, string])[] = [
    [
      'set-other-broken',
      'a good proof of the issuer and a broken one of somebody else',
      { ...set, proof: [good, broken(other)] },
      'signature_invalid@1',
    ],
    [
      'set-own-broken',
      'a broken proof of the issuer and a good one of somebody else',
      { ...set, proof: [broken(good), other] },
      'signature_invalid@1',
    ],
    ['set-without-own', 'a good proof by somebody else alone', forged, 'key_not_authorized@1'],
    ['set-empty', 'an empty list of proofs', { ...set, proof: [] }, 'malformed@1'],
    ['set-five', 'five proofs', { ...set, proof: [good, good, good, good, good] }, 'limit_exceeded@1'],
    [
      'chain-other',
      'a proof over one that is not there',
      { ...chained, proof: (chained.proof as JsonObject[]).slice(1) },
      'malformed@1',
    ],
  ]
  for (const [name, title, document, expected] of wrong) {
    theme.refuse(name, 'proof-set', title, refusal(expected), await shown(scene, document), {
      threats: ['SM-19'],
    })
  }
}

async function documents(theme: Theme, scene: Scene): Promise<void> {
  const document = await signed(scene)
  const text = JSON.stringify(document)
  const reversed = Object.fromEntries(Object.entries(document).reverse()) as JsonObject
  theme.accept('order', 'the same with its members in another order', await shown(scene, reversed), {
    threats: ['SM-23'],
  })
  theme.accept(
    'spaces',
    'the same with spaces and line breaks',
    await shown(scene, JSON.stringify(document, null, 2)),
    { threats: ['SM-23'] },
  )
  const other = scene.agentJson({ tenant: 'acme', maxDepth: 7 })
  const copied = { ...other, proof: document.proof ?? null }
  theme.refuse(
    'copied',
    'eddsa-jcs',
    'the proof of another document',
    refusal('signature_invalid@1'),
    await shown(scene, copied),
    { threats: ['SM-16'] },
  )
  const moved = { ...document, '@included': [{ ...scene.agentJson() }] }
  theme.refuse(
    'included',
    'eddsa-jcs',
    'a member @included',
    refusal('malformed@1'),
    await shown(scene, moved),
  )
  const twice = text.replace('"proof":', '"proof":{},"proof":')
  theme.refuse(
    'proof-twice',
    'eddsa-jcs',
    'two members proof',
    refusal('malformed@1'),
    await shown(scene, twice),
    { threats: ['CP-01'] },
  )
  const field = `"${await scene.owner()}", "${Buffer.from(text).toString('base64url')}"`
  theme.refuse(
    'as-token',
    'eddsa-jcs',
    'a document where a token belongs',
    refusal('malformed@1'),
    asked(await scene.request([], { field })),
  )
}

async function overRdf(theme: Theme, scene: Scene): Promise<void> {
  const rdfc = { verifier: { rdfc: true } }
  const document = await signed(scene, { cryptosuite: 'eddsa-rdfc-2022' })
  const status = document.credentialStatus as readonly JsonObject[]
  const swapped = { ...document, credentialStatus: [...status].reverse() }
  theme.accept(
    'rdfc-order',
    'the entries of a set in another order, under a proof over RDF',
    await shown(scene, swapped),
    { ...rdfc, threats: ['SM-23'] },
  )
  const subject = document.credentialSubject as JsonObject
  const wrong: readonly (readonly [string, string, JsonObject, string, string[]])[] = [
    [
      'rdfc-changed',
      'a subject that was changed',
      { ...document, credentialSubject: { ...subject, purpose: 'else' } },
      'signature_invalid@1',
      ['SM-16'],
    ],
    [
      'rdfc-undefined',
      'a member that no context defines',
      { ...document, credentialSubject: { ...subject, scope: 'all' } },
      'malformed@1',
      ['CP-12'],
    ],
    [
      'rdfc-context',
      'a context that defines terms anew',
      {
        ...document,
        '@context': [...(document['@context'] as string[]), { purpose: 'https://a.example/#mode' }],
      },
      'malformed@1',
      ['CP-10'],
    ],
    [
      'rdfc-context-unknown',
      'a context at an address that nobody knows',
      { ...document, '@context': [...(document['@context'] as string[]), 'http://127.0.0.1:9/ctx'] },
      'malformed@1',
      ['CP-09'],
    ],
    [
      'rdfc-proof-context',
      'a context in the proof',
      { ...document, proof: { ...(document.proof as JsonObject), '@context': document['@context'] ?? null } },
      'malformed@1',
      ['CP-10'],
    ],
  ]
  for (const [name, title, changed, expected, threats] of wrong) {
    theme.refuse(name, 'eddsa-rdfc', title, refusal(expected), await shown(scene, changed), {
      ...rdfc,
      threats,
    })
  }
}
