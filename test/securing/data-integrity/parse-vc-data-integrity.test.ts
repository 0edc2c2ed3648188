import { describe, expect, it } from 'vitest'
import { sha256 } from '#crypto'
import { encodeJcs } from '../../../src/core/jcs.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { encodeMultibaseBase58, encodeSha256Multihash } from '../../../src/core/multibase.ts'
import { openLink } from '../../../src/delegation/open-link.ts'
import { MAX_CREDENTIAL_BYTES } from '../../../src/model/credential.ts'
import { parseVcDataIntegrity } from '../../../src/securing/data-integrity/parse-vc-data-integrity.ts'
import { MAX_PROOFS } from '../../../src/securing/data-integrity/secured-document.ts'
import { parsed } from '../../helpers/credentials.ts'
import { acceptedValue, alice, bob, mallory, outcomeOf } from '../../helpers/signers.ts'
import {
  agentBy,
  CRYPTOSUITES,
  didOf,
  linkIn,
  openDocument,
  ownerBy,
  resolver,
  runBy,
  sign,
  signerOf,
  withProof,
} from './fixtures.ts'

const read = (document: JsonObject) => outcomeOf(parseVcDataIntegrity(JSON.stringify(document)))

const signed = await sign(ownerBy(alice))

describe('parseVcDataIntegrity', () => {
  describe.each(CRYPTOSUITES)('%s', (suite) => {
    const signer = signerOf(suite)

    it.each([
      ['link 0', ownerBy(signer)],
      ['link 1', agentBy(signer)],
      ['a link made offline', runBy(signer)],
    ])('reads %s, whose signature is good', async (_, document) => {
      const text = JSON.stringify(await sign(document, suite))

      const link = acceptedValue(parseVcDataIntegrity(text))

      expect(link).toMatchObject({ mechanism: suite, credential: parsed(document), token: text })
      expect(outcomeOf(await openLink(link, { resolver }))).toBe('accepted')
    })

    it('refuses a proof when anything that it covers was changed [SM-16]', async () => {
      const whole = await sign(ownerBy(signer), suite, { created: 0, id: 'urn:1' })

      expect(await openDocument(whole)).toBe('accepted')
      expect(await openDocument({ ...whole, validUntil: '2026-11-22T09:15:00.001Z' })).toBe(
        'signature_invalid',
      )
      expect(await openDocument(withProof(whole, { created: '1970-01-01T00:00:00.001Z' }))).toBe(
        'signature_invalid',
      )
      expect(await openDocument(withProof(whole, { id: 'urn:2' }))).toBe('signature_invalid')
    })
  })

  it('digests the document, not its spelling and not its proofs; in another order it still verifies [SM-23]', async () => {
    const document = ownerBy(alice)
    const other = await sign(document, 'eddsa-jcs-2022', { created: 1 })
    const reordered = JSON.stringify(Object.fromEntries(Object.entries(other).toReversed()), undefined, 2)

    const links = [linkIn(signed), acceptedValue(parseVcDataIntegrity(reordered))]

    const digest = encodeSha256Multihash(sha256(encodeJcs(document)))
    expect(links.map((link) => link.digest)).toEqual([digest, digest])
    expect(links.map((link) => outcomeOf(openLink(link, { resolver }) as never))).toEqual([
      'accepted',
      'accepted',
    ])
  })

  it('reads a proof that does not repeat the context; one that did is signed with it', async () => {
    const { '@context': _, ...proof } = signed.proof as JsonObject

    expect(read({ ...signed, proof })).toBe('accepted')
    expect(await openDocument({ ...signed, proof })).toBe('signature_invalid')
  })

  it('refuses a context in a proof whose suite takes that of the document', async () => {
    const document = await sign(ownerBy(alice), 'eddsa-rdfc-2022')

    expect(read(document)).toBe('accepted')
    expect(read(withProof(document, { '@context': document['@context'] }))).toBe('malformed proof.@context')
  })

  it('does not canonicalize RDF before its signature is asked for', async () => {
    const link = linkIn(await sign(ownerBy(alice), 'eddsa-rdfc-2022'))

    expect(link.signatures[0].signingInput).toBeTypeOf('function')
  })

  it('names the dearest suite of a set', async () => {
    const set = await sign(signed, 'ecdsa-rdfc-2019')

    expect(linkIn(signed).mechanism).toBe('eddsa-jcs-2022')
    expect(linkIn(set).mechanism).toBe('ecdsa-rdfc-2019')
    expect(await openDocument(set)).toBe('accepted')
  })

  it.each<[string, string, object]>([
    ['another type', 'unsupported proof.type', { type: 'Ed25519Signature2020' }],
    ['no type', 'malformed proof.type', { type: undefined }],
    ['another suite [SM-15]', 'unsupported proof.cryptosuite', { cryptosuite: 'ecdsa-sd-2023' }],
    ['no suite [SM-15]', 'malformed proof.cryptosuite', { cryptosuite: undefined }],
    ['a list of suites [SM-15]', 'malformed proof.cryptosuite', { cryptosuite: ['eddsa-jcs-2022'] }],
    ['a purpose that is none', 'malformed proof.proofPurpose', { proofPurpose: 'keyAgreement' }],
    ['another purpose', 'key_not_authorized proof.proofPurpose', { proofPurpose: 'authentication' }],
    ['a key without a DID', 'malformed proof.verificationMethod', { verificationMethod: '#key-1' }],
    ['no key', 'malformed proof.verificationMethod', { verificationMethod: undefined }],
    ['a key in itself', 'malformed proof.verificationMethod', { verificationMethod: { id: alice.keyId } }],
    ['an unreadable date', 'malformed proof.created', { created: '2026-11-22' }],
    ['an unreadable end', 'malformed proof.expires', { expires: 'never' }],
    ['an end before the beginning', 'malformed proof.expires', { expires: '2026-11-22T09:00:00Z' }],
    ['a previous proof that is not there', 'malformed proof.previousProof', { previousProof: 'urn:1' }],
    ['previous proofs that are no texts', 'malformed proof.previousProof', { previousProof: [1] }],
    ['a domain', 'malformed proof', { domain: 'mail.example' }],
    ['a challenge', 'malformed proof', { challenge: 'c' }],
    ['a member that proofs do not have', 'malformed proof', { jws: 'x' }],
    ['an empty id', 'malformed proof.id', { id: '' }],
    ['another context', 'malformed proof.@context', { '@context': 'https://www.w3.org/ns/credentials/v2' }],
    ['no signature', 'malformed proof.proofValue', { proofValue: undefined }],
    [
      'a short signature',
      'malformed proof.proofValue',
      { proofValue: encodeMultibaseBase58(new Uint8Array(63)) },
    ],
    [
      'a long signature',
      'malformed proof.proofValue',
      { proofValue: encodeMultibaseBase58(new Uint8Array(65)) },
    ],
    ['a signature in base64url', 'malformed proof.proofValue', { proofValue: `u${'A'.repeat(86)}` }],
  ])('refuses a proof with %s', (_, outcome, changes) => {
    expect(read(signed)).toBe('accepted')
    expect(read(withProof(signed, { ...changes }))).toBe(outcome)
  })

  it.each<[string, string, unknown]>([
    ['no proof', 'malformed proof', undefined],
    ['null', 'malformed proof', null],
    ['an empty set', 'malformed proof', []],
    ['a text', 'malformed proof', 'x'],
    ['a set within a set', 'malformed proof', [[signed.proof]]],
    ['more proofs than there may be', 'limit_exceeded proof', Array(MAX_PROOFS + 1).fill(signed.proof)],
  ])('refuses %s', (_, outcome, proof) => {
    expect(read(JSON.parse(JSON.stringify({ ...signed, proof })))).toBe(outcome)
  })

  it('refuses a key under another DID than the issuer [SM-04]', async () => {
    expect(read(await sign(ownerBy(alice), 'eddsa-jcs-2022', { signer: mallory }))).toBe(
      'key_not_authorized proof.verificationMethod',
    )
    const longer = withProof(signed, { verificationMethod: `${didOf(alice)}:x#key-1` })
    expect(read(longer)).toBe('key_not_authorized proof.verificationMethod')
  })

  it('takes the algorithm from the suite: a key of another kind does not verify [SM-15]', async () => {
    const ed25519 = withProof(signed, { cryptosuite: 'ecdsa-jcs-2019' })
    const p256 = withProof(await sign(ownerBy(bob), 'ecdsa-jcs-2019'), { cryptosuite: 'eddsa-jcs-2022' })

    expect(await openDocument(signed)).toBe('accepted')
    expect(await openDocument(ed25519)).toBe('signature_invalid alg')
    expect(await openDocument(p256)).toBe('signature_invalid alg')
  })

  it('refuses a member twice, though the later one was signed [CP-01]', () => {
    const text = JSON.stringify(signed)
    const twice = text.replace('"issuer":', '"issuer":"did:key:z6Mkother","issuer":')

    expect(JSON.parse(twice)).toEqual(signed)
    expect(outcomeOf(parseVcDataIntegrity(text))).toBe('accepted')
    expect(outcomeOf(parseVcDataIntegrity(twice))).toBe('malformed')
  })

  it.each(['@id', '@type', '@included', '@graph', '@reverse', '@nest', '__proto__', 'vc'])(
    'refuses the member %s beside those of the credential',
    (name) => {
      const text = JSON.stringify(signed).replace('{', `{${JSON.stringify(name)}:[],`)

      expect(outcomeOf(parseVcDataIntegrity(text))).toBe('malformed')
    },
  )

  it.each(['', '[]', '{', '"{}"', '{} ,'])('refuses %j, which is no document', (text) => {
    expect(outcomeOf(parseVcDataIntegrity(text))).toBe('malformed')
  })

  it('refuses a text beyond 16 KiB unread, also one of few characters', () => {
    const padded = JSON.stringify(signed).padEnd(MAX_CREDENTIAL_BYTES)
    const wide = JSON.stringify({ ...signed, name: '€'.repeat(MAX_CREDENTIAL_BYTES / 3) })

    expect(outcomeOf(parseVcDataIntegrity(padded))).toBe('accepted')
    expect(outcomeOf(parseVcDataIntegrity(`${padded} `))).toBe('limit_exceeded token')
    expect(wide.length).toBeLessThan(MAX_CREDENTIAL_BYTES)
    expect(outcomeOf(parseVcDataIntegrity(wide))).toBe('limit_exceeded token')
  })

  it('lets a proof end before the credential does', async () => {
    const until = (expires: number) => sign(ownerBy(alice), 'eddsa-jcs-2022', { expires })
    const end = linkIn(signed).credential.validUntil

    expect(linkIn(await until(end - 1000)).credential.validUntil).toBe(end - 1000)
    expect(linkIn(await until(end + 1000)).credential.validUntil).toBe(end)
  })
})
