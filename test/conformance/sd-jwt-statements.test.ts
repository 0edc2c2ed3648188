import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { signSdJwt } from '../../src/securing/sd-jwt/sign.ts'
import { presentSdJwt } from '../../src/securing/sd-jwt/sign-key-binding.ts'
import { type VerifySdJwtOptions, verifySdJwt } from '../../src/securing/sd-jwt/verify.ts'
import { signCompactJws } from '../../src/securing/vc-jose/sign.ts'
import { acceptedValue, alice, bob, mallory, outcomeOf } from '../helpers/signers.ts'
import {
  bound,
  didOf,
  digest,
  handMade,
  issue,
  NOW,
  options,
  payload,
  REQUEST,
  resolver,
  SECONDS,
  TYP,
} from '../securing/sd-jwt/fixtures.ts'
import { issueWithLibrary } from '../securing/sd-jwt/oracle.ts'
import { countingRandom, disclosureOf } from '../securing/sd-jwt/samples.ts'

/*
 * What RFC 9901 and the SD-JWT part of "Securing Verifiable Credentials using JOSE and COSE" (VC-JOSE-COSE) demand,
 * statement by statement. Each title says what the statement asks for, in our words.
 */

const iss = didOf(alice)
const NAME = disclosureOf(['salt', 'name', 'Ada'])
const ELEMENT = disclosureOf(['salt', 'DE'])

/** How an SD-JWT by alice with these claims is taken. */
async function verify(
  claims: JsonObject,
  disclosures: string[] = [],
  header: JsonObject = {},
): Promise<string> {
  return outcomeOf(await verifySdJwt(await handMade({ iss, ...claims }, disclosures, header), options))
}

/** The claims that it yields, but for the issuer. */
async function processed(claims: JsonObject, disclosures: string[] = []): Promise<JsonObject> {
  const verdict = await verifySdJwt(await handMade({ iss, ...claims }, disclosures), options)
  const { iss: _, ...rest } = acceptedValue(verdict).payload
  return rest
}

const hiding = (...texts: string[]) => ({ _sd: texts.map(digest) })
const listing = (...texts: string[]) => ({ list: texts.map((text) => ({ '...': digest(text) })) })
const raw = (text: string) => Buffer.from(text).toString('base64url')

describe('RFC 9901 §4.1 "Issuer-Signed JWT"', () => {
  it('_sd_alg: at the top only, SHA-256 where it is missing, refused where it is not understood', async () => {
    expect(await verify(hiding(NAME), [NAME])).toBe('accepted')
    expect(await verify({ ...hiding(NAME), _sd_alg: 'sha-256' }, [NAME])).toBe('accepted')
    expect(await verify({ ...hiding(NAME), _sd_alg: 'sha-512' }, [NAME])).toBe('unsupported _sd_alg')
    expect(await verify({ inner: { _sd_alg: 'sha-256' } })).toBe('malformed disclosures')
  })

  it('a digest stands once in an SD-JWT', async () => {
    expect(await verify({ ...hiding(NAME), inner: hiding(NAME) })).toBe('malformed disclosures')
  })
})

describe('RFC 9901 §4.2 "Disclosures"', () => {
  it.each<[string, Json]>([
    ['a string', 'Ada'],
    ['a number', 1.5],
    ['a truth', false],
    ['null', null],
    ['a list', [1, 'a']],
    ['an object', { a: { b: [] } }],
  ])('§4.2.1, §4.2.2: the value may be %s, in an object as in a list', async (_, value) => {
    const [member, element] = [disclosureOf(['salt', 'name', value]), disclosureOf(['salt', value])]

    expect(await processed({ ...hiding(member), ...listing(element) }, [member, element])).toEqual({
      name: value,
      list: [value],
    })
  })

  it.each<[string, Json]>([
    ['the salt is a string', [1, 'name', 'Ada']],
    ['the name is a string', ['salt', 1, 'Ada']],
    ['there are three of them', ['salt', 'name', 'Ada', 1]],
    ['they are in an array', { salt: 'name' }],
    ['the name is not _sd', ['salt', '_sd', []]],
    ['the name is not ...', ['salt', '...', 'x']],
  ])('§4.2.1: of a member, %s', async (_, items) => {
    expect(await verify(hiding(disclosureOf(items)), [disclosureOf(items)])).toBe('malformed disclosures')
  })

  it('§4.2.3: the digest is over the text as it was sent, not over the JSON written anew', async () => {
    const [spaced, dense] = [raw('[ "salt", "name",\r\n "Ada" ]'), NAME]

    expect(await processed(hiding(spaced), [spaced])).toEqual({ name: 'Ada' })
    expect(await verify(hiding(spaced), [dense])).toBe('malformed disclosures')
  })

  it('§4.2.3: characters beyond ASCII may be escaped or not', async () => {
    for (const text of [raw('["salt","name","Möbius"]'), raw('["salt","name","M\\u00f6bius"]')])
      expect(await processed(hiding(text), [text])).toEqual({ name: 'Möbius' })
  })

  it('§4.2.4.1: _sd is a list of strings, and may be empty', async () => {
    expect(await processed({ _sd: [] })).toEqual({})
    for (const _sd of ['x', {}, null, [1], [null], [[]]])
      expect(await verify({ _sd })).toBe('malformed disclosures')
  })

  it('§4.2.4.2: a hidden element keeps its place, and stands alone in its object', async () => {
    const list = ['FR', ...listing(ELEMENT).list, 'US']

    expect(await processed({ list }, [ELEMENT])).toEqual({ list: ['FR', 'DE', 'US'] })
    expect(await verify({ list: [{ '...': digest(ELEMENT), a: 1 }] }, [ELEMENT])).toBe(
      'malformed disclosures',
    )
  })

  it('§4.2.5: decoys are not there', async () => {
    const frame = { _sd: ['name'], _sd_decoy: 4 }
    const header = { kid: alice.keyId, typ: TYP }
    const token = await issueWithLibrary({ payload: { iss, name: 'Ada' }, frame, header }, alice)

    expect(acceptedValue(await verifySdJwt(token, options)).payload).toEqual({ iss, name: 'Ada' })
  })

  it('§4.2.6: what is disclosed may hide more', async () => {
    const outer = disclosureOf(['salt', 'person', { ...hiding(NAME), ...listing(ELEMENT) }])

    expect(await processed(hiding(outer), [outer])).toEqual({ person: { list: [] } })
    expect(await processed(hiding(outer), [ELEMENT, NAME, outer])).toEqual({
      person: { name: 'Ada', list: ['DE'] },
    })
  })
})

