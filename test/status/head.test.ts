import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeBase64url } from '../../src/core/base64url.ts'
import { encodeUtf8 } from '../../src/core/bytes.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { HEAD_TYP, headDigest, MAX_HEAD_BYTES, openHead, parseHead } from '../../src/status/head.ts'
import {
  DIGEST,
  issuer,
  mallory,
  NOW,
  newHead,
  reasonOf,
  resolver,
  signHead,
  signPayload,
  unwrap,
  WEB_ISSUER,
  webSigner,
} from './fixtures.ts'

const trust = { statusIssuer: issuer.did, resolver, now: NOW }

const payload = {
  iss: issuer.did,
  seq: 2,
  iatMs: NOW,
  prev: DIGEST,
  root: DIGEST,
  emergency: DIGEST,
  heartbeat: 10,
}

async function openPayload(changes: JsonObject): Promise<string> {
  return reasonOf(await openHead(await signPayload({ ...payload, ...changes }, issuer, HEAD_TYP), trust))
}

describe('openHead', () => {
  it('opens a head that the status issuer signed', async () => {
    const token = await signHead(newHead({ seq: 2 }), issuer)

    expect(unwrap(await openHead(token, trust))).toMatchObject({
      ...newHead({ seq: 2 }),
      digest: headDigest(Buffer.from(token.split('.')[1] ?? '', 'base64url')),
      token,
    })
  })

  it('refuses one by another signer, or in the name of another', async () => {
    const byMallory = await signHead(newHead({ statusIssuer: mallory.did }), mallory)
    const forIssuer = await signHead(newHead(), { ...mallory, keyId: issuer.keyId })
    const inOtherName = await signHead(newHead({ statusIssuer: mallory.did }), issuer)

    expect(reasonOf(await openHead(byMallory, { ...trust, statusIssuer: mallory.did }))).toBe('accepted')
    expect(reasonOf(await openHead(byMallory, trust))).toBe('status_invalid kid')
    expect(reasonOf(await openHead(forIssuer, trust))).toBe('status_invalid signature')
    expect(reasonOf(await openHead(inOtherName, trust))).toBe('status_invalid iss')
  })

  it('refuses another kind of artifact', async () => {
    for (const typ of ['procura-delta+jwt', 'vc+jwt']) {
      expect(reasonOf(await openHead(await signPayload(payload, issuer, typ), trust))).toBe(
        'status_invalid typ',
      )
    }
  })

  it('says when the status issuer cannot be resolved', async () => {
    const token = await signHead(newHead({ statusIssuer: WEB_ISSUER }), webSigner(issuer, 'k1'))
    const options = { ...trust, statusIssuer: WEB_ISSUER, resolver: createDidResolver() }

    expect(reasonOf(await openHead(token, options))).toBe('did_unresolvable')
  })

  it('refuses one from the future, beyond the skew', async () => {
    const token = await signHead(newHead({ iatMs: NOW + 30_000 }), issuer)

    expect(reasonOf(await openHead(token, trust))).toBe('accepted')
    expect(reasonOf(await openHead(token, { ...trust, now: NOW - 1 }))).toBe('status_invalid iatMs')
    expect(reasonOf(await openHead(token, { ...trust, now: Number.NaN }))).toBe('status_invalid iatMs')
  })

  it.each([{ prev: null, seq: 1 }, { heartbeat: 3600 }, { iatMs: 0 }])('accepts %j', async (changes) => {
    expect(await openPayload(changes)).toBe('accepted')
  })

  it.each<[string, JsonObject]>([
    ['head', { exp: NOW }],
    ['seq', { seq: 0 }],
    ['seq', { seq: -1 }],
    ['seq', { seq: 1.5 }],
    ['seq', { seq: '2' }],
    ['iatMs', { iatMs: 0.5 }],
    ['iatMs', { iatMs: '2026-11-22T09:00:00.000Z' }],
    ['prev', { prev: null }],
    ['prev', { prev: `${DIGEST}A` }],
    ['prev', { seq: 1 }],
    ['root', { root: `${'A'.repeat(42)}B` }],
    ['root', { root: null }],
    ['emergency', { emergency: '' }],
    ['heartbeat', { heartbeat: 0 }],
    ['heartbeat', { heartbeat: 3601 }],
    ['heartbeat', { heartbeat: true }],
    ['iss', { iss: null }],
  ])('refuses a wrong %s in %j', async (dimension, changes) => {
    expect(await openPayload(changes)).toBe(`status_invalid ${dimension}`)
  })

  it('refuses a head without one of its members', async () => {
    for (const name of Object.keys(payload)) {
      const { [name]: _, ...rest } = payload as JsonObject
      const token = await signPayload(rest, issuer, HEAD_TYP)

      expect(reasonOf(await openHead(token, trust))).toBe('status_invalid head')
    }
  })

  it('refuses a head beyond its size limit', async () => {
    const token = await signHead(newHead(), issuer)

    expect(reasonOf(await openHead(`${token}${'A'.repeat(MAX_HEAD_BYTES)}`, trust))).toBe(
      'status_invalid token',
    )
  })
})

describe('signHead', () => {
  it('makes a head that is opened as it was signed', async () => {
    const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeBase64url)
    const head = fc.record({
      statusIssuer: fc.constant(issuer.did),
      seq: fc.integer({ min: 2, max: Number.MAX_SAFE_INTEGER }),
      iatMs: fc.nat(NOW),
      prev: digest,
      root: digest,
      emergency: digest,
      heartbeat: fc.integer({ min: 1, max: 3600 }),
    })

    await fc.assert(
      fc.asyncProperty(head, async (signed) => {
        expect(unwrap(await openHead(await signHead(signed, issuer), trust))).toMatchObject(signed)
      }),
    )
  })

  it('makes a head of at most 530 bytes for a short did:web and of 680 for a did:key', async () => {
    const late = { seq: 100_000, iatMs: NOW, prev: DIGEST }
    const web = await signHead(newHead({ ...late, statusIssuer: WEB_ISSUER }), webSigner(issuer, 'k1'))
    const key = await signHead(newHead(late), issuer)

    expect(encodeUtf8(web).length).toBeLessThanOrEqual(530)
    expect(encodeUtf8(key).length).toBeLessThanOrEqual(680)
  })
})

describe('parseHead', () => {
  it.each<[string, JsonObject]>([
    ['iss', { iss: 7 }],
    ['iatMs', { iatMs: -1 }],
    ['iatMs', { iatMs: null }],
  ])('refuses a wrong %s in %j before anybody compares it', (dimension, changes) => {
    expect(reasonOf(parseHead(payload))).toBe('accepted')
    expect(reasonOf(parseHead({ ...payload, ...changes }))).toBe(`status_invalid ${dimension}`)
  })
})
