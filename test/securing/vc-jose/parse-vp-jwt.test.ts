import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src/core/clock.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { parseVpJwt } from '../../../src/securing/vc-jose/parse-vp-jwt.ts'
import { MAX_VP_JWT_BYTES } from '../../../src/securing/vc-jose/presentation.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { signVpJwt } from '../../../src/securing/vc-jose/sign-vp-jwt.ts'
import { acceptedValue, alice, outcomeOf } from '../../helpers/signers.ts'

const NOW = Date.parse('2026-11-22T09:00:00.000Z')
const AUDIENCE = 'https://mail.example/'
const [ALICE_DID = ''] = alice.keyId.split('#')
const VC = 'https://www.w3.org/ns/credentials/v2'
const DIGEST = 'A'.repeat(43)
const NONCE = 'A'.repeat(22)

function envelope(id: string, changes: JsonObject = {}): JsonObject {
  return { '@context': VC, id, type: 'EnvelopedVerifiableCredential', ...changes }
}

const CLAIMS: JsonObject = {
  '@context': [VC],
  type: ['VerifiablePresentation'],
  verifiableCredential: [envelope('data:application/vc+jwt,a.b.c')],
  iss: ALICE_DID,
  aud: AUDIENCE,
  iat: NOW / 1000,
  exp: NOW / 1000 + 60,
}

/** Outcome of reading a token with other claims; `undefined` removes one. */
async function outcomeWith(
  changes: Readonly<Record<string, JsonObject[string] | undefined>>,
): Promise<string> {
  const payload: JsonObject = JSON.parse(JSON.stringify({ ...CLAIMS, ...changes }))
  return outcomeOf(parseVpJwt(await signCompactJws({ typ: 'vp+jwt', payload, signer: alice })))
}

const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,9}\.[A-Za-z0-9_-]{1,9}\.[A-Za-z0-9_-]{1,9}$/)
const sdJwt = token.map((text) => `${text}~WyJhIl0~`)
const dataIntegrity = fc
  .string({ unit: 'grapheme', maxLength: 9 })
  .map((id) => JSON.stringify({ id, proof: {} }))
const texts = fc.array(fc.oneof(token, sdJwt, dataIntegrity), { minLength: 1, maxLength: 8 })

