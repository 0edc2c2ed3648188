import { describe, expect, it } from 'vitest'
import { sha256 } from '#crypto'
import { encodeUtf8 } from '../../../src/core/bytes.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { encodeSha256Multihash } from '../../../src/core/multibase.ts'
import type { ParsedLink } from '../../../src/model/chain.ts'
import { MAX_CREDENTIAL_BYTES } from '../../../src/model/credential.ts'
import type { DidUrl } from '../../../src/model/did.ts'
import type { Signer } from '../../../src/model/signer.ts'
import { verifyCompactJws } from '../../../src/securing/vc-jose/compact-jws.ts'
import { parseVcJwt, VC_JWT_TYPE } from '../../../src/securing/vc-jose/parse-vc-jwt.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import {
  AUTHORITY,
  agentJson,
  OWNER,
  ownerJson,
  parsed,
  RUN,
  runJson,
  START,
} from '../../helpers/credentials.ts'
import { acceptedValue, alice, mallory, methodOf, outcomeOf } from '../../helpers/signers.ts'

const named = (keyId: DidUrl, signer: Signer = alice): Signer => ({ ...signer, keyId })
const AUTHORITY_SIGNER = named(`${AUTHORITY}#key-1`)

/** What the signature of a link is over; there from the start, as nothing has to be canonicalized. */
function signedPart({ signatures: [{ signingInput, ...rest }] }: ParsedLink) {
  if (typeof signingInput === 'function') throw new Error('a vc+jwt is read whole')
  return { ...rest, signingInput }
}

/** A vc+jwt of link 0, with claims beside what the credential says. */
function ownerToken(claims: JsonObject = {}, signer: Signer = AUTHORITY_SIGNER): Promise<string> {
  return signCompactJws({ typ: VC_JWT_TYPE, payload: { ...ownerJson(), ...claims }, signer })
}

