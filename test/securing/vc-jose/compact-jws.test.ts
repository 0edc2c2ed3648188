import { describe, expect, it } from 'vitest'
import { encodeBase64url } from '../../../src/core/base64url.ts'
import { encodeUtf8 } from '../../../src/core/bytes.ts'
import { parseCompactJws, verifyCompactJws } from '../../../src/securing/vc-jose/compact-jws.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { acceptedValue, alice, bob, mallory, methodOf, outcomeOf } from '../../helpers/signers.ts'

const TYP = 'procura-test+jwt'
const MAX = 2048
const HEADER = { alg: 'EdDSA', kid: alice.keyId, typ: TYP }

/** A token whose signature covers whatever stands before it. */
async function signed(header: unknown, payload: unknown): Promise<string> {
  const segment = (part: unknown) =>
    encodeBase64url(typeof part === 'string' ? encodeUtf8(part) : encodeUtf8(JSON.stringify(part)))
  const input = `${segment(header)}.${segment(payload)}`
  return `${input}.${encodeBase64url(await alice.sign(encodeUtf8(input)))}`
}

const parse = (token: string) => parseCompactJws(token, TYP, MAX)

describe('parseCompactJws', () => {
  it('reads what signCompactJws writes', async () => {
    const token = await signCompactJws({ typ: TYP, payload: { a: [1, 'é'] }, signer: alice })

    const jws = acceptedValue(parse(token))

    expect(jws.algorithm).toBe('EdDSA')
    expect(jws.kid).toBe(alice.keyId)
    expect(JSON.stringify(jws.payload)).toBe('{"a":[1,"é"]}')
    expect(jws.payloadBytes).toEqual(encodeUtf8('{"a":[1,"é"]}'))
    expect(jws.presented).toEqual(encodeUtf8(token))
    expect(jws.signingInput).toEqual(encodeUtf8(token.slice(0, token.lastIndexOf('.'))))
    expect(jws.signature).toHaveLength(64)
  })

  it.each([
    ['EdDSA', 'EdDSA'],
    ['Ed25519', 'EdDSA'],
    ['ES256', 'ES256'],
  ])('accepts alg %s', async (alg, algorithm) => {
    expect(acceptedValue(parse(await signed({ ...HEADER, alg }, {}))).algorithm).toBe(algorithm)
  })

  it.each([
    'none',
    'None',
    'nOnE',
    'HS256',
    'RS256',
    'ES384',
    'ES256K',
    'eddsa',
    '',
    null,
    1,
    ['EdDSA'],
    undefined,
  ])('refuses alg %j [SM-01] [SM-02]', async (alg) => {
    expect(outcomeOf(parse(await signed({ ...HEADER, alg }, {})))).toBe('unsupported alg')
  })

  it.each([
    'jwk',
    'x5c',
    'jku',
    'x5u',
    'x5t',
    'crit',
    'b64',
    'cty',
    'zip',
    'iss',
    'constructor',
    '__proto__',
  ])('refuses the header member %s [SM-03]', async (name) => {
    const header = JSON.stringify(HEADER).replace('}', `,${JSON.stringify(name)}:{}}`)

    expect(outcomeOf(parse(await signed(JSON.stringify(HEADER), {})))).toBe('accepted')
    expect(outcomeOf(parse(await signed(header, {})))).toBe('malformed header')
  })
})

describe('verifyCompactJws', () => {
  it.each([alice, bob])('accepts a signature by the key itself ($algorithm)', async (signer) => {
    const jws = acceptedValue(parse(await signCompactJws({ typ: TYP, payload: {}, signer })))

    expect(await verifyCompactJws(jws, methodOf(signer))).toEqual({ verified: true, value: undefined })
  })

  it('refuses a signature by another key', async () => {
    const jws = acceptedValue(parse(await signCompactJws({ typ: TYP, payload: {}, signer: mallory })))

    expect(outcomeOf(await verifyCompactJws(jws, methodOf(alice)))).toBe('signature_invalid')
  })
})
