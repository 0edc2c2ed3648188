import { describe, expect, it } from 'vitest'
import { decodeBase64url } from '../../../src/core/base64url.ts'
import { decodeUtf8 } from '../../../src/core/bytes.ts'
import { type Json, type JsonObject, parseStrictJson } from '../../../src/core/json.ts'
import { credentialToJson } from '../../../src/model/build-credential.ts'
import { parseVcSdJwt } from '../../../src/securing/sd-jwt/parse-vc-sd-jwt.ts'
import { readSdJwt } from '../../../src/securing/sd-jwt/read-sd-jwt.ts'
import { signSdJwt, signVcSdJwt } from '../../../src/securing/sd-jwt/sign.ts'
import { AGENT, agentJson, OWNER, parsed, runJson } from '../../helpers/credentials.ts'
import { acceptedValue, alice, bob, mallory } from '../../helpers/signers.ts'
import { AGENT_SIGNER, countingRandom, READ, SEND } from './samples.ts'

const random = countingRandom()
const sign = (payload: JsonObject, signer = AGENT_SIGNER) => signVcSdJwt({ payload, signer, random })

function jsonOf(segment = ''): Json | undefined {
  return parseStrictJson(decodeUtf8(decodeBase64url(segment) ?? new Uint8Array()) ?? '')
}

describe('signVcSdJwt', () => {
  it.each([alice, bob])(
    'writes a credential that is read back, all of it shown ($algorithm)',
    async (key) => {
      const payload = runJson({ authorizationDetails: [READ, SEND] })
      const signer = { ...key, keyId: AGENT_SIGNER.keyId }

      const token = await sign(payload, signer)

      expect(acceptedValue(parseVcSdJwt(token))).toMatchObject({ credential: parsed(payload), token })
      expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+~[\w-]+~[\w-]+~$/)
    },
  )

  it('writes exactly alg, kid and typ into the header and every entry as a digest', async () => {
    const token = await sign(runJson({ authorizationDetails: [READ, SEND] }))
    const [header, payload] = token.split('.')
    const digest = expect.stringMatching(/^[\w-]{43}$/)

    expect(jsonOf(header)).toEqual({ alg: 'EdDSA', kid: AGENT_SIGNER.keyId, typ: 'vc+sd-jwt' })
    expect(jsonOf(payload)).toMatchObject({
      _sd_alg: 'sha-256',
      credentialSubject: { authorizationDetails: [{ '...': digest }, { '...': digest }] },
    })
  })

  it('salts each entry with 16 bytes of its own', async () => {
    const token = await sign(runJson({ authorizationDetails: [READ, READ, READ] }))
    const salts = token
      .split('~')
      .slice(1, -1)
      .map((text) => (jsonOf(text) as Json[])[0])

    expect(new Set(salts).size).toBe(3)
    expect(salts.map((salt) => decodeBase64url(String(salt))?.length)).toEqual([16, 16, 16])
  })

  it.each<[string, JsonObject]>([
    ['that inherits', agentJson({ authorizationDetails: undefined, inherit: true })],
    ['that grants nothing', agentJson({ authorizationDetails: [] })],
  ])('writes a credential %s without a disclosure', async (_, payload) => {
    const token = await sign(payload, { ...alice, keyId: `${OWNER}#key` })

    expect(token).toMatch(/^[^~]+~$/)
    expect(acceptedValue(parseVcSdJwt(token)).credential).toEqual(parsed(payload))
  })

  it('signs what the builder of credentials builds', async () => {
    const credential = parsed(runJson())

    expect(acceptedValue(parseVcSdJwt(await sign(credentialToJson(credential)))).credential).toEqual(
      credential,
    )
  })

  it.each<[string, JsonObject]>([
    ['is no credential of a chain', { a: 1 }],
    ['is of another issuer', runJson({}, { issuer: 'did:key:z6Mkother' })],
    ['bears a reserved name', runJson({ authorizationDetails: [{ type: 'other', _sd: [] }] })],
    ['has more entries than are read', runJson({ authorizationDetails: Array(33).fill(READ) })],
    ['is too large', runJson({ purpose: 'x'.repeat(20_000) })],
    ['loses precision', runJson({ authorizationDetails: [{ type: 'other', amount: 2 ** 53 }] })],
  ])('releases nothing that %s', async (_, payload) => {
    await expect(sign(payload)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
  })

  it('releases nothing whose signature does not verify under the key of its signer', async () => {
    const faulty = { ...AGENT_SIGNER, sign: (bytes: Uint8Array) => mallory.sign(bytes) }

    await expect(sign(runJson(), faulty)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
  })
})

describe('signSdJwt', () => {
  const payload = {
    iss: AGENT,
    name: 'é',
    empty: null,
    address: { street: 'Schulstr. 12', country: 'DE' },
    nationalities: ['US', 'DE'],
  }
  const issue = (claims: JsonObject, frame = {}, typ = 'example+sd-jwt') =>
    signSdJwt({ typ, payload: claims, frame, signer: alice, random })

  it('hides members, elements and what lies within them', async () => {
    const frame = {
      _sd: ['name', 'empty', 'address'],
      address: { _sd: ['street'] },
      nationalities: { _sd: [1] },
    }
    const token = await issue(payload, frame)

    expect(token.split('~')).toHaveLength(7)
    const [jws] = token.split('~')
    expect(acceptedValue(readSdJwt(token, 'example+sd-jwt')).payload).toEqual(payload)
    expect(acceptedValue(readSdJwt(`${jws}~`, 'example+sd-jwt')).payload).toEqual({
      iss: AGENT,
      nationalities: ['US'],
    })
  })

  it.each<[string, JsonObject, object]>([
    ['a reserved name', { _sd: ['x'] }, {}],
    ['a reserved name within', { a: [{ '...': 'x' }] }, {}],
    ['a hash function', { _sd_alg: 'sha-512' }, {}],
    ['to hide an end', { iss: AGENT, a: 1, exp: 1 }, { _sd: ['exp'] }],
    ['to hide an end beside something else', { iss: AGENT, a: 1, exp: 1 }, { _sd: ['a', 'exp'] }],
    ['a frame for what is not there', { a: 1 }, { b: { _sd: ['c'] } }],
  ])('refuses %s', async (_, claims, frame) => {
    await expect(issue(claims, frame)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
  })
})
