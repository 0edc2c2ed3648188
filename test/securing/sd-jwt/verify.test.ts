import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { encodePublicJwk } from '../../../src/core/crypto/public-jwk.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { createDidResolver } from '../../../src/did/resolve-did.ts'
import type { Signer } from '../../../src/model/signer.ts'
import { refuse } from '../../../src/refusal.ts'
import { MAX_DISCLOSURES, MAX_SD_JWT_BYTES } from '../../../src/securing/sd-jwt/read-sd-jwt.ts'
import { type DisclosureFrame, signSdJwt } from '../../../src/securing/sd-jwt/sign.ts'
import { presentSdJwt } from '../../../src/securing/sd-jwt/sign-key-binding.ts'
import { type VerifySdJwtOptions, verifySdJwt } from '../../../src/securing/sd-jwt/verify.ts'
import { signBytes } from '../../../src/securing/sign-bytes.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { acceptedValue, alice, bob, mallory, outcomeOf } from '../../helpers/signers.ts'
import { countingRandom, disclosureOf } from './samples.ts'

/** 2026-11-22T09:00:00.000Z. */
const NOW = Date.UTC(2026, 10, 22, 9)
const SECONDS = NOW / 1000
const TYP = 'example+sd-jwt'
const REQUEST = { nonce: 'n-0S6_WzA2Mj', audience: 'https://verifier.example' }
const resolver = createDidResolver()
/** SHA-256 of ASCII text, base64url. */
const digest = (text: string) => createHash('sha256').update(text).digest('base64url')
const didOf = ({ keyId }: Signer) => keyId.split('#')[0] ?? ''

const options: VerifySdJwtOptions = {
  typ: TYP,
  issuer: { resolver, proofPurpose: 'assertionMethod' },
  now: NOW,
}
const bound: VerifySdJwtOptions = { ...options, keyBinding: REQUEST }

const payload: JsonObject = {
  iss: didOf(alice),
  sub: 'user_42',
  cnf: { jwk: encodePublicJwk(bob.publicKey) },
  given_name: 'John',
  address: { street: 'Main St', country: 'US' },
  nationalities: ['US', 'DE'],
}
const frame: DisclosureFrame = {
  _sd: ['given_name', 'address'],
  address: { _sd: ['street'] },
  nationalities: { _sd: [0, 1] },
}

function issue(changes: JsonObject = {}, signer: Signer = alice, typ = TYP): Promise<string> {
  return signSdJwt({ typ, payload: { ...payload, ...changes }, frame, signer, random: countingRandom() })
}

async function outcome(changes: JsonObject, signer = alice, typ = TYP): Promise<string> {
  return outcomeOf(await verifySdJwt(await issue(changes, signer, typ), { ...options, typ }))
}

/** An SD-JWT by alice with any header and payload, and these disclosures. */
async function handMade(
  claims: JsonObject,
  disclosures: string[] = [],
  header: JsonObject = {},
): Promise<string> {
  const parts = [{ alg: 'EdDSA', kid: alice.keyId, typ: TYP, ...header }, claims]
  const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const signature = await signBytes(alice, Buffer.from(input))
  return [`${input}.${Buffer.from(signature).toString('base64url')}`, ...disclosures, ''].join('~')
}

