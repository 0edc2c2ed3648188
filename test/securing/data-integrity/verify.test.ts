import { describe, expect, it } from 'vitest'
import { encodeJcs } from '../../../src/core/jcs.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { singleKeyDocument } from '../../../src/did/did-document.ts'
import { thumbprintOf } from '../../../src/did/jwk.ts'
import type { DidResolver } from '../../../src/did/resolve-did.ts'
import { CRYPTOSUITES } from '../../../src/model/chain.ts'
import type { Did, DidUrl } from '../../../src/model/did.ts'
import { accept, refuse } from '../../../src/refusal.ts'
import { MAX_SECURED_DOCUMENT_BYTES } from '../../../src/securing/data-integrity/verify.ts'
import { acceptedValue, alice, bob, mallory } from '../../helpers/signers.ts'
import { didOf, NOW, sign, signerOf, verify, verifyOutcome, withProof } from './fixtures.ts'

const SKEW_MS = 30_000

const CONTEXT = ['https://www.w3.org/ns/credentials/v2']
const CREDENTIAL: JsonObject = {
  '@context': CONTEXT,
  type: ['VerifiableCredential'],
  issuer: didOf(alice),
  credentialSubject: { id: 'did:example:somebody', name: 'Some Body' },
}

const PRESENTATION: JsonObject = {
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiablePresentation'],
  holder: didOf(alice),
}

const by = (issuer: Did, credential = CREDENTIAL): JsonObject => ({ ...credential, issuer })

const signed = await sign(CREDENTIAL)

describe('verifyDataIntegrity', () => {
  it.each(CRYPTOSUITES)('tells whose proof is good, and what it is about (%s)', async (suite) => {
    const signer = signerOf(suite)
    const document = await sign(by(didOf(signer)), suite, { id: 'urn:1', created: NOW, expires: NOW + 1 })

    const verified = acceptedValue(await verify(document))

    expect(verified).toEqual({
      document: by(didOf(signer)),
      proofs: [
        {
          cryptosuite: suite,
          verificationMethod: signer.keyId,
          controller: didOf(signer),
          thumbprint: thumbprintOf(signer.publicKey),
          id: 'urn:1',
          created: NOW,
          expires: NOW + 1,
        },
      ],
    })
  })

  it('tells nothing of a proof that this does not say', async () => {
    const { proofs } = acceptedValue(await verify(signed))

    expect(proofs).toStrictEqual([
      {
        cryptosuite: 'eddsa-jcs-2022',
        verificationMethod: alice.keyId,
        controller: didOf(alice),
        thumbprint: thumbprintOf(alice.publicKey),
      },
    ])
  })

  it('refuses a document whose contexts it is not given', async () => {
    const contexts = { byAddress: new Map([['https://a.example/v1', { scope: 'urn:example:scope' }]]) }
    const document = { ...CREDENTIAL, '@context': [...CONTEXT, 'https://a.example/v1'], scope: 'all' }
    const scoped = await sign(document, 'eddsa-rdfc-2022', { contexts })

    expect(await verifyOutcome(scoped, { contexts })).toBe('accepted')
    expect(await verifyOutcome(scoped)).toBe('unsupported @context')
  })

  it.each(CRYPTOSUITES)('refuses a document that was changed (%s)', async (suite) => {
    const document = await sign(by(didOf(signerOf(suite))), suite)
    const changed = { ...document, credentialSubject: { id: 'did:example:somebody', name: 'Any Body' } }

    expect(await verifyOutcome(document)).toBe('accepted')
    expect(await verifyOutcome(changed)).toBe('signature_invalid')
  })

  it('takes an issuer that is an object with an id', async () => {
    const document = await sign({ ...CREDENTIAL, issuer: { id: didOf(alice), name: 'Alice' } })

    expect(await verifyOutcome(document)).toBe('accepted')
  })

  it.each<[string, string, JsonObject]>([
    ['an issuer who did not sign', 'issuer', { issuer: didOf(mallory) }],
    ['an issuer whose DID begins with that of the signer', 'issuer', { issuer: `${didOf(alice)}1` }],
    ['an issuer without a name', 'issuer', { issuer: {} }],
    ['a nameless issuer', 'issuer', { issuer: null }],
    ['a holder who did not sign', 'holder', { holder: didOf(mallory) }],
  ])('refuses %s', async (_, role, changes) => {
    const document = await sign({ ...CREDENTIAL, ...changes })

    expect(await verifyOutcome(document)).toBe(`key_not_authorized ${role}`)
  })

  it('verifies what nobody says anything in', async () => {
    expect(await verifyOutcome(await sign({ a: 1 }))).toBe('accepted')
  })

  it.each([
    ['half a surrogate pair', { ...signed, a: '\ud800' }],
    ['an infinity', { ...signed, a: Number.POSITIVE_INFINITY }],
    ['depth without end', { ...signed, a: nested(100) }],
    ['no proof', CREDENTIAL],
  ])('refuses a document with %s without throwing', async (_, document) => {
    expect(await verifyOutcome(document as JsonObject)).toMatch(/^malformed/)
  })

  it('refuses a document beyond 1 MiB', async () => {
    const large = await sign({ a: 'x'.repeat(MAX_SECURED_DOCUMENT_BYTES - 500) })

    expect(await verifyOutcome(large)).toBe('accepted')
    expect(await verifyOutcome({ ...large, b: 'x'.repeat(500) })).toBe('limit_exceeded document')
  })

  it('reads a document of 1 MiB, and none of one byte more', async () => {
    const room = MAX_SECURED_DOCUMENT_BYTES - encodeJcs({ ...signed, b: '' }).length

    expect(await verifyOutcome({ ...signed, b: 'x'.repeat(room) })).toBe('signature_invalid')
    expect(await verifyOutcome({ ...signed, b: 'x'.repeat(room + 1) })).toBe('limit_exceeded document')
  })
})

