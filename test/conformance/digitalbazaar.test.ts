import { DataIntegrityProof, type SuiteImplementation } from '@digitalbazaar/data-integrity'
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite'
import * as ecdsaMultikey from '@digitalbazaar/ecdsa-multikey'
import * as ecdsaRdfc from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite'
import * as ed25519Multikey from '@digitalbazaar/ed25519-multikey'
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite'
import * as eddsaRdfc from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite'
import * as vc from '@digitalbazaar/vc'
import * as statusLists from '@digitalbazaar/vc-bitstring-status-list'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { openLink } from '../../src/delegation/open-link.ts'
import { CRYPTOSUITES, type Cryptosuite } from '../../src/model/chain.ts'
import type { Did } from '../../src/model/did.ts'
import { parseVcDataIntegrity } from '../../src/securing/data-integrity/parse-vc-data-integrity.ts'
import { verifyDataIntegrity } from '../../src/securing/data-integrity/verify.ts'
import { openStatusList } from '../../src/status/open-status-list.ts'
import { buildStatusListCredential } from '../../src/status/sign-status-list.ts'
import { parsed } from '../helpers/credentials.ts'
import { acceptedValue, outcomeOf } from '../helpers/signers.ts'
import {
  agentBy,
  didOf,
  ownerBy,
  resolver,
  runBy,
  sign,
  signerOf,
} from '../securing/data-integrity/fixtures.ts'
import { bitsWith, newList } from '../status/fixtures.ts'
import { closedLoader } from './digitalbazaar-loader.ts'

/** A minute into the sample credentials. */
const NOW = Date.UTC(2026, 10, 22, 9, 1)
const TIME = new Date(NOW).toISOString()
const V2 = 'https://www.w3.org/ns/credentials/v2'
const BOUND = { domain: 'mail.example', challenge: 'c1' } as const

const SUITES: Readonly<Record<Cryptosuite, { sign: SuiteImplementation; verify: SuiteImplementation }>> = {
  'eddsa-jcs-2022': { sign: eddsaJcs.createSignCryptosuite(), verify: eddsaJcs.createVerifyCryptosuite() },
  'ecdsa-jcs-2019': { sign: ecdsaJcs.createSignCryptosuite(), verify: ecdsaJcs.createVerifyCryptosuite() },
  'eddsa-rdfc-2022': { sign: eddsaRdfc.cryptosuite, verify: eddsaRdfc.cryptosuite },
  'ecdsa-rdfc-2019': { sign: ecdsaRdfc.cryptosuite, verify: ecdsaRdfc.cryptosuite },
}

function theirVerifier(suite: Cryptosuite): DataIntegrityProof {
  return new DataIntegrityProof({ cryptosuite: SUITES[suite].verify })
}

/** Their key, as a did:key, and what signs with it. */
async function theirSigner(suite: Cryptosuite): Promise<{ did: Did; proof: DataIntegrityProof }> {
  const key = suite.startsWith('eddsa')
    ? await ed25519Multikey.generate()
    : await ecdsaMultikey.generate({ curve: 'P-256' })
  const did: Did = `did:key:${key.publicKeyMultibase}`
  key.controller = did
  key.id = `${did}#${key.publicKeyMultibase}`
  const proof = new DataIntegrityProof({ cryptosuite: SUITES[suite].sign, signer: key.signer(), date: TIME })
  return { did, proof }
}

const anyStatus = async () => ({ verified: true })

async function theyVerify(credential: JsonObject, suite: Cryptosuite): Promise<boolean> {
  const result = await vc.verifyCredential({
    credential,
    suite: theirVerifier(suite),
    documentLoader: closedLoader(),
    checkStatus: anyStatus,
    now: TIME,
  })
  return result.verified
}

