import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isJsonObject, type Json, type JsonObject, parseStrictJson } from '../../src/core/json.ts'
import { decodeMultibaseBase58 } from '../../src/core/multibase.ts'
import type { ServedInstances } from '../../src/server/vc-api/serve-instances.ts'
import { genericCredential } from '../helpers/generic-documents.ts'
import { type InstanceClient, instanceClient, serveForTests } from '../helpers/vc-api.ts'
import { readVectors } from '../helpers/vectors.ts'

/*
 * What the W3C test suites of the Data Integrity cryptosuites, and the VC API suites for issuers and verifiers, ask:
 * the same requests, over a socket. VC-DI is Data Integrity 1.0.
 */

const SUITES = ['eddsa-rdfc-2022', 'eddsa-jcs-2022', 'ecdsa-rdfc-2019', 'ecdsa-jcs-2019'] as const

let served: ServedInstances

beforeAll(async () => {
  served = await serveForTests()
})

afterAll(() => served.close())

async function issued(instance: InstanceClient): Promise<JsonObject> {
  const credential = genericCredential({
    id: `urn:uuid:${crypto.randomUUID()}`,
    issuer: instance.did,
    validFrom: '2023-01-01T00:00:00Z',
    credentialSubject: { id: 'did:example:subject', name: 'ExampleClaim' },
  })
  const { json } = await instance.issue(credential, { checks: [] })
  return json.verifiableCredential
}

/** A change of an issued credential after which it must not verify. */
type Change = readonly [string, (credential: JsonObject) => Json]

function proofWith(name: string, value: Json | undefined) {
  return (credential: JsonObject): Json => {
    const { [name]: _, ...proof } = isJsonObject(credential.proof) ? credential.proof : {}
    return { ...credential, proof: value === undefined ? proof : { ...proof, [name]: value } }
  }
}

function without(name: string) {
  return ({ [name]: _, ...rest }: JsonObject): Json => rest
}

function having(name: string, value: Json) {
  return (credential: JsonObject): Json => ({ ...credential, [name]: value })
}

function proofValueOf(credential: JsonObject): string {
  return isJsonObject(credential.proof) ? String(credential.proof.proofValue) : ''
}

const CHANGES: readonly Change[] = [
  ['VC-DI §4.4: proof is missing', without('proof')],
  ['VC-DI §4.4: proof is null', having('proof', null)],
  ...['string', 10, true, [], {}].map(
    (value): Change => [`VC-DI §2.1: proof is ${JSON.stringify(value)}`, having('proof', value)],
  ),
  ...['type', 'cryptosuite', 'verificationMethod', 'proofPurpose', 'proofValue', 'created'].map(
    (name): Change => [`VC-DI §2.1: proof.${name} is missing`, proofWith(name, undefined)],
  ),
  ['VC-DI §3.1: proof.type is another', proofWith('type', 'UnknownProof')],
  ['VC-DI §3.1: proof.cryptosuite is unknown', proofWith('cryptosuite', 'unknown-cryptosuite')],
  ['VC-DI §2.1: proof.verificationMethod is no key', proofWith('verificationMethod', 'did:key:invalidVm')],
  ['VC-DI §4.4: proof.proofPurpose is another', proofWith('proofPurpose', 'invalidPurpose')],
  ['VC-DI §4.4: proof.proofPurpose is of another relationship', proofWith('proofPurpose', 'authentication')],
  ['VC-DI §2.1: proof.proofValue is null', proofWith('proofValue', null)],
  ['VC-DI §2.1: proof.created is no date', proofWith('created', 'invalidDate')],
  [
    'VC-DI §2.1: proof.proofValue has no multibase prefix',
    (c) => proofWith('proofValue', proofValueOf(c).slice(1))(c),
  ],
  [
    'vc-di-eddsa §2.2: proof.proofValue has another length',
    (c) => proofWith('proofValue', `${proofValueOf(c)}z`)(c),
  ],
  ['a claim is another', having('credentialSubject', { id: 'did:example:subject', name: 'Another' })],
  ['VC-DI §2.4.1: a claim that nobody defines', having('credentialSubject', { undefinedTerm: 'IfDropped' })],
  ['VC-DI §2.4.1: a type that nobody defines', having('type', ['VerifiableCredential', 'UndefinedType'])],
  ...['@context', 'type', 'issuer', 'credentialSubject'].map(
    (name): Change => [`VCDM 2.0: ${name} is missing`, without(name)],
  ),
  ...['string', {}, null, 10, true, [[]], [{}], [null], [10]].flatMap((value): Change[] => [
    [`VCDM 2.0 §4.3: @context is ${JSON.stringify(value)}`, having('@context', value)],
    [`VCDM 2.0 §4.5: type is ${JSON.stringify(value)}`, having('type', value)],
  ]),
  ...[[], null, 10, true].map(
    (value): Change => [`VCDM 2.0 §4.7: issuer is ${JSON.stringify(value)}`, having('issuer', value)],
  ),
  ...['string', null, 10, true, []].map(
    (value): Change => [
      `VCDM 2.0 §4.8: credentialSubject is ${JSON.stringify(value)}`,
      having('credentialSubject', value),
    ],
  ),
  ['VCDM 2.0 §4.7: somebody else is named as its issuer', having('issuer', 'did:example:other')],
]