describe('RFC 9901 §4.3 "Key Binding JWT"', () => {
  const kb = async (token: string, changes: JsonObject = {}, typ = 'kb+jwt') => {
    const claims = { iat: SECONDS, aud: REQUEST.audience, nonce: REQUEST.nonce, sd_hash: digest(token) }
    return token + (await signCompactJws({ typ, payload: { ...claims, ...changes }, signer: bob }))
  }
  const check = async (text: string) => outcomeOf(await verifySdJwt(text, bound))

  it('typ is kb+jwt; iat, aud, nonce and sd_hash are there', async () => {
    const token = await issue()

    expect(await check(await kb(token))).toBe('accepted')
    expect(await check(await kb(token, {}, 'JWT'))).toBe('holder_proof_invalid typ')
    for (const name of ['iat', 'nonce', 'sd_hash'])
      expect(await check(await kb(token, { [name]: null }))).toBe(`holder_proof_invalid ${name}`)
    expect(await check(await kb(token, { aud: null }))).toBe('audience_mismatch aud')
  })

  it('§4.3.1: sd_hash is over the JWS and the disclosures, with the tilde behind each', async () => {
    const token = await issue()

    expect(await check(await kb(token, { sd_hash: digest(token.slice(0, -1)) }))).toBe(
      'holder_proof_invalid sd_hash',
    )
    expect(await check(await kb(token, { sd_hash: digest(token.split('~')[0] ?? '') }))).toBe(
      'holder_proof_invalid sd_hash',
    )
  })
})