describe('parseVcJwt', () => {
  it('reads a link and keeps what its signature covers', async () => {
    const token = await ownerToken()

    const link = acceptedValue(parseVcJwt(token))

    expect(link).toMatchObject({
      mechanism: 'vc+jwt',
      credential: parsed(ownerJson()),
      signatures: [{ verificationMethod: `${AUTHORITY}#key-1`, algorithm: 'EdDSA' }],
      token,
    })
    expect(outcomeOf(await verifyCompactJws(signedPart(link), methodOf(alice)))).toBe('accepted')
    expect(outcomeOf(await verifyCompactJws(signedPart(link), methodOf(mallory)))).toBe('signature_invalid')
  })

  it.each([
    ['link 1', agentJson(), OWNER],
    ['a link made offline', runJson(), 'did:key:z6Mkagent'],
  ] as const)('reads %s', async (_, payload, issuer) => {
    const token = await signCompactJws({ typ: VC_JWT_TYPE, payload, signer: named(`${issuer}#z6Mk`) })

    expect(acceptedValue(parseVcJwt(token)).credential).toEqual(parsed(payload))
  })

  it('digests the decoded payload, not the token', async () => {
    const payload = encodeUtf8(JSON.stringify(ownerJson()))
    const first = acceptedValue(parseVcJwt(await ownerToken()))
    const second = acceptedValue(parseVcJwt(await ownerToken({}, named(`${AUTHORITY}#key-2`, mallory))))

    expect(first.digest).toBe(encodeSha256Multihash(sha256(payload)))
    expect(second.digest).toBe(first.digest)
  })

  it('takes every member from the signed bytes: it is given nothing else [CP-15]', async () => {
    const token = await ownerToken()
    const [header, , signature] = token.split('.')
    const other = Buffer.from(JSON.stringify(ownerJson({ tenant: 'evil' }))).toString('base64url')
    const link = acceptedValue(parseVcJwt(`${header}.${other}.${signature}`))

    expect(outcomeOf(await verifyCompactJws(signedPart(link), methodOf(alice)))).toBe('signature_invalid')
  })

  it.each<[string, DidUrl]>([
    ['another DID', `${RUN}#key-1`],
    ['a DID that begins alike', `${AUTHORITY}:status#key-1`],
    ['a DID that it begins with', 'did:web:id#key-1'],
  ])('refuses a kid under %s [SM-04]', async (_, keyId) => {
    const attackers = named(keyId, mallory)

    expect(outcomeOf(parseVcJwt(await ownerToken({}, AUTHORITY_SIGNER)))).toBe('accepted')
    expect(outcomeOf(parseVcJwt(await ownerToken({}, attackers)))).toBe('key_not_authorized kid')
  })

  it.each(['vp+jwt', 'JWT', 'statuslist+jwt', 'procura-head+jwt', 'kb+jwt', 'at+jwt', 'vc+sd-jwt'])(
    'refuses a %s of the same key [SM-07]',
    async (typ) => {
      const token = await signCompactJws({ typ, payload: ownerJson(), signer: AUTHORITY_SIGNER })

      expect(outcomeOf(parseVcJwt(token))).toBe('malformed typ')
    },
  )

  it('refuses a token beyond 16 KiB unread', async () => {
    const token = await ownerToken()

    expect(outcomeOf(parseVcJwt(token.padEnd(MAX_CREDENTIAL_BYTES + 1, 'A')))).toBe('limit_exceeded token')
  })

  it('refuses what is no credential of a chain', async () => {
    const token = await ownerToken({ type: ['VerifiableCredential'] })

    expect(outcomeOf(parseVcJwt(token))).toBe('malformed type')
  })

  it.each(['vc', 'vp', 'jti', 'aud', 'cnf', 'nonce', 'proof', 'status'])(
    'refuses the claim %s',
    async (name) => {
      expect(outcomeOf(parseVcJwt(await ownerToken({ [name]: {} })))).toMatch(/^malformed/)
    },
  )

  describe('claims beside the credential', () => {
    const second = START / 1000

    it.each<[string, JsonObject]>([
      ['iss', { iss: AUTHORITY }],
      ['sub', { sub: OWNER }],
      ['iat', { iat: second }],
      ['nbf', { nbf: second }],
      ['exp', { exp: second + 900 }],
      ['all of them', { iss: AUTHORITY, sub: OWNER, iat: second, nbf: second, exp: second + 900 }],
    ])('accepts %s that says the same', async (_, claims) => {
      expect(acceptedValue(parseVcJwt(await ownerToken(claims))).credential).toEqual(parsed(ownerJson()))
    })

    it.each<[string, JsonObject]>([
      ['iss', { iss: OWNER }],
      ['iss', { iss: null }],
      ['iss', { iss: [AUTHORITY] }],
      ['sub', { sub: AUTHORITY }],
      ['iat', { iat: second + 1 }],
      ['iat', { iat: String(second) }],
      ['nbf', { nbf: second - 1 }],
      ['nbf', { nbf: second + 901 }],
      ['nbf', { nbf: second + 0.5 }],
      ['nbf', { nbf: null }],
      ['nbf', { nbf: String(second) }],
      ['exp', { exp: second + 901 }],
      ['exp', { exp: second }],
      ['exp', { exp: second - 1 }],
      ['exp', { exp: second + 0.5 }],
      ['exp', { exp: false }],
      ['exp', { nbf: second + 60, exp: second + 60 }],
    ])('refuses %s that disagrees: %j', async (name, claims) => {
      expect(outcomeOf(parseVcJwt(await ownerToken(claims)))).toBe(`malformed ${name}`)
    })

    it('lets nbf and exp narrow the validity', async () => {
      const link = acceptedValue(parseVcJwt(await ownerToken({ nbf: second + 60, exp: second + 120 })))

      expect(link.credential).toEqual({
        ...parsed(ownerJson()),
        validFrom: START + 60_000,
        validUntil: START + 120_000,
      })
    })

    it('never widens a validity that ends within a second', async () => {
      const within = { validFrom: '2026-11-22T09:00:00.500Z', validUntil: '2026-11-22T09:15:00.500Z' }
      const token = await ownerToken({ ...within, nbf: second, exp: second + 901, iat: second })

      expect(acceptedValue(parseVcJwt(token)).credential).toEqual(parsed(ownerJson({}, within)))
    })

    it('is no way around a credential that is refused', async () => {
      expect(outcomeOf(parseVcJwt(await ownerToken({ iss: AUTHORITY, id: 'x' })))).toBe('malformed id')
    })
  })
})