describe.each(SUITES)('an instance of %s', (suite) => {
  it('makes a proof as the suite describes it, which verifies', async () => {
    const instance = await instanceClient(served.origin, suite)
    const credential = await issued(instance)
    const { type, cryptosuite, created, verificationMethod, proofPurpose, proofValue } =
      credential.proof as JsonObject

    expect({ type, cryptosuite, proofPurpose }).toEqual({
      type: 'DataIntegrityProof',
      cryptosuite: suite,
      proofPurpose: 'assertionMethod',
    })
    expect(String(verificationMethod).startsWith(`${instance.did}#z`)).toBe(true)
    expect(Date.parse(String(created))).toBeGreaterThan(0)
    expect(decodeMultibaseBase58(String(proofValue))).toHaveLength(64)
    expect((await instance.verify(credential)).json).toMatchObject({ verified: true, problemDetails: [] })
  })

  it.each(CHANGES)('does not verify where %s', async (_, change) => {
    const instance = await instanceClient(served.origin, suite)
    const answer = await instance.verify(change(await issued(instance)))

    expect([answer.status, answer.json.verified ?? false]).toEqual([400, false])
    expect(answer.json.problemDetails[0].type).toMatch(
      /^https:\/\/www\.w3\.org\/TR\/vc-data-model#|^https:\/\/w3id\.org\/security#/,
    )
  })

  it.each([
    ['purpose', { expectedProofPurpose: 'authentication' }, 'INVALID_VERIFICATION_METHOD'],
    ['domain', { domain: 'domain.example' }, 'INVALID_DOMAIN_ERROR'],
    ['challenge', { challenge: '1235abcd6789' }, 'INVALID_CHALLENGE_ERROR'],
  ])('does not verify where another %s is expected (VC-DI §4.4)', async (_, options, problem) => {
    const instance = await instanceClient(served.origin, suite)
    const { status, json } = await instance.verify(await issued(instance), options)

    expect(status).toBe(400)
    expect(json.problemDetails[0].type).toBe(`https://w3id.org/security#${problem}`)
  })
})

describe('any instance', () => {
  it('asks for nothing where the options are null (VC-DI §4.4)', async () => {
    const instance = await instanceClient(served.origin, 'eddsa-jcs-2022')
    const options = { domain: null, challenge: null, expectedProofPurpose: null }

    expect((await instance.verify(await issued(instance), options)).status).toBe(200)
  })

  it('verifies what any other one issued: proofs, sets of them and envelopes alike', async () => {
    const clients = await Promise.all(
      [...SUITES, 'vc-jose', 'vc-sd-jwt'].map((form) => instanceClient(served.origin, form as 'vc-jose')),
    )
    const statuses = []
    for (const issuer of clients) {
      const credential = await issued(issuer)
      for (const verifier of clients) statuses.push((await verifier.verify(credential)).status)
    }

    expect(statuses).toEqual(Array.from({ length: 36 }, () => 200))
  })

  it('refuses a good proof by a key that the issuer does not control, as in the vectors of the W3C', async (ctx) => {
    const text = readVectors(ctx, 'w3c-vc-di-eddsa/TestVectors/eddsa-jcs-2022/signedJCS.json')
    const instance = await instanceClient(served.origin, 'eddsa-jcs-2022')
    const { status, json } = await instance.verify(parseStrictJson(text))

    expect(status).toBe(400)
    expect(json.problemDetails[0].type).toBe('https://w3id.org/security#INVALID_VERIFICATION_METHOD')
  })
})

describe('the VC API for issuers (VCALM §3.2.1)', () => {
  const CONTEXTS_1 = [
    'https://www.w3.org/2018/credentials/v1',
    'https://www.w3.org/2018/credentials/examples/v1',
  ]

  function firstVersion(instance: InstanceClient): JsonObject {
    return genericCredential({
      '@context': CONTEXTS_1,
      id: 'urn:uuid:1',
      type: ['VerifiableCredential', 'UniversityDegreeCredential'],
      issuer: instance.did,
      issuanceDate: '2023-01-01T00:00:00Z',
    })
  }

  it.each(['eddsa-jcs-2022', 'vc-jose'] as const)(
    'issues a credential of VCDM 1.1 in the mode of the suite: %s',
    async (form) => {
      const instance = await instanceClient(served.origin, form)
      const plain = await instance.issue(firstVersion(instance))
      const ending = await instance.issue({
        ...firstVersion(instance),
        expirationDate: '2099-01-01T00:00:00Z',
      })

      expect([plain.status, ending.status]).toEqual([201, 201])
      expect((await instance.verify(plain.json.verifiableCredential)).status).toBe(200)
    },
  )

  it('wants the credential under its name', async () => {
    const instance = await instanceClient(served.origin, 'eddsa-rdfc-2022')
    const { status } = await instance.post('credentials/issue', { verifiableCredential: genericCredential() })

    expect(status).toBe(400)
  })

  it.each([
    ['@context', [undefined, 4, false, null, []]],
    ['type', [undefined, 4, null, true, []]],
    ['issuer', [undefined, null, true, 4, []]],
    ['credentialSubject', [undefined, null, true, 4, [], 'did:example:1234']],
  ] as const)('answers 400 where %s is not as it must be', async (name, values) => {
    const instance = await instanceClient(served.origin, 'eddsa-rdfc-2022')
    const members = values.map((value) => genericCredential({ issuer: instance.did, [name]: value as Json }))
    const answers = await Promise.all(members.map((credential) => instance.issue(credential)))

    expect(answers.map(({ status }) => status)).toEqual(values.map(() => 400))
  })
})
