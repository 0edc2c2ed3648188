import { describe, expect, it, type TestContext } from 'vitest'
import { decodeBase64url } from '../../src/core/base64url.ts'
import { encodeUtf8 } from '../../src/core/bytes.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { isSigningJwk, parsePublicJwk } from '../../src/did/jwk.ts'
import { parseCompactJws, verifyCompactJws } from '../../src/securing/vc-jose/compact-jws.ts'
import { readJsonVectors } from '../helpers/vectors.ts'
import { SOURCES } from './sources.ts'

interface Group {
  readonly comment: string
  readonly public?: JsonObject
  readonly tests: readonly { readonly tcId: number; readonly jws: unknown; readonly result: string }[]
}

/** Where the answer of these vectors is not ours, and why. */
const DISAGREEMENTS: Readonly<Record<number, string>> = {
  367: 'marked invalid for its padding, but the file has the very text of case 357, without any',
  370: 'marked invalid for its padding, but the file has the very text of case 357, without any',
  372: 'marked valid with "?" inside the header; RFC 7515 §2 and RFC 4648 §3.3 refuse foreign characters',
  373: 'marked valid with "?" inside the payload; RFC 7515 §2 and RFC 4648 §3.3 refuse foreign characters',
}

function readGroups(ctx: TestContext, name = 'signature'): readonly Group[] {
  const path = `wycheproof/json_web_${name}_test.json`
  return readJsonVectors<{ testGroups: readonly Group[] }>(ctx, path).testGroups
}

/** Header, payload and signature are what RFC 7515 §2 calls base64url. */
function isCanonical(jws: unknown): boolean {
  const segments = String(jws).split('.')
  return segments.length === 3 && segments.every((segment) => decodeBase64url(segment) !== undefined)
}

/** The signature alone, because `kid` in these vectors is no DID URL and the payload no JSON. */
async function verifies(jws: unknown, jwk: JsonObject): Promise<boolean> {
  const key = parsePublicJwk(jwk)
  if (!key.verified || !isSigningJwk(jwk) || !isCanonical(jws)) return false
  const [header = '', payload = '', signature = ''] = String(jws).split('.')
  if (JSON.parse(Buffer.from(header, 'base64url').toString() || '{}').alg !== 'ES256') return false
  const signed = {
    algorithm: 'ES256' as const,
    signingInput: encodeUtf8(`${header}.${payload}`),
    signature: decodeBase64url(signature) ?? new Uint8Array(),
  }
  return (await verifyCompactJws(signed, { key: key.value })).verified
}

describe('compact JWS and the vectors of Wycheproof', () => {
  it('agrees on every ES256 signature [SM-13]', async (ctx) => {
    const answers = { valid: 0, invalid: 0 }
    for (const { public: jwk, tests } of readGroups(ctx)) {
      if (jwk?.crv !== 'P-256') continue
      for (const { tcId, jws, result } of tests) {
        expect(await verifies(jws, jwk), `case ${tcId}`).toBe(result === 'valid')
        answers[result === 'valid' ? 'valid' : 'invalid']++
      }
    }
    expect(answers).toEqual({ valid: 2, invalid: SOURCES.wycheproof.cases.es256 - 2 })
  })

  it('agrees on every encoding of a segment, but for the four listed [SM-11]', (ctx) => {
    const cases = readGroups(ctx).flatMap(({ comment, tests }) => (comment === 'base64' ? tests : []))
    const differing = cases.filter(({ jws, result }) => isCanonical(jws) !== (result === 'valid'))

    expect(cases).toHaveLength(SOURCES.wycheproof.cases.base64url)
    expect(differing.map(({ tcId }) => tcId)).toEqual(Object.keys(DISAGREEMENTS).map(Number))
  })

  it('agrees on every ES256 case of the mixed operations [SM-01] [SM-03]', async (ctx) => {
    const cases = readGroups(ctx, 'crypto').filter(({ comment }) => comment === 'jws_ec')
    const outcomes = cases.flatMap(({ public: jwk = {}, tests }) =>
      tests.map(async ({ jws, result }) => [await verifies(jws, jwk), result === 'valid']),
    )

    expect(outcomes).toHaveLength(SOURCES.wycheproof.cases.operations)
    for (const [ours, theirs] of await Promise.all(outcomes)) expect(ours).toBe(theirs)
  })

  it('reads none of the tokens, whose kid names no DID, and throws at none', (ctx) => {
    let read = 0
    for (const { tests } of readGroups(ctx)) {
      for (const { jws } of tests) expect(parseCompactJws(String(jws), 'JWT', 1 << 16).verified).toBe(false)
      read += tests.length
    }
    expect(read).toBe(SOURCES.wycheproof.cases.jws)
  })
})
