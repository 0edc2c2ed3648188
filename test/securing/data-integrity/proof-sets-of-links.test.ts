import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { parseVcDataIntegrity } from '../../../src/securing/data-integrity/parse-vc-data-integrity.ts'
import { alice, bob, mallory, outcomeOf } from '../../helpers/signers.ts'
import { linkIn, openDocument, ownerBy, sign } from './fixtures.ts'

const read = (document: JsonObject) => outcomeOf(parseVcDataIntegrity(JSON.stringify(document)))

const signed = await sign(ownerBy(alice))

describe('a set of proofs under a credential', () => {
  const alsoBy = (suite: 'eddsa-jcs-2022' | 'ecdsa-jcs-2019', options = {}) => sign(signed, suite, options)

  it('puts the issuer first, wherever it stands', async () => {
    const set = await sign(await sign(ownerBy(alice), 'ecdsa-jcs-2019'), 'eddsa-jcs-2022')
    const link = linkIn(set)

    expect(link.mechanism).toBe('eddsa-jcs-2022')
    expect(link.signatures.map((one) => one.verificationMethod)).toEqual([alice.keyId, bob.keyId])
    expect(await openDocument(set)).toBe('accepted')
  })

  it('must verify as a whole [SM-19]', async () => {
    const set = await alsoBy('ecdsa-jcs-2019')
    const [own, other] = set.proof as JsonObject[]
    const forged = { ...other, created: '2026-11-22T09:00:00Z' }
    const broken = { ...own, created: '2026-11-22T09:00:00Z' }

    expect(await openDocument(set)).toBe('accepted')
    expect(await openDocument(JSON.parse(JSON.stringify({ ...set, proof: [own, forged] })))).toBe(
      'signature_invalid',
    )
    expect(await openDocument(JSON.parse(JSON.stringify({ ...set, proof: [broken, other] })))).toBe(
      'signature_invalid',
    )
  })

  it('must have a proof of the issuer [SM-19]', async () => {
    const others = await sign(ownerBy(alice), 'ecdsa-jcs-2019')

    expect(read(others)).toBe('key_not_authorized proof.verificationMethod')
    expect(read(await sign(others, 'eddsa-jcs-2022', { signer: mallory }))).toBe(
      'key_not_authorized proof.verificationMethod',
    )
  })

  it('has others only whose DID is a key: nothing that an attacker chose is resolved', async () => {
    const web = { ...bob, keyId: 'did:web:evil.example#key-1' } as const

    expect(read(await alsoBy('ecdsa-jcs-2019', { signer: web }))).toBe(
      'key_not_authorized proof.verificationMethod',
    )
  })

  it('ends with the first proof that ends', async () => {
    const end = linkIn(signed).credential.validUntil
    const set = await alsoBy('ecdsa-jcs-2019', { expires: end - 1000 })

    expect(linkIn(set).credential.validUntil).toBe(end - 1000)
  })

  it('does not have one id twice', async () => {
    const first = await sign(ownerBy(alice), 'eddsa-jcs-2022', { id: 'urn:1' })

    expect(read(await sign(first, 'ecdsa-jcs-2019', { id: 'urn:2' }))).toBe('accepted')
    expect(read(await sign(first, 'ecdsa-jcs-2019', { id: 'urn:1' }))).toBe('malformed proof.id')
  })

  it('may be a chain: the second proof covers the first', async () => {
    const first = await sign(ownerBy(alice), 'eddsa-jcs-2022', { id: 'urn:1' })
    const chain = await sign(first, 'ecdsa-jcs-2019', { previousProof: ['urn:1'] })
    const [own, other] = chain.proof as JsonObject[]
    const again = await sign(ownerBy(alice), 'eddsa-jcs-2022', { id: 'urn:1', created: 0 })
    const exchanged = { ...chain, proof: [again.proof ?? null, other ?? null] }

    expect(own).toEqual(first.proof)
    expect(await openDocument(chain)).toBe('accepted')
    expect(await openDocument(again)).toBe('accepted')
    expect(await openDocument(exchanged)).toBe('signature_invalid')
  })
})