function nested(depth: number): unknown {
  return depth === 0 ? 0 : [nested(depth - 1)]
}

describe('the time of a proof', () => {
  it('must not lie ahead, but for the skew of clocks', async () => {
    const at = (created: number) => sign(CREDENTIAL, 'eddsa-jcs-2022', { created })

    expect(await verifyOutcome(await at(NOW + SKEW_MS))).toBe('accepted')
    expect(await verifyOutcome(await at(NOW + SKEW_MS + 1))).toBe('not_yet_valid proof.created')
    expect(await verifyOutcome(await at(NOW + 1), { skewMs: 0 })).toBe('not_yet_valid proof.created')
  })

  it('must not have ended, but for the skew of clocks', async () => {
    const until = (expires: number) => sign(CREDENTIAL, 'eddsa-jcs-2022', { expires })

    expect(await verifyOutcome(await until(NOW - SKEW_MS + 1))).toBe('accepted')
    expect(await verifyOutcome(await until(NOW - SKEW_MS))).toBe('expired proof.expires')
    expect(await verifyOutcome(await until(NOW), { skewMs: 0 })).toBe('expired proof.expires')
  })
})

describe('what a proof is for', () => {
  const bound = { proofPurpose: 'authentication', domain: 'mail.example', challenge: 'c1' } as const

  it('must be what is asked for', async () => {
    const presentation = await sign(PRESENTATION, 'eddsa-jcs-2022', { proofPurpose: 'authentication' })

    expect(await verifyOutcome(presentation, { proofPurpose: 'authentication' })).toBe('accepted')
    expect(await verifyOutcome(presentation)).toBe('key_not_authorized proof.proofPurpose')
    expect(await verifyOutcome(signed, { proofPurpose: 'authentication' })).toBe(
      'key_not_authorized proof.proofPurpose',
    )
  })

  it('must name exactly the domain and the challenge that the verifier names', async () => {
    const presentation = await sign(PRESENTATION, 'eddsa-jcs-2022', bound)

    expect(await verifyOutcome(presentation, bound)).toBe('accepted')
    expect(await verifyOutcome(presentation, { ...bound, domain: 'MAIL.example' })).toBe(
      'audience_mismatch proof.domain',
    )
    expect(await verifyOutcome(presentation, { ...bound, challenge: 'c2' })).toBe(
      'holder_proof_invalid proof.challenge',
    )
  })

  it('must be for nobody in particular when the verifier does not say who it is', async () => {
    const presentation = await sign(PRESENTATION, 'eddsa-jcs-2022', bound)
    const { proofPurpose, domain, challenge } = bound

    expect(await verifyOutcome(presentation, { proofPurpose, domain })).toBe(
      'holder_proof_invalid proof.challenge',
    )
    expect(await verifyOutcome(presentation, { proofPurpose, challenge })).toBe(
      'audience_mismatch proof.domain',
    )
    const unbound = await sign(PRESENTATION, 'eddsa-jcs-2022', { proofPurpose })
    expect(await verifyOutcome(unbound, { proofPurpose, domain })).toBe('audience_mismatch proof.domain')
    expect(await verifyOutcome(unbound, { proofPurpose, challenge })).toBe(
      'holder_proof_invalid proof.challenge',
    )
  })

  it('takes domains as a set (VC-DI §4.4)', async () => {
    const presentation = await sign(PRESENTATION, 'eddsa-jcs-2022', bound)
    const listed = (domain: unknown) => verifyOutcome(withProof(presentation, { domain }), bound)

    expect(await listed(['mail.example', 'mail.example'])).toBe('signature_invalid')
    expect(await listed(['mail.example', 'other.example'])).toBe('audience_mismatch proof.domain')
    expect(await listed([])).toBe('malformed proof.domain')
  })
})

describe('the key of a proof', () => {
  const WEB: Did = 'did:web:id.example'
  const key = (id: DidUrl) => ({ ...alice, keyId: id })
  const method = { id: `${WEB}#key-1`, controller: WEB, key: alice.publicKey, thumbprint: 't' } as const
  const document = singleKeyDocument(method)
  const web = (changes: object): DidResolver => ({ resolve: async () => accept({ ...document, ...changes }) })
  const byWeb = sign(by(WEB), 'eddsa-jcs-2022', { signer: key(`${WEB}#key-1`) })

  it('is found through the resolver', async () => {
    expect(await verifyOutcome(await byWeb, { resolver: web({}) })).toBe('accepted')
    expect(await verifyOutcome(await byWeb)).toBe('unsupported did')
    const lost: DidResolver = { resolve: () => refuse('did_unresolvable') }
    expect(await verifyOutcome(await byWeb, { resolver: lost })).toBe('did_unresolvable')
  })

  it('must stand under the relationship of the purpose [DR-09]', async () => {
    expect(await verifyOutcome(await byWeb, { resolver: web({ assertionMethod: [] }) })).toBe(
      'key_not_authorized assertionMethod',
    )
  })

  it('must be controlled by the DID under which it lies [DR-08]', async () => {
    const foreign = { verificationMethods: [{ ...method, controller: didOf(mallory) }] }

    expect(await verifyOutcome(await byWeb, { resolver: web(foreign) })).toBe('key_not_authorized controller')
  })

  it('must be of the kind that the suite signs with [SM-15]', async () => {
    const p256 = { verificationMethods: [{ ...method, key: bob.publicKey }] }

    expect(await verifyOutcome(await byWeb, { resolver: web(p256) })).toBe('signature_invalid alg')
  })
})
