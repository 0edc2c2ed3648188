import { describe, expect, it } from 'vitest'
import type { Signer } from '../../../src/model/signer.ts'
import { parseCompactJws } from '../../../src/securing/vc-jose/compact-jws.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { alice, bob, mallory, outcomeOf } from '../../helpers/signers.ts'

const sign = (signer: Signer, payload: object = { a: 1 }) =>
  signCompactJws({ typ: 'vc+jwt', payload: payload as never, signer })

describe('signCompactJws', () => {
  it.each([alice, bob])('writes exactly alg, kid and typ into the header ($algorithm)', async (signer) => {
    const [header = ''] = (await sign(signer)).split('.')

    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      alg: signer.algorithm,
      kid: signer.keyId,
      typ: 'vc+jwt',
    })
  })

  it('signs the bytes of the payload in the order of its members', async () => {
    const [, payload = ''] = (await sign(alice, { b: 1, a: 'é' })).split('.')

    expect(Buffer.from(payload, 'base64url').toString()).toBe('{"b":1,"a":"é"}')
  })

  it.each([
    ['a signature by another key', { ...alice, sign: (bytes: Uint8Array) => mallory.sign(bytes) }],
    ['a flipped bit', { ...alice, sign: async (bytes: Uint8Array) => flip(await alice.sign(bytes)) }],
    ['no bytes', { ...alice, sign: async () => new Uint8Array() }],
    ['an algorithm that is not of the key', { ...alice, algorithm: 'ES256' as const }],
  ])('releases no token when the signer returns %s', async (_, signer) => {
    await expect(sign(signer)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
  })

  it('passes on that the key cannot be reached', async () => {
    const unreachable = { ...alice, sign: () => Promise.reject(new Error('unreachable')) }

    await expect(sign(unreachable)).rejects.toThrow('unreachable')
  })

  it.each([
    ['an integer beyond 2^53', { a: 2 ** 53 }],
    ['half a surrogate pair', { a: '\ud800' }],
  ])('refuses to sign %s, which no strict reader would take', async (_, payload) => {
    await expect(sign(alice, payload)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
  })

  it('names one type, which no other reader accepts [SM-07]', async () => {
    const token = await sign(alice)

    expect(outcomeOf(parseCompactJws(token, 'vc+jwt', 4096))).toBe('accepted')
    expect(outcomeOf(parseCompactJws(token, 'vp+jwt', 4096))).toBe('malformed typ')
    expect(outcomeOf(parseCompactJws(token, 'procura-head+jwt', 4096))).toBe('malformed typ')
  })
})

function flip(bytes: Uint8Array): Uint8Array {
  return bytes.with(7, (bytes[7] ?? 0) ^ 1)
}
