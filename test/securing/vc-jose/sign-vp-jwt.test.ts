import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src/core/clock.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { parseVpJwt } from '../../../src/securing/vc-jose/parse-vp-jwt.ts'
import { digestRequest } from '../../../src/securing/vc-jose/protocol-request.ts'
import { type SignVpJwtOptions, signVpJwt } from '../../../src/securing/vc-jose/sign-vp-jwt.ts'
import { acceptedValue, alice } from '../../helpers/signers.ts'

const OPTIONS: SignVpJwtOptions = {
  texts: ['a.b.c'],
  audience: 'https://mail.example/',
  signer: alice,
  now: 1_795_338_000_999,
  lifetimeSeconds: 300,
  random: systemRandom,
}

function payloadOf(token: string): JsonObject {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

describe('signVpJwt', () => {
  it('writes a verifiable presentation of enveloped credentials, and JWT claims', async () => {
    const token = await signVpJwt({ ...OPTIONS, texts: ['a.b.c', 'd.e.f~g~', '{"proof":{}}'] })

    expect(payloadOf(token)).toEqual({
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      type: ['VerifiablePresentation'],
      verifiableCredential: [
        {
          '@context': 'https://www.w3.org/ns/credentials/v2',
          id: 'data:application/vc+jwt,a.b.c',
          type: 'EnvelopedVerifiableCredential',
        },
        {
          '@context': 'https://www.w3.org/ns/credentials/v2',
          id: 'data:application/vc+sd-jwt,d.e.f~g~',
          type: 'EnvelopedVerifiableCredential',
        },
        { proof: {} },
      ],
      iss: alice.keyId.split('#')[0],
      aud: 'https://mail.example/',
      iat: 1_795_338_000,
      exp: 1_795_338_300,
    })
  })

  it('names each token bound to a request by a nonce of its own', async () => {
    const bound = { ...OPTIONS, request: { method: 'tools/call', params: { name: 'read' } } }
    const [first, second] = [await signVpJwt(bound), await signVpJwt(bound)].map(payloadOf)

    expect(first?.requestDigest).toBe(digestRequest(bound.request))
    expect(first?.requestDigest).toBe(second?.requestDigest)
    expect(first?.jti).toMatch(/^[\w-]{22}$/)
    expect(first?.jti).not.toBe(second?.jti)
    expect(acceptedValue(parseVpJwt(await signVpJwt(bound))).binding?.nonce).toHaveLength(16)
  })

  it.each([
    ['no time at all', { lifetimeSeconds: 0 }],
    ['more than 300 s', { lifetimeSeconds: 301 }],
    ['a fraction of a second', { lifetimeSeconds: 1.5 }],
    ['a link that is no JSON', { texts: ['{'] }],
    ['a link that is JSON twice over', { texts: ['{"a":1,"a":2}'] }],
    ['a request that JSON cannot express', { request: { method: 'x', params: { n: Number.NaN } } }],
  ])('refuses to sign for %s', async (_, changes) => {
    await expect((async () => signVpJwt({ ...OPTIONS, ...changes }))()).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it.each([1, 300])('signs for %s s', async (lifetimeSeconds) => {
    const { iat, exp } = payloadOf(await signVpJwt({ ...OPTIONS, lifetimeSeconds }))

    expect(Number(exp) - Number(iat)).toBe(lifetimeSeconds)
  })
})

describe('digestRequest', () => {
  it('is the same with and without _meta, and in any order of the members', () => {
    const digest = digestRequest({
      method: 'tools/call',
      params: { name: 'read', arguments: { b: 1, a: 2 } },
    })

    expect(
      digestRequest({
        method: 'tools/call',
        params: { arguments: { a: 2, b: 1 }, _meta: { token: 'x' }, name: 'read' },
      }),
    ).toBe(digest)
    const canonical = '{"method":"tools/call","params":{"arguments":{"a":2,"b":1},"name":"read"}}'
    expect(digest).toBe(createHash('sha256').update(canonical).digest('base64url'))
  })

  it('does not tell no params from params with nothing but _meta, because the token travels there', () => {
    expect(digestRequest({ method: 'tools/list', params: { _meta: {} } })).toBe(
      digestRequest({ method: 'tools/list' }),
    )
  })

  it.each([
    ['the method', { method: 'tools/list', params: { name: 'read' } }],
    ['an argument', { method: 'tools/call', params: { name: 'send' } }],
    ['_meta further down', { method: 'tools/call', params: { name: 'read', arguments: { _meta: 1 } } }],
  ])('changes with %s', (_, request) => {
    expect(digestRequest(request)).not.toBe(digestRequest({ method: 'tools/call', params: { name: 'read' } }))
  })

  it.each([
    ['a list', ['read']],
    ['null', null],
    ['a text', 'read'],
  ])('refuses params that are %s', (_, params) => {
    expect(() => digestRequest({ method: 'x', params: params as never })).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
    )
  })
})
