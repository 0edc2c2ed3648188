import fc from 'fast-check'
import { CompactSign, compactVerify, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { parseCompactJws, verifyCompactJws } from '../../../src/securing/vc-jose/compact-jws.ts'
import type { PrivateJwk } from '../../../src/securing/vc-jose/local-signer.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { ALICE, acceptedValue, alice, BOB, bob, methodOf } from '../../helpers/signers.ts'

const TYP = 'vc+jwt'
const MAX_BYTES = 1 << 16

const SUBJECTS = [
  { alg: 'EdDSA', jwk: ALICE, signer: alice },
  { alg: 'Ed25519', jwk: ALICE, signer: alice },
  { alg: 'ES256', jwk: BOB, signer: bob },
] as const

/** Any JSON object, but for integers that a double cannot hold exactly, which strict JSON refuses. */
const payloads = fc
  .dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ depthSize: 'small' }))
  .map((payload) => JSON.parse(JSON.stringify(payload, (_, value) => (isUnsafe(value) ? 0 : value))))

function isUnsafe(value: unknown): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value)
}

async function joseAccepts(token: string, jwk: PrivateJwk): Promise<boolean> {
  const { d: _, ...publicJwk } = jwk
  return compactVerify(
    token,
    await importJWK({ ...publicJwk }, jwk.crv === 'P-256' ? 'ES256' : 'EdDSA'),
  ).then(
    () => true,
    () => false,
  )
}

async function weAccept(token: string, signer: typeof alice): Promise<boolean> {
  const jws = parseCompactJws(token, TYP, MAX_BYTES)
  return jws.verified && (await verifyCompactJws(jws.value, methodOf(signer))).verified
}

describe.each(SUBJECTS)('compact JWS beside jose, $alg', ({ alg, jwk, signer }) => {
  it('reads and verifies what jose signs', async () => {
    const key = await importJWK({ ...jwk }, alg)
    await fc.assert(
      fc.asyncProperty(payloads, async (payload) => {
        const text = JSON.stringify(payload)
        const token = await new CompactSign(new TextEncoder().encode(text))
          .setProtectedHeader({ alg, kid: signer.keyId, typ: TYP })
          .sign(key)

        const jws = acceptedValue(parseCompactJws(token, TYP, MAX_BYTES))

        expect(JSON.parse(JSON.stringify(jws.payload))).toEqual(payload)
        expect(await verifyCompactJws(jws, methodOf(signer))).toMatchObject({ verified: true })
      }),
      { numRuns: 400 },
    )
  })

  it('signs what jose verifies', async () => {
    const { d: _, ...publicJwk } = jwk
    const key = await importJWK({ ...publicJwk }, signer.algorithm)
    await fc.assert(
      fc.asyncProperty(payloads, async (payload) => {
        const token = await signCompactJws({ typ: TYP, payload, signer })

        const verified = await compactVerify(token, key)

        expect(verified.protectedHeader).toEqual({ alg: signer.algorithm, kid: signer.keyId, typ: TYP })
        expect(JSON.parse(new TextDecoder().decode(verified.payload))).toEqual(payload)
      }),
      { numRuns: 500 },
    )
  })

  it('refuses every mutation of a token that jose refuses, and those that jose forgives', async () => {
    const token = await signCompactJws({ typ: TYP, payload: { a: 'b', n: [1, null] }, signer })
    let forgiven = 0
    await fc.assert(
      fc.asyncProperty(mutationsOf(token), async (mutated) => {
        fc.pre(mutated !== token)
        expect(await weAccept(mutated, signer)).toBe(false)
        if (await joseAccepts(mutated, jwk)) forgiven++
      }),
      { numRuns: 1000, examples: [[`${token}==`], [`${token} `], [`${token}\n`]] },
    )
    expect(await weAccept(token, signer)).toBe(true)
    expect(await joseAccepts(token, jwk)).toBe(true)
    expect(forgiven).toBeGreaterThan(0) // base64url with padding or white space, which is why identity is over bytes
  })
})

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\u00e9'

function mutationsOf(token: string): fc.Arbitrary<string> {
  const at = fc.nat(token.length)
  const character = fc.constantFrom(...CHARACTERS)
  const [header = '', payload = '', signature = ''] = token.split('.')
  return fc.oneof(
    fc.tuple(at, character).map(([i, c]) => token.slice(0, i) + c + token.slice(i + 1)),
    fc.tuple(at, character).map(([i, c]) => token.slice(0, i) + c + token.slice(i)),
    fc.tuple(at, fc.integer({ min: 1, max: 8 })).map(([i, n]) => token.slice(0, i) + token.slice(i + n)),
    fc
      .shuffledSubarray([header, payload, signature, '', 'e30'], { minLength: 2 })
      .map((parts) => parts.join('.')),
    fc.tuple(at, at).map(([i, j]) => token.slice(0, i) + token.slice(j)),
  )
}
