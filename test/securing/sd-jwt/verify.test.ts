import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import type { Signer } from '../../../src/model/signer.ts'
import { refuse } from '../../../src/refusal.ts'
import { signSdJwt } from '../../../src/securing/sd-jwt/sign.ts'
import { verifySdJwt } from '../../../src/securing/sd-jwt/verify.ts'
import { acceptedValue, alice, bob, mallory, outcomeOf } from '../../helpers/signers.ts'
import {
  didOf,
  digest,
  handMade,
  issue,
  options,
  outcome,
  payload,
  resolver,
  SECONDS,
  TYP,
} from './fixtures.ts'
import { countingRandom, disclosureOf } from './samples.ts'

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
})
