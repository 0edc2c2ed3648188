import { beforeAll, describe, expect, it } from 'vitest'
import { encodePublicJwk } from '../../../src/core/crypto/public-jwk.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { Signer } from '../../../src/model/signer.ts'
import { presentSdJwt } from '../../../src/securing/sd-jwt/sign-key-binding.ts'
import { type VerifySdJwtOptions, verifySdJwt } from '../../../src/securing/sd-jwt/verify.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { acceptedValue, alice, bob, mallory, outcomeOf } from '../../helpers/signers.ts'
import { bound, digest, issue, NOW, options, payload, REQUEST, SECONDS, TYP } from './fixtures.ts'

describe('a key binding (RFC 9901 §7.3)', () => {
  let token: string
  let presented: string

  beforeAll(async () => {
    token = await issue()
    presented = await presentSdJwt({ token, typ: TYP, request: REQUEST, signer: bob, now: NOW })
  })

  const check = async (text: string, changes: Partial<VerifySdJwtOptions> = {}) =>
    outcomeOf(await verifySdJwt(text, { ...bound, ...changes }))

  /** The SD-JWT with a key binding that claims and says this. */
  async function binding(changes: JsonObject, signer: Signer = bob, typ = 'kb+jwt'): Promise<string> {
    const claims = {
      iat: SECONDS,
      aud: REQUEST.audience,
      nonce: REQUEST.nonce,
      sd_hash: digest(token),
      ...changes,
    }
    return token + (await signCompactJws({ typ, payload: claims, signer }))
  }

  it('proves who holds the key that the issuer named', async () => {
    const verified = acceptedValue(await verifySdJwt(presented, bound))

    expect(verified).toEqual({ payload, issuerKey: alice.publicKey, holderKey: bob.publicKey })
  })

  it('is required when it is asked for, and not looked at when it is not (step 1, 2)', async () => {
    expect(await check(presented)).toBe('accepted')
    expect(await check(token)).toBe('holder_proof_invalid keyBinding')
    expect(outcomeOf(await verifySdJwt(`${token}a.b.c`, options))).toBe('accepted')
    expect(acceptedValue(await verifySdJwt(presented, options)).holderKey).toBeUndefined()
  })

  it.each([{ nonce: '' }, { audience: '' }])(
    'cannot be asked for without nonce and audience: %j [HP-09]',
    async (empty) => {
      const keyBinding = { ...REQUEST, ...empty }

      await expect(verifySdJwt(presented, { ...options, keyBinding })).rejects.toMatchObject({
        code: 'ERR_PROCURA_INVALID_ARGUMENT',
      })
    },
  )

  it.each<[string, JsonObject, string]>([
    ['another audience (step 5f)', { aud: 'https://other.example' }, 'audience_mismatch aud'],
    ['an audience of which ours is the beginning', { aud: `${REQUEST.audience}/` }, 'audience_mismatch aud'],
    ['a list of audiences', { aud: [REQUEST.audience] }, 'audience_mismatch aud'],
    ['no audience', { aud: null }, 'audience_mismatch aud'],
    ['another nonce (step 5f)', { nonce: 'other' }, 'holder_proof_invalid nonce'],
    ['no nonce', { nonce: null }, 'holder_proof_invalid nonce'],
    ['an empty nonce', { nonce: '' }, 'holder_proof_invalid nonce'],
    ['a time of ten years ago (step 5e)', { iat: SECONDS - 315_360_000 }, 'holder_proof_invalid iat'],
    ['a time of six minutes ago', { iat: SECONDS - 331 }, 'holder_proof_invalid iat'],
    ['a time of the future', { iat: SECONDS + 31 }, 'holder_proof_invalid iat'],
    ['no time', { iat: undefined as never }, 'holder_proof_invalid iat'],
    ['a time of nothing', { iat: null }, 'holder_proof_invalid iat'],
    ['a time of text', { iat: String(SECONDS) }, 'holder_proof_invalid iat'],
    ['an end that has come (step 5h)', { exp: SECONDS - 30 }, 'holder_proof_invalid exp'],
    ['no hash (step 5g)', { sd_hash: null }, 'holder_proof_invalid sd_hash'],
    ['the hash of something else', { sd_hash: 'A'.repeat(43) }, 'holder_proof_invalid sd_hash'],
  ])('is refused for %s [HP-08, HP-09, HP-10]', async (_, changes, expected) => {
    expect(await check(await binding({ iat: SECONDS - 330 }))).toBe('accepted')
    expect(await check(await binding({ iat: SECONDS + 30 }))).toBe('accepted')
    expect(await check(await binding(changes))).toBe(expected)
  })

  it.each(['JWT', 'kb+jwt2', 'vp+jwt', TYP])('is refused as a %s (step 5d)', async (typ) => {
    expect(await check(await binding({}, bob, typ))).toBe('holder_proof_invalid typ')
  })

  it('is refused by another key than the one in cnf, of the same type or not (step 5a, 5c) [HP-02]', async () => {
    expect(await check(await binding({}, mallory))).toBe('holder_proof_invalid signature')
    expect(await check(await binding({}, alice))).toBe('holder_proof_invalid signature')
  })

  it('is refused with more or fewer disclosures than it was made for (step 5g) [HP-11]', async () => {
    const [jws, first, second, ...rest] = presented.split('~')

    expect(await check(presented)).toBe('accepted')
    expect(await check([jws, second, ...rest].join('~'))).toMatch(
      /^(malformed disclosures|holder_proof_invalid sd_hash)$/,
    )
    expect(await check([jws, first, ...rest].join('~'))).toMatch(
      /^(malformed disclosures|holder_proof_invalid sd_hash)$/,
    )
    expect(await check([jws, second, first, ...rest].join('~'))).toBe('holder_proof_invalid sd_hash')
    const narrowed = await presentSdJwt({
      token,
      typ: TYP,
      keep: ({ name }) => name === 'given_name',
      request: REQUEST,
      signer: bob,
      now: NOW,
    })
    expect(await check(narrowed)).toBe('accepted')
    expect(await check(token + narrowed.slice(narrowed.lastIndexOf('~') + 1))).toBe(
      'holder_proof_invalid sd_hash',
    )
  })

  it('is refused where it is not a JWT', async () => {
    expect(await check(`${token}nonsense`)).toBe('malformed keyBinding')
    expect(await check(`${token}a.b.c`)).toBe('holder_proof_invalid header')
    expect(await check(`${presented}A`)).toBe('holder_proof_invalid signature')
    expect(await check(`${token}a.b.${'c'.repeat(5000)}`)).toBe('holder_proof_invalid token')
  })

  it.each<[string, JsonObject]>([
    ['no cnf', { cnf: null }],
    ['no key', { cnf: { kid: bob.keyId } }],
    ['a private key', { cnf: { jwk: { ...encodePublicJwk(bob.publicKey), d: 'AA' } } }],
    ['a key for something else', { cnf: { jwk: { ...encodePublicJwk(bob.publicKey), use: 'enc' } } }],
    ['a key of another kind', { cnf: { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } } }],
  ])('is refused with %s in the SD-JWT', async (_, claims) => {
    const other = await issue(claims)
    const kb = await signCompactJws({
      typ: 'kb+jwt',
      payload: {
        iat: SECONDS,
        aud: REQUEST.audience,
        nonce: REQUEST.nonce,
        sd_hash: digest(other),
      },
      signer: bob,
    })

    expect(await check(other + kb)).toBe('holder_proof_invalid cnf')
  })
})

