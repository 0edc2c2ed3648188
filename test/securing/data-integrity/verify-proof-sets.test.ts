import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { CRYPTOSUITES } from '../../../src/model/chain.ts'
import { acceptedValue, alice } from '../../helpers/signers.ts'
import { didOf, sign, verify, verifyOutcome, withProof } from './fixtures.ts'

const CREDENTIAL: JsonObject = {
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiableCredential'],
  issuer: didOf(alice),
  credentialSubject: { id: 'did:example:somebody', name: 'Some Body' },
}

const signed = await sign(CREDENTIAL)

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

    expect(await verifyOutcome(set(own, other))).toBe('accepted')
    expect(await verifyOutcome(set(other, own))).toBe('accepted')
    expect(await verifyOutcome(set(own, forged))).toBe('signature_invalid')
    expect(await verifyOutcome(set({ ...own, created: '2026-11-22T09:00:00Z' }, other))).toBe(
      'signature_invalid',
    )
    expect(await verifyOutcome(set(other))).toBe('key_not_authorized issuer')
  })

  it.each(CRYPTOSUITES)('cannot be taken apart where one covers the other (%s)', async (suite) => {
    const first = await sign(CREDENTIAL, 'eddsa-jcs-2022', { id: 'urn:uuid:1' })
    const chain = await sign(first, suite, { previousProof: ['urn:uuid:1'] })
    const [own, last] = chain.proof as readonly [JsonObject, JsonObject]
    const again = await sign(CREDENTIAL, 'eddsa-jcs-2022', { id: 'urn:uuid:1', created: 0 })

    expect(await verifyOutcome(chain)).toBe('accepted')
    expect(await verifyOutcome({ ...chain, proof: [last, own] })).toBe('accepted')
    expect(await verifyOutcome({ ...chain, proof: last })).toBe('malformed proof.previousProof')
    expect(await verifyOutcome(again)).toBe('accepted')
    expect(await verifyOutcome({ ...chain, proof: [again.proof as JsonObject, last] })).toBe(
      'signature_invalid',
    )
  })

  it('cannot cover themselves or each other', async () => {
    const itself = withProof(await sign(CREDENTIAL, 'eddsa-jcs-2022', { id: 'urn:1' }), {
      previousProof: 'urn:1',
    })

    expect(await verifyOutcome(itself)).toBe('signature_invalid')
  })
})