describe('RFC 9901 §7 "Verification and Processing"', () => {
  it('§7.1 step 2: an algorithm that is secure, a good signature, a key of the issuer', async () => {
    expect(await verify({}, [], { alg: 'none' })).toBe('unsupported alg')
    expect(await verify({}, [], { alg: 'HS256' })).toBe('unsupported alg')
    expect(await verify({ iss: didOf(bob) })).toBe('key_not_authorized kid')
    const forged = await issue({}, { ...mallory, keyId: alice.keyId })
    expect(outcomeOf(await verifySdJwt(forged, options))).toBe('signature_invalid')
  })

  it('§7.1 step 3: digests without a disclosure are ignored, and nothing of the mechanism remains', async () => {
    expect(await processed({ ...hiding(NAME), ...listing(ELEMENT), _sd_alg: 'sha-256' })).toEqual({
      list: [],
    })
    expect(await processed({ person: hiding(NAME) })).toEqual({ person: {} })
  })

  it('§7.1 step 3: a disclosure is of the kind that is asked for, and over no claim', async () => {
    expect(await verify(hiding(ELEMENT), [ELEMENT])).toBe('malformed disclosures')
    expect(await verify(listing(NAME), [NAME])).toBe('malformed disclosures')
    expect(await verify({ ...hiding(NAME), name: 'Eve' }, [NAME])).toBe('malformed disclosures')
  })

  it('§7.1 step 5: every disclosure is asked for', async () => {
    expect(await verify({}, [NAME])).toBe('malformed disclosures')
    expect(await verify(hiding(NAME), [NAME, NAME])).toBe('malformed disclosures')
  })

  it('§7.1 step 6, §9.7: exp, nbf and iat hold, and cannot be hidden', async () => {
    expect(await verify({ exp: SECONDS - 60 })).toBe('expired exp')
    expect(await verify({ nbf: SECONDS + 60 })).toBe('not_yet_valid nbf')
    const exp = disclosureOf(['salt', 'exp', SECONDS + 60])
    expect(await verify(hiding(exp), [exp])).toBe('malformed exp')
  })

  it('§7.2: the holder presents only what is asked for, and nothing that has a key binding', async () => {
    const present = (token: string, keep = (_: { name?: string }) => true) =>
      presentSdJwt({ token, typ: TYP, keep, request: REQUEST, signer: bob, now: NOW })
    const refusal = { code: 'ERR_PROCURA_INVALID_ARGUMENT' }

    await expect(present(await present(await issue()))).rejects.toMatchObject(refusal)
    await expect(present(await issue(), ({ name }) => name === 'street')).rejects.toMatchObject(refusal)
  })

  it('§7.3: whether a key binding is asked for is not decided by what was sent', async () => {
    const token = await issue()
    const presented = await presentSdJwt({ token, typ: TYP, request: REQUEST, signer: bob, now: NOW })

    expect(outcomeOf(await verifySdJwt(token, bound))).toBe('holder_proof_invalid keyBinding')
    expect(acceptedValue(await verifySdJwt(presented, options)).holderKey).toBeUndefined()
    expect(acceptedValue(await verifySdJwt(presented, bound)).holderKey).toEqual(bob.publicKey)
  })

  it('§7.3 step 5: timely, for this verifier and this request', async () => {
    const presented = await presentSdJwt({
      token: await issue(),
      typ: TYP,
      request: REQUEST,
      signer: bob,
      now: NOW,
    })
    const check = async (changes: Partial<VerifySdJwtOptions>) =>
      outcomeOf(await verifySdJwt(presented, { ...bound, ...changes }))

    expect(await check({})).toBe('accepted')
    expect(await check({ now: NOW + 600_000 })).toBe('holder_proof_invalid iat')
    expect(await check({ keyBinding: { ...REQUEST, nonce: 'n' } })).toBe('holder_proof_invalid nonce')
    expect(await check({ keyBinding: { ...REQUEST, audience: 'a' } })).toBe('audience_mismatch aud')
  })

  it('§9.11: another kind of SD-JWT is not taken for this one', async () => {
    expect(await verify({}, [], { typ: 'other+sd-jwt' })).toBe('malformed typ')
  })
})

describe('VC-JOSE-COSE §3.2 "With SD-JWT"', () => {
  const credential: JsonObject = {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    type: ['VerifiableCredential'],
    issuer: { id: iss, name: 'Alice' },
    credentialStatus: { type: 'Example' },
    credentialSubject: { degree: 'BSc', name: 'Ada' },
  }
  const sign = (document: JsonObject, frame = {}, typ = 'vc+sd-jwt') =>
    signSdJwt({ typ, payload: document, frame, signer: alice, random: countingRandom() })
  const check = async (text: string, typ = 'vc+sd-jwt') =>
    outcomeOf(await verifySdJwt(text, { ...options, typ }))

  it('§3.2.1: the credential is the payload, of which parts are hidden; typ is vc+sd-jwt', async () => {
    const token = await sign(credential, { credentialSubject: { _sd: ['name'] } })
    const verified = acceptedValue(await verifySdJwt(token, { ...options, typ: 'vc+sd-jwt' }))

    expect(verified.payload).toEqual(credential)
    expect(await check(token, 'vc+jwt')).toBe('malformed typ')
  })

  it.each(['credentialStatus', 'credentialSchema'])('§3.2.1: %s cannot be hidden', async (name) => {
    const text = disclosureOf(['salt', name, { type: 'Example' }])

    expect(await verify(hiding(text), [text])).toBe(`malformed ${name}`)
    await expect(sign({ ...credential, [name]: {} }, { _sd: [name] })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it('§3.2.2: a presentation has typ vp+sd-jwt and a key for authentication', async () => {
    const presentation = { type: ['VerifiablePresentation'], holder: iss }
    const token = await sign(presentation, {}, 'vp+sd-jwt')
    const issuer = { resolver, proofPurpose: 'authentication' } as const

    expect(outcomeOf(await verifySdJwt(token, { ...options, typ: 'vp+sd-jwt', issuer }))).toBe('accepted')
    expect(await check(token)).toBe('malformed typ')
  })

  it('§3.1.3: vc and vp are no claims; members that are not understood are ignored', async () => {
    expect(await check(await sign({ ...credential, vc: {} }))).toBe('malformed vc')
    expect(await check(await sign({ ...credential, vp: {} }))).toBe('malformed vp')
    expect(await check(await sign({ ...credential, jti: 'urn:uuid:1', other: 1 }))).toBe('accepted')
    expect(await verify(payload, [], { cty: 'vc', other: 1 })).toBe('accepted')
  })
})