describe('presentSdJwt', () => {
  const present = async (changes: object = {}, token?: string) =>
    presentSdJwt({
      token: token ?? (await issue()),
      typ: TYP,
      request: REQUEST,
      signer: bob,
      now: NOW,
      ...changes,
    })

  it('shows what the holder keeps', async () => {
    const text = await present({
      keep: ({ name, value }: { name?: string; value: unknown }) => name === 'given_name' || value === 'DE',
    })

    expect(acceptedValue(await verifySdJwt(text, bound)).payload).toEqual({
      iss: payload.iss,
      sub: 'user_42',
      cnf: payload.cnf,
      given_name: 'John',
      nationalities: ['DE'],
    })
  })

  it('throws where what is kept lies within something hidden (RFC 9901 §7.2 step 2)', async () => {
    await expect(present({ keep: ({ name }: { name?: string }) => name === 'street' })).rejects.toMatchObject(
      {
        code: 'ERR_PROCURA_INVALID_ARGUMENT',
      },
    )
  })

  it('throws for what has a key binding already (RFC 9901 §7.2)', async () => {
    await expect(present({}, await present())).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
  })

  it.each([
    { typ: 'vc+sd-jwt' },
    { request: { ...REQUEST, nonce: '' } },
    { request: { ...REQUEST, audience: '' } },
  ])('throws for %j', async (changes) => {
    await expect(present(changes)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
  })

  it('throws for a key that the SD-JWT is not bound to', async () => {
    await expect(present({ signer: alice })).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
    await expect(present({}, await issue({ cnf: null }))).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_KEY',
    })
  })
})