describe('verifySdJwt', () => {
  it('returns the payload with what is disclosed, and whose key signed it', async () => {
    const verified = acceptedValue(await verifySdJwt(await issue(), options))

    expect(verified).toEqual({ payload, issuerKey: alice.publicKey })
  })

  it('leaves out what is not disclosed (RFC 9901 §7.1 step 3d-f)', async () => {
    const [jws] = (await issue()).split('~')

    expect(acceptedValue(await verifySdJwt(`${jws}~`, options)).payload).toEqual({
      iss: payload.iss,
      sub: 'user_42',
      cnf: payload.cnf,
      nationalities: [],
    })
  })

  it('takes a key that the caller has pinned, whatever kid and issuer say', async () => {
    const token = await handMade({ iss: 'https://issuer.example' }, [], {
      kid: 'key-1',
      x5c: [],
      cty: 'json',
    })
    const pinned = (key: Signer) => ({ ...options, issuer: { key: key.publicKey } })

    expect(outcomeOf(await verifySdJwt(token, pinned(alice)))).toBe('accepted')
    expect(outcomeOf(await verifySdJwt(token, pinned(mallory)))).toBe('signature_invalid')
    expect(outcomeOf(await verifySdJwt(token, pinned(bob)))).toBe('signature_invalid alg')
  })

  it.each([
    ['iss', { iss: didOf(bob) }],
    ['issuer', { issuer: didOf(bob) }],
    ['an issuer with a name', { issuer: { id: didOf(bob), name: 'Bob' } }],
    ['an issuer that is no DID', { issuer: 1 }],
    ['holder', { holder: didOf(bob) }],
  ])('refuses a kid that is not under %s (RFC 9901 §7.1 step 2c) [SM-04]', async (_, claims) => {
    expect(await outcome({ issuer: { id: didOf(alice) }, holder: didOf(alice) })).toBe('accepted')
    expect(await outcome(claims)).toBe('key_not_authorized kid')
  })

  it('refuses a credential that names no issuer', async () => {
    const { iss: _, ...anonymous } = payload

    expect(outcomeOf(await verifySdJwt(await handMade(anonymous), options))).toBe('key_not_authorized kid')
    expect(outcomeOf(await verifySdJwt(await handMade({ holder: didOf(alice) }), options))).toBe(
      'key_not_authorized kid',
    )
  })

  it('lets a presentation name its holder, or nobody (VC-JOSE-COSE §3.2.2)', async () => {
    const vp = { ...options, issuer: { resolver, proofPurpose: 'authentication' } } as const

    expect(outcomeOf(await verifySdJwt(await handMade({ holder: didOf(alice) }), vp))).toBe('accepted')
    expect(outcomeOf(await verifySdJwt(await handMade({}), vp))).toBe('accepted')
    expect(outcomeOf(await verifySdJwt(await handMade({ holder: didOf(bob) }), vp))).toBe(
      'key_not_authorized kid',
    )
  })

  it.each<[string, JsonObject, string]>([
    ['no kid', { kid: null }, 'malformed kid'],
    ['a kid that is no DID URL', { kid: 'key-1' }, 'malformed kid'],
    ['a kid of no such key', { kid: `${didOf(alice)}#other` }, 'key_not_authorized assertionMethod'],
    ['alg none (RFC 9901 §7.1 step 2a)', { alg: 'none' }, 'unsupported alg'],
    ['a symmetric algorithm', { alg: 'HS256' }, 'unsupported alg'],
    ['another type', { typ: 'vc+sd-jwt' }, 'malformed typ'],
    ['no type', { typ: null }, 'malformed typ'],
    [
      'an extension that must be understood (RFC 7515 §4.1.11)',
      { crit: ['exp'], exp: 1 },
      'malformed header',
    ],
    ['an empty list of extensions', { crit: [] }, 'malformed header'],
    ['an unencoded payload', { b64: false }, 'malformed header'],
  ])('refuses %s', async (_, header, expected) => {
    expect(outcomeOf(await verifySdJwt(await handMade(payload, [], { cty: 'vc' }), options))).toBe('accepted')
    expect(outcomeOf(await verifySdJwt(await handMade(payload, [], header), options))).toBe(expected)
  })

  it('refuses a signature by another key (RFC 9901 §7.1 step 2b)', async () => {
    const disguised: Signer = { ...mallory, keyId: alice.keyId }

    expect(await outcome({}, disguised)).toBe('signature_invalid')
  })

  it('says when the issuer cannot be resolved', async () => {
    const lost = { resolve: () => refuse('did_unresolvable') }
    const issuer = { resolver: lost, proofPurpose: 'assertionMethod' } as const

    expect(outcomeOf(await verifySdJwt(await issue(), { ...options, issuer }))).toBe('did_unresolvable')
  })

  describe('processing (RFC 9901 §7.1)', () => {
    const nested = disclosureOf(['s1', 'street', 'Main St'])
    const outer = disclosureOf(['s2', 'address', { _sd: [digest(nested)] }])
    const element = disclosureOf(['s3', 'US'])
    const claims: JsonObject = { iss: didOf(alice), _sd: [digest(outer)], list: [{ '...': digest(element) }] }
    const all = [outer, nested, element]

    async function process(changes: JsonObject, disclosures: string[] = all): Promise<string> {
      return outcomeOf(await verifySdJwt(await handMade({ ...claims, ...changes }, disclosures), options))
    }

    it('reveals what lies within what is revealed (step 3c)', async () => {
      const verified = acceptedValue(await verifySdJwt(await handMade(claims, all), options))

      expect(verified.payload).toEqual({ iss: didOf(alice), address: { street: 'Main St' }, list: ['US'] })
    })

    it('ignores digests without a disclosure, and shows an object of which all is hidden as empty (steps 3c, 3e)', async () => {
      const verified = acceptedValue(await verifySdJwt(await handMade(claims, [outer]), options))

      expect(verified.payload).toEqual({ iss: didOf(alice), address: {}, list: [] })
    })

    it('refuses a disclosure that nothing asks for, though something hidden would (step 5)', async () => {
      expect(await process({})).toBe('accepted')
      expect(await process({}, [nested, element])).toBe('malformed disclosures')
    })

    const named = (name: string, value = 1) => disclosureOf(['s4', name, value])
    const asking = (text: string) => ({ _sd: [digest(outer), digest(text)] })

    it.each<[string, JsonObject, string[]]>([
      ['_sd as a name (step 3c.ii.2)', asking(named('_sd')), [...all, named('_sd')]],
      ['... as a name (step 3c.ii.2)', asking(named('...')), [...all, named('...')]],
      ['_sd_alg as a name (§4.1.1)', asking(named('_sd_alg')), [...all, named('_sd_alg')]],
      ['a claim that is there (step 3c.ii.3)', { ...asking(named('sub')), sub: 'a' }, [...all, named('sub')]],
      ['one claim by two disclosures (step 3c.ii.3)', asking(named('address')), [...all, named('address')]],
      [
        'an element where a member is asked for (step 3c.ii.1)',
        { _sd: [digest(element)], list: [] },
        [element],
      ],
      [
        'a member where an element is asked for (step 3c.iii.1)',
        { _sd: [], list: [{ '...': digest(outer) }] },
        [outer, nested],
      ],
      ['a digest twice in one list (step 4)', { _sd: [digest(outer), digest(outer)] }, all],
      ['a digest twice in two places (step 4)', { more: [{ '...': digest(element) }] }, all],
      [
        'a digest twice, of nothing that is disclosed (step 4)',
        { _sd: [digest(outer), 'a'], more: { _sd: ['a'] } },
        all,
      ],
      ['a digest that is repeated by a disclosure (step 4)', { more: { _sd: [digest(nested)] } }, all],
      ['a disclosure twice (step 5)', {}, [...all, element]],
      ['_sd that is no list', { _sd: digest(outer), list: [] }, [outer, nested]],
      ['_sd with a number', { _sd: [digest(outer), 1] }, all],
      ['... with a number', { list: [{ '...': 1 }] }, [outer, nested]],
      ['... beside another member', { list: [{ '...': digest(element), a: 1 }] }, all],
      ['... in an object', { list: { '...': digest(element) } }, all],
      ['_sd_alg within an object (§4.1.1)', { more: { _sd_alg: 'sha-256' } }, all],
    ])('refuses %s [SM-25]', async (_, changes, disclosures) => {
      expect(await process({})).toBe('accepted')
      expect(await process(changes, disclosures)).toBe('malformed disclosures')
    })

    it.each(['sha-384', 'sha-512', 'md5', '', 1])(
      'refuses the hash function %s (step 2d)',
      async (algorithm) => {
        expect(await process({ _sd_alg: 'sha-256' })).toBe('accepted')
        expect(await process({ _sd_alg: algorithm })).toBe('unsupported _sd_alg')
      },
    )

    it('treats __proto__ as the name that it is', async () => {
      const proto = disclosureOf(['s5', '__proto__', { polluted: true }])
      const verified = acceptedValue(
        await verifySdJwt(await handMade({ iss: didOf(alice), _sd: [digest(proto)] }, [proto]), options),
      )

      expect(Object.getOwnPropertyNames(verified.payload).sort()).toEqual(['__proto__', 'iss'])
      expect(Object.getPrototypeOf(verified.payload)).toBeNull()
    })

    it('refuses disclosures within each other beyond the depth of JSON', async () => {
      const texts = [disclosureOf(['s', 'end', 1])]
      for (let i = 0; i < 40; i++)
        texts.push(disclosureOf(['s', `level${i}`, { _sd: [digest(texts.at(-1) ?? '')] }]))
      const depth = (count: number) => {
        const kept = texts.slice(-count)
        return process({ _sd: [digest(kept.at(-1) ?? '')], list: [] }, kept)
      }

      expect(await depth(20)).toBe('accepted')
      expect(await depth(41)).toBe('limit_exceeded disclosures')
    })

    it('refuses more disclosures than it looks at', async () => {
      const texts = Array.from({ length: MAX_DISCLOSURES + 1 }, (_, i) => disclosureOf(['s', `c${i}`, i]))
      const digests = texts.map(digest)
      const of = (count: number) => process({ _sd: digests.slice(0, count), list: [] }, texts.slice(0, count))

      expect(await of(MAX_DISCLOSURES)).toBe('accepted')
      expect(await of(MAX_DISCLOSURES + 1)).toBe('limit_exceeded disclosures')
    })

    it('refuses more than 64 KiB unread [CP-17]', async () => {
      expect(await process({ note: 'x'.repeat(MAX_SD_JWT_BYTES) })).toBe('limit_exceeded token')
    })
  })

  describe('claims on validity (RFC 9901 §7.1 step 6)', () => {
    it.each<[string, JsonObject, string]>([
      ['one that has ended', { exp: SECONDS - 30 }, 'expired exp'],
      ['one that has not begun', { nbf: SECONDS + 31 }, 'not_yet_valid nbf'],
      ['one of the future', { iat: SECONDS + 31 }, 'not_yet_valid iat'],
      ['an end that is no number', { exp: String(SECONDS + 60) }, 'malformed exp'],
      ['a beginning that is null', { nbf: null }, 'malformed nbf'],
      ['a negative time', { iat: -1 }, 'malformed iat'],
    ])('refuse %s', async (_, claims, expected) => {
      expect(await outcome({ exp: SECONDS - 29, nbf: SECONDS + 30, iat: SECONDS + 30 })).toBe('accepted')
      expect(await outcome(claims)).toBe(expected)
    })

    it.each([
      'iss',
      'exp',
      'nbf',
      'cnf',
      'issuer',
      'validFrom',
      'validUntil',
      'credentialStatus',
      'credentialSchema',
    ])('cannot be hidden, and %s is no exception (§9.7, VC-JOSE-COSE §3.2.1)', async (name) => {
      const text = disclosureOf(['s', name, didOf(alice)])
      const claims: JsonObject = { ...(name !== 'iss' && { iss: didOf(alice) }), _sd: [digest(text)] }

      expect(outcomeOf(await verifySdJwt(await handMade(claims, [text]), options))).toBe(`malformed ${name}`)
      await expect(
        signSdJwt({
          typ: TYP,
          payload: { [name]: 1 },
          frame: { _sd: [name] },
          signer: alice,
          random: countingRandom(),
        }),
      ).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
    })

    it.each(['vc', 'vp'])(
      'keep %s out of documents that are the payload (VC-JOSE-COSE §3.1.3)',
      async (name) => {
        expect(await outcome({ [name]: {} })).toBe('accepted')
        expect(await outcome({}, alice, 'vc+sd-jwt')).toBe('accepted')
        expect(await outcome({ [name]: {} }, alice, 'vc+sd-jwt')).toBe(`malformed ${name}`)
        expect(await outcome({ [name]: {} }, alice, 'vp+sd-jwt')).toBe(`malformed ${name}`)
      },
    )
  })

  describe('key binding (RFC 9901 §7.3)', () => {
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
      [
        'an audience of which ours is the beginning',
        { aud: `${REQUEST.audience}/` },
        'audience_mismatch aud',
      ],
      ['a list of audiences', { aud: [REQUEST.audience] }, 'audience_mismatch aud'],
      ['no audience', { aud: null }, 'audience_mismatch aud'],
      ['another nonce (step 5f)', { nonce: 'other' }, 'holder_proof_invalid nonce'],
      ['no nonce', { nonce: null }, 'holder_proof_invalid nonce'],
      ['an empty nonce', { nonce: '' }, 'holder_proof_invalid nonce'],
      ['a time of ten years ago (step 5e)', { iat: SECONDS - 315_360_000 }, 'holder_proof_invalid iat'],
      ['a time of six minutes ago', { iat: SECONDS - 331 }, 'holder_proof_invalid iat'],
      ['a time of the future', { iat: SECONDS + 31 }, 'holder_proof_invalid iat'],
      ['no time', { iat: null }, 'holder_proof_invalid iat'],
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