describe('a presentation token', () => {
  it('gives back the texts that were put into it, of every mechanism', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (chain) => {
        const times = { now: NOW, lifetimeSeconds: 300 }
        const signed = await signVpJwt({
          texts: chain,
          audience: AUDIENCE,
          signer: alice,
          random: systemRandom,
          ...times,
        })

        expect(acceptedValue(parseVpJwt(signed))).toMatchObject({
          texts: chain,
          issuer: ALICE_DID,
          audience: AUDIENCE,
          issuedAtMs: NOW,
          expiresAtMs: NOW + 300_000,
        })
      }),
      { numRuns: 50 },
    )
  })

  it('gives a credential with Data Integrity proofs as its JCS', async () => {
    const changes = { verifiableCredential: [{ proof: {}, id: 'x', Z: 1.0 }] }
    const payload = { ...CLAIMS, ...changes }
    const signed = await signCompactJws({ typ: 'vp+jwt', payload, signer: alice })

    expect(acceptedValue(parseVpJwt(signed)).texts).toEqual(['{"Z":1,"id":"x","proof":{}}'])
  })

  it('has a nonce of at most 64 bytes', async () => {
    expect(await outcomeWith({ requestDigest: DIGEST, jti: 'A'.repeat(86) })).toBe('accepted')
    expect(await outcomeWith({ requestDigest: DIGEST, jti: 'A'.repeat(87) })).toBe('malformed jti')
  })

  it('has an audience of at most 2048 characters', async () => {
    expect(await outcomeWith({ aud: AUDIENCE.padEnd(2048, 'a') })).toBe('accepted')
    expect(await outcomeWith({ aud: AUDIENCE.padEnd(2049, 'a') })).toBe('malformed aud')
  })

  it('has dates since 1970', async () => {
    expect(await outcomeWith({ iat: 0 })).toBe('accepted')
    expect(await outcomeWith({ iat: -1 })).toBe('malformed iat')
  })

  it('binds to one request by a digest and a nonce', async () => {
    const bound = { requestDigest: DIGEST, jti: NONCE }
    const signed = await signCompactJws({ typ: 'vp+jwt', payload: { ...CLAIMS, ...bound }, signer: alice })

    expect(acceptedValue(parseVpJwt(signed)).binding).toEqual({
      requestDigest: DIGEST,
      nonce: new Uint8Array(16),
    })
  })

  it.each([
    ['another context', { '@context': [VC, 'https://evil.example/'] }, 'malformed @context'],
    ['a context that is no list', { '@context': VC }, 'malformed @context'],
    ['another type', { type: ['VerifiablePresentation', 'Other'] }, 'malformed type'],
    ['another context alone', { '@context': ['https://evil.example/'] }, 'malformed @context'],
    ['another type alone', { type: ['Other'] }, 'malformed type'],
    ['no credential', { verifiableCredential: [] }, 'malformed verifiableCredential'],
    ['no list of credentials', { verifiableCredential: undefined }, 'malformed verifiableCredential'],
    ['a text as a credential', { verifiableCredential: ['a.b.c'] }, 'malformed verifiableCredential'],
    ['no issuer', { iss: undefined }, 'malformed iss'],
    ['an issuer that is no DID', { iss: 'https://agent.example' }, 'malformed iss'],
    ['no audience [HP-08]', { aud: undefined }, 'malformed aud'],
    ['an empty audience [HP-08]', { aud: '' }, 'malformed aud'],
    ['a list of audiences [HP-08]', { aud: [AUDIENCE] }, 'malformed aud'],
    ['a long audience', { aud: `https://mail.example/${'a'.repeat(2048)}` }, 'malformed aud'],
    ['no issue date', { iat: undefined }, 'malformed iat'],
    ['a fraction of a second', { iat: 1.5 }, 'malformed iat'],
    ['a date before 1970', { exp: -1 }, 'malformed exp'],
    ['a date as text', { exp: '1795000000' }, 'malformed exp'],
    ['a date beyond counting', { exp: 9_007_199_254_740_991 }, 'malformed exp'],
    ['a nonce without a digest [HP-09]', { jti: NONCE }, 'malformed requestDigest'],
    ['a digest without a nonce [HP-09]', { requestDigest: DIGEST }, 'malformed jti'],
    ['a short nonce [HP-09]', { requestDigest: DIGEST, jti: 'A'.repeat(20) }, 'malformed jti'],
    ['an empty nonce [HP-09]', { requestDigest: DIGEST, jti: '' }, 'malformed jti'],
    ['a long nonce', { requestDigest: DIGEST, jti: 'A'.repeat(88) }, 'malformed jti'],
    ['a digest of another length', { requestDigest: 'AAAA', jti: NONCE }, 'malformed requestDigest'],
    ['a nonce that is no text', { requestDigest: DIGEST, jti: 7 }, 'malformed jti'],
    ['a nonce that is no base64url', { requestDigest: DIGEST, jti: '*'.repeat(22) }, 'malformed jti'],
    ['a digest that is no base64url', { requestDigest: '*', jti: NONCE }, 'malformed requestDigest'],
    ['any other claim', { nbf: 1 }, 'malformed'],
    ['a holder beside the issuer', { holder: ALICE_DID }, 'malformed'],
    ['claims in a vp member', { vp: {} }, 'malformed'],
  ])('is refused with %s', async (_, changes, outcome) => {
    expect(await outcomeWith(changes)).toBe(outcome)
    expect(await outcomeWith({})).toBe('accepted')
  })

  it.each([
    ['another context', envelope('data:application/vc+jwt,a.b.c', { '@context': [VC] })],
    ['no data URL', envelope('https://id.example/a.b.c')],
    ['another media type', envelope('data:application/jwt,a.b.c')],
    ['parameters of the media type', envelope('data:application/vc+jwt;x=1,a.b.c')],
    ['a vc+jwt said to be an SD-JWT', envelope('data:application/vc+sd-jwt,a.b.c')],
    ['an SD-JWT said to be a vc+jwt', envelope('data:application/vc+jwt,a.b.c~')],
    ['JSON said to be a token', envelope('data:application/vc+jwt,{"proof":{}}')],
    ['one member more', envelope('data:application/vc+jwt,a.b.c', { name: 'x' })],
    ['no token', { '@context': VC, type: 'EnvelopedVerifiableCredential' }],
  ])('is refused with an envelope that has %s', async (_, credential) => {
    expect(await outcomeWith({ verifiableCredential: [credential] })).toBe('malformed verifiableCredential')
  })

  it('holds 8 credentials and not 9', async () => {
    const credentials = (length: number) =>
      Array.from({ length }, () => envelope('data:application/vc+jwt,a'))

    expect(await outcomeWith({ verifiableCredential: credentials(8) })).toBe('accepted')
    expect(await outcomeWith({ verifiableCredential: credentials(9) })).toBe(
      'limit_exceeded verifiableCredential',
    )
  })

  it('of another type is none [SM-07]', async () => {
    const signed = await signCompactJws({ typ: 'vc+jwt', payload: CLAIMS, signer: alice })

    expect(outcomeOf(parseVpJwt(signed))).toBe('malformed typ')
  })

  it('of more than 176 KiB is not read', () => {
    expect(MAX_VP_JWT_BYTES).toBe(176 * 1024)
    expect(outcomeOf(parseVpJwt('a'.repeat(MAX_VP_JWT_BYTES + 1)))).toBe('limit_exceeded token')
    expect(outcomeOf(parseVpJwt('a'.repeat(MAX_VP_JWT_BYTES)))).toBe('malformed token')
  })

  it('is read or refused, whatever its claims: nothing throws', async () => {
    const values = fc.constantFrom<JsonObject[string] | undefined>(
      undefined,
      null,
      0,
      'x',
      [],
      {},
      [{}],
      [[]],
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(CLAIMS)), values, async (name, value) => {
        expect(await outcomeWith({ [name]: value })).toMatch(/^(malformed|accepted)/)
      }),
    )
  })
})