describe.each(CRYPTOSUITES)('Procura and @digitalbazaar/vc with %s', (suite) => {
  const signer = signerOf(suite)

  it.each([
    ["an owner's credential", ownerBy(signer)],
    ["an agent's delegation", agentBy(signer)],
    ['a delegation made offline', runBy(signer)],
  ])('they verify %s of ours, and not a changed one', async (_, document) => {
    const signed = await sign(document, suite, { created: NOW, expires: NOW + 60_000 })

    expect(await theyVerify(signed, suite)).toBe(true)
    expect(await theyVerify({ ...signed, validUntil: '2026-11-22T10:00:00.000Z' }, suite)).toBe(false)
  })

  it.each([
    ["an owner's credential", ownerBy],
    ["an agent's delegation", agentBy],
    ['a delegation made offline', runBy],
  ])('we open %s that they signed, and not a changed one', async (_, build) => {
    const { did, proof } = await theirSigner(suite)
    const document = { ...build(signer), issuer: did }

    const credential = structuredClone(document)
    const signed = await vc.issue({ credential, suite: proof, documentLoader: closedLoader(), now: TIME })

    const link = acceptedValue(parseVcDataIntegrity(JSON.stringify(signed)))
    expect(link).toMatchObject({ mechanism: suite, credential: parsed(document) })
    expect(outcomeOf(await openLink(link, { resolver }))).toBe('accepted')
    const changed = JSON.stringify(signed).replace(
      /"validUntil":"[^"]*"/,
      '"validUntil":"2026-11-22T10:00:00.000Z"',
    )
    const other = acceptedValue(parseVcDataIntegrity(changed))
    expect(outcomeOf(await openLink(other, { resolver }))).toBe('signature_invalid')
  })

  it('they verify a presentation of ours for the domain and challenge that we named', async () => {
    const presentation = await sign(
      {
        '@context': [V2],
        type: ['VerifiablePresentation'],
        holder: didOf(signer),
        verifiableCredential: [await sign(ownerBy(signer), suite)],
      },
      suite,
      { ...BOUND, proofPurpose: 'authentication', created: NOW },
    )
    const verify = (challenge: string, domain: string) =>
      vc.verify({
        presentation,
        suite: theirVerifier(suite),
        challenge,
        domain,
        documentLoader: closedLoader(),
        checkStatus: anyStatus,
        now: TIME,
      })

    expect((await verify(BOUND.challenge, BOUND.domain)).verified).toBe(true)
    expect((await verify('c2', BOUND.domain)).verified).toBe(false)
    expect((await verify(BOUND.challenge, 'other.example')).verified).toBe(false)
  })

  it('we verify a presentation of theirs for the domain and challenge that they named', async () => {
    const { did, proof } = await theirSigner(suite)
    const credential = await sign(ownerBy(signer), suite)
    const presentation = await vc.signPresentation({
      presentation: vc.createPresentation({ holder: did, verifiableCredential: [credential], now: TIME }),
      suite: proof,
      ...BOUND,
      documentLoader: closedLoader(),
    })
    const verify = async (bound: { domain: string; challenge: string }) => {
      const text: JsonObject = JSON.parse(JSON.stringify(presentation))
      const options = { proofPurpose: 'authentication', resolver, now: NOW, ...bound } as const
      return outcomeOf(await verifyDataIntegrity(text, options))
    }

    expect(await verify(BOUND)).toBe('accepted')
    expect(await verify({ ...BOUND, challenge: 'c2' })).toBe('holder_proof_invalid proof.challenge')
    expect(await verify({ ...BOUND, domain: 'other.example' })).toBe('audience_mismatch proof.domain')
  })

  it('they read our status list, for every bit', async () => {
    // They compare lists with the clock of the machine, whatever time is asked for.
    const list = newList({ statusIssuer: didOf(signer), bits: bitsWith(3), validFrom: Date.now() - 60_000 })
    const signed = await sign(await buildStatusListCredential(list), suite)
    const entry = (index: number) => ({
      type: 'BitstringStatusListEntry',
      statusPurpose: list.purpose,
      statusListIndex: String(index),
      statusListCredential: list.url,
    })
    const read = (indexes: readonly number[], document: JsonObject) =>
      statusLists.checkStatus({
        credential: { ...ownerBy(signer), credentialStatus: indexes.map(entry) },
        suite: theirVerifier(suite),
        documentLoader: closedLoader({ [list.url]: document }),
        // The status issuer is another DID than the authority, which W3C leaves to the verifier.
        verifyMatchingIssuers: false,
      })

    const found = await read([3, 4], signed)

    expect(found.results?.map(({ verified, status }) => [verified, status])).toEqual([
      [true, true],
      [true, false],
    ])
    expect((await read([3], { ...signed, validUntil: '9999-11-23T10:00:00.000Z' })).verified).toBe(false)
  })

  it('we open their status list, and read the same bits', async () => {
    const { did, proof } = await theirSigner(suite)
    const url = 'https://id.example/status/acme/r7'
    const list = await statusLists.createList({ length: 131_072 })
    list.setStatus(4711, true)
    const credential = {
      ...(await statusLists.createCredential({ id: url, list, statusPurpose: 'revocation', context: [V2] })),
      issuer: did,
      validFrom: TIME,
      validUntil: new Date(NOW + 3_600_000).toISOString(),
    }

    const signed = await vc.issue({ credential, suite: proof, documentLoader: closedLoader(), now: TIME })

    const trust = { url, purpose: 'revocation', statusIssuer: did, resolver, now: NOW } as const
    const opened = acceptedValue(await openStatusList(JSON.stringify(signed), trust))
    expect(opened.bits).toEqual(bitsWith(4711))
  })
})

describe('a set of proofs', () => {
  it('is verified by them as by us', async () => {
    const set = await sign(await sign(ownerBy(signerOf('eddsa-jcs-2022'))), 'ecdsa-rdfc-2019')

    expect(await theyVerify(set, 'eddsa-jcs-2022')).toBe(true)
    const link = acceptedValue(parseVcDataIntegrity(JSON.stringify(set)))
    expect(outcomeOf(await openLink(link, { resolver }))).toBe('accepted')
  })

  it('passes there with one good and one bad proof, and not here [SM-19]', async () => {
    const good = await sign(ownerBy(signerOf('eddsa-jcs-2022')))
    const set = await sign(good, 'ecdsa-jcs-2019')
    const [first, second] = set.proof as readonly [JsonObject, JsonObject]
    const spoiled = { ...set, proof: [first, { ...second, created: TIME }] }
    const link = acceptedValue(parseVcDataIntegrity(JSON.stringify(spoiled)))

    expect(await theyVerify(spoiled, 'eddsa-jcs-2022')).toBe(true)
    expect(outcomeOf(await openLink(link, { resolver }))).toBe('signature_invalid')
  })
})
