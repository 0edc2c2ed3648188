import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { singleKeyDocument } from '../../../src/did/did-document.ts'
import { thumbprintOf } from '../../../src/did/jwk.ts'
import type { DidResolver } from '../../../src/did/resolve-did.ts'
import { CRYPTOSUITES } from '../../../src/model/chain.ts'
import type { Did, DidUrl } from '../../../src/model/did.ts'
import { accept, refuse } from '../../../src/refusal.ts'
import {
  MAX_SECURED_DOCUMENT_BYTES,
  verifyDataIntegrity,
} from '../../../src/securing/data-integrity/verify.ts'
import type { VerifyProofsOptions } from '../../../src/securing/data-integrity/verify-proofs.ts'
import { acceptedValue, alice, bob, mallory, outcomeOf } from '../../helpers/signers.ts'
import { didOf, resolver, sign, signerOf, withProof } from './fixtures.ts'

const NOW = Date.UTC(2026, 10, 22, 9)
const SKEW_MS = 30_000

const CREDENTIAL: JsonObject = {
  '@context': ['https://www.w3.org/ns/credentials/v2'],
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

function verify(document: JsonObject, options: Partial<VerifyProofsOptions> = {}) {
  return verifyDataIntegrity(document, { proofPurpose: 'assertionMethod', resolver, now: NOW, ...options })
}

async function outcome(document: JsonObject, options: Partial<VerifyProofsOptions> = {}): Promise<string> {
  return outcomeOf(await verify(document, options))
}

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

  it.each(CRYPTOSUITES)('refuses a document that was changed (%s)', async (suite) => {
    const document = await sign(by(didOf(signerOf(suite))), suite)
    const changed = { ...document, credentialSubject: { id: 'did:example:somebody', name: 'Any Body' } }

    expect(await outcome(document)).toBe('accepted')
    expect(await outcome(changed)).toBe('signature_invalid')
  })

  it('takes an issuer that is an object with an id', async () => {
    const document = await sign({ ...CREDENTIAL, issuer: { id: didOf(alice), name: 'Alice' } })

    expect(await outcome(document)).toBe('accepted')
  })

  it.each<[string, string, JsonObject]>([
    ['an issuer who did not sign', 'issuer', { issuer: didOf(mallory) }],
    ['an issuer whose DID begins with that of the signer', 'issuer', { issuer: `${didOf(alice)}1` }],
    ['an issuer without a name', 'issuer', { issuer: {} }],
    ['a nameless issuer', 'issuer', { issuer: null }],
    ['a holder who did not sign', 'holder', { holder: didOf(mallory) }],
  ])('refuses %s', async (_, role, changes) => {
    const document = await sign({ ...CREDENTIAL, ...changes })

    expect(await outcome(document)).toBe(`key_not_authorized ${role}`)
  })

  it('verifies what nobody says anything in', async () => {
    expect(await outcome(await sign({ a: 1 }))).toBe('accepted')
  })

  it.each([
    ['half a surrogate pair', { ...signed, a: '\ud800' }],
    ['an infinity', { ...signed, a: Number.POSITIVE_INFINITY }],
    ['depth without end', { ...signed, a: nested(100) }],
    ['no proof', CREDENTIAL],
  ])('refuses a document with %s without throwing', async (_, document) => {
    expect(await outcome(document as JsonObject)).toMatch(/^malformed/)
  })

  it('refuses a document beyond 1 MiB', async () => {
    const large = await sign({ a: 'x'.repeat(MAX_SECURED_DOCUMENT_BYTES - 500) })

    expect(await outcome(large)).toBe('accepted')
    expect(await outcome({ ...large, b: 'x'.repeat(500) })).toBe('limit_exceeded document')
  })
})

function nested(depth: number): unknown {
  return depth === 0 ? 0 : [nested(depth - 1)]
}

describe('the time of a proof', () => {
  it('must not lie ahead, but for the skew of clocks', async () => {
    const at = (created: number) => sign(CREDENTIAL, 'eddsa-jcs-2022', { created })

    expect(await outcome(await at(NOW + SKEW_MS))).toBe('accepted')
    expect(await outcome(await at(NOW + SKEW_MS + 1))).toBe('not_yet_valid proof.created')
    expect(await outcome(await at(NOW + 1), { skewMs: 0 })).toBe('not_yet_valid proof.created')
  })

  it('must not have ended, but for the skew of clocks', async () => {
    const until = (expires: number) => sign(CREDENTIAL, 'eddsa-jcs-2022', { expires })

    expect(await outcome(await until(NOW - SKEW_MS + 1))).toBe('accepted')
    expect(await outcome(await until(NOW - SKEW_MS))).toBe('expired proof.expires')
    expect(await outcome(await until(NOW), { skewMs: 0 })).toBe('expired proof.expires')
  })
})

describe('what a proof is for', () => {
  const bound = { proofPurpose: 'authentication', domain: 'mail.example', challenge: 'c1' } as const

  it('must be what is asked for', async () => {
    const presentation = await sign(PRESENTATION, 'eddsa-jcs-2022', { proofPurpose: 'authentication' })

    expect(await outcome(presentation, { proofPurpose: 'authentication' })).toBe('accepted')
    expect(await outcome(presentation)).toBe('key_not_authorized proof.proofPurpose')
    expect(await outcome(signed, { proofPurpose: 'authentication' })).toBe(
      'key_not_authorized proof.proofPurpose',
    )
  })

  it('must name exactly the domain and the challenge that the verifier names', async () => {
    const presentation = await sign(PRESENTATION, 'eddsa-jcs-2022', bound)

    expect(await outcome(presentation, bound)).toBe('accepted')
    expect(await outcome(presentation, { ...bound, domain: 'MAIL.example' })).toBe(
      'audience_mismatch proof.domain',
    )
    expect(await outcome(presentation, { ...bound, challenge: 'c2' })).toBe(
      'holder_proof_invalid proof.challenge',
    )
  })

  it('must be for nobody in particular when the verifier does not say who it is', async () => {
    const presentation = await sign(PRESENTATION, 'eddsa-jcs-2022', bound)
    const { proofPurpose, domain, challenge } = bound

    expect(await outcome(presentation, { proofPurpose, domain })).toBe('holder_proof_invalid proof.challenge')
    expect(await outcome(presentation, { proofPurpose, challenge })).toBe('audience_mismatch proof.domain')
    const unbound = await sign(PRESENTATION, 'eddsa-jcs-2022', { proofPurpose })
    expect(await outcome(unbound, { proofPurpose, domain })).toBe('audience_mismatch proof.domain')
    expect(await outcome(unbound, { proofPurpose, challenge })).toBe('holder_proof_invalid proof.challenge')
  })

  it('takes domains as a set (VC-DI §4.4)', async () => {
    const presentation = await sign(PRESENTATION, 'eddsa-jcs-2022', bound)
    const listed = (domain: unknown) => outcome(withProof(presentation, { domain }), bound)

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
    expect(await outcome(await byWeb, { resolver: web({}) })).toBe('accepted')
    expect(await outcome(await byWeb)).toBe('unsupported did')
    const lost: DidResolver = { resolve: () => refuse('did_unresolvable') }
    expect(await outcome(await byWeb, { resolver: lost })).toBe('did_unresolvable')
  })

  it('must stand under the relationship of the purpose [DR-09]', async () => {
    expect(await outcome(await byWeb, { resolver: web({ assertionMethod: [] }) })).toBe(
      'key_not_authorized assertionMethod',
    )
  })

  it('must be controlled by the DID under which it lies [DR-08]', async () => {
    const foreign = { verificationMethods: [{ ...method, controller: didOf(mallory) }] }

    expect(await outcome(await byWeb, { resolver: web(foreign) })).toBe('key_not_authorized controller')
  })

  it('must be of the kind that the suite signs with [SM-15]', async () => {
    const p256 = { verificationMethods: [{ ...method, key: bob.publicKey }] }

    expect(await outcome(await byWeb, { resolver: web(p256) })).toBe('signature_invalid alg')
  })
})

describe('a set and a chain of proofs', () => {
  it.each(CRYPTOSUITES)('are good when all are (%s beside another)', async (suite) => {
    const set = await sign(signed, suite)

    expect(acceptedValue(await verify(set)).proofs.map(({ cryptosuite }) => cryptosuite)).toEqual([
      'eddsa-jcs-2022',
      suite,
    ])
  })

  it('are not good when one is not [SM-19]', async () => {
    const others = await sign(signed, 'ecdsa-rdfc-2019')
    const [own, other] = others.proof as readonly [JsonObject, JsonObject]
    const set = (...proof: JsonObject[]): JsonObject => ({ ...others, proof })
    const forged = { ...other, created: '2026-11-22T09:00:00Z' }

    expect(await outcome(set(own, other))).toBe('accepted')
    expect(await outcome(set(other, own))).toBe('accepted')
    expect(await outcome(set(own, forged))).toBe('signature_invalid')
    expect(await outcome(set({ ...own, created: '2026-11-22T09:00:00Z' }, other))).toBe('signature_invalid')
    expect(await outcome(set(other))).toBe('key_not_authorized issuer')
  })

  it.each(CRYPTOSUITES)('cannot be taken apart where one covers the other (%s)', async (suite) => {
    const first = await sign(CREDENTIAL, 'eddsa-jcs-2022', { id: 'urn:uuid:1' })
    const chain = await sign(first, suite, { previousProof: ['urn:uuid:1'] })
    const [own, last] = chain.proof as readonly [JsonObject, JsonObject]
    const again = await sign(CREDENTIAL, 'eddsa-jcs-2022', { id: 'urn:uuid:1', created: 0 })

    expect(await outcome(chain)).toBe('accepted')
    expect(await outcome({ ...chain, proof: [last, own] })).toBe('accepted')
    expect(await outcome({ ...chain, proof: last })).toBe('malformed proof.previousProof')
    expect(await outcome(again)).toBe('accepted')
    expect(await outcome({ ...chain, proof: [again.proof as JsonObject, last] })).toBe('signature_invalid')
  })

  it('cannot cover themselves or each other', async () => {
    const itself = withProof(await sign(CREDENTIAL, 'eddsa-jcs-2022', { id: 'urn:1' }), {
      previousProof: 'urn:1',
    })

    expect(await outcome(itself)).toBe('signature_invalid')
  })
})
