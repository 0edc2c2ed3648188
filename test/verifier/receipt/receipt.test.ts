import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_DATE_TIME_MS } from '../../../src/core/date-time.ts'
import type { Json, JsonObject } from '../../../src/core/json.ts'
import { parseReceipt, receiptClaims } from '../../../src/verifier/receipt/receipt.ts'
import { claimsIn, makeProvider, receiptFor } from '../../helpers/receipts.ts'
import { NOW, World } from '../../helpers/world.ts'

const DIGEST = 'A'.repeat(43)
const HEAD = { seq: 1, iatMs: NOW, digest: DIGEST }
const KEY = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }

let claims: JsonObject

beforeAll(async () => {
  const world = await World.create()
  const provider = await makeProvider(world)
  const request = await world.present(await world.agentChain())
  const receipt = await receiptFor(await provider.verifier.verify(request, { action: 'mail.read' }), provider)
  // Plain objects, as they are written.
  claims = structuredClone(claimsIn(receipt))
})

/** What is said of the claims with these members. */
function read(members: JsonObject): string {
  const parsed = parseReceipt({ ...claims, ...members })
  return parsed.verified ? 'read' : `${parsed.refusal.code} ${parsed.refusal.dimension}`
}

function headWith(members: JsonObject): JsonObject {
  return { status: { head: { ...HEAD, ...members }, lists: [] } }
}

function presented(signature: Json): JsonObject {
  return { presented: { type: 'request', signatureBase: '', signature } }
}

describe('the claims of a receipt', () => {
  it.each<[string, JsonObject]>([
    ['with the least', { status: { lists: [] } }],
    ['with a head', { status: { head: HEAD, lists: [] } }],
    ['with all that can be asked', { ask: { action: 'a', identifier: 'b', argumentsDigest: DIGEST } }],
    ['with a key of the authority', { authorityKey: KEY }],
    ['of a refusal', { outcome: { verified: false, code: 'revoked' } }],
    [
      'of a refusal with its facts',
      { outcome: { verified: false, code: 'revoked', link: 0, dimension: 'x', inherited: true } },
    ],
    [
      'of a refusal that is not inherited',
      { outcome: { verified: false, code: 'revoked', inherited: false } },
    ],
    ['of a token', { presented: { type: 'token', token: 't' } }],
    ['of a document', { presented: { type: 'document', document: 'd' } }],
  ])('%s are written as they were read, without a member that was not there', (_, members) => {
    const parsed = parseReceipt({ ...claims, ...members })

    expect(parsed.verified && receiptClaims(parsed.value)).toStrictEqual({ ...claims, ...members })
  })

  it('are read without members that are not there', () => {
    const parsed = parseReceipt({ ...claims, ask: { action: 'a' }, status: { lists: [] } })
    const receipt = parsed.verified ? parsed.value : undefined

    expect(receipt).not.toHaveProperty('refusal')
    expect(receipt).not.toHaveProperty('authorityKey')
    expect(receipt).toMatchObject({ decidedAt: NOW })
    expect(receipt?.ask).toStrictEqual({ action: 'a' })
    expect(receipt?.status).toStrictEqual({ lists: [] })
  })

  it.each<[string, JsonObject, JsonObject]>([
    ['malformed aud', { aud: 'xhttps://mail.example/' }, { aud: 'https://mail.example/' }],
    ['malformed aud', { aud: 'https://mail.example/x' }, { aud: 'http://mail.example/' }],
    ['malformed target', { target: 'x/' }, { target: '/' }],
    ['malformed ask.action', { ask: { action: '' } }, { ask: { action: 'a' } }],
    ['malformed chainDigest', { chainDigest: `x:${DIGEST}=:` }, { chainDigest: `:${DIGEST}=:` }],
    ['malformed chainDigest', { chainDigest: `:${DIGEST}=:x` }, { chainDigest: `:${DIGEST}=:` }],
    ['malformed outcome.verified', { outcome: { code: 'revoked' } }, { outcome: { verified: true } }],
    ['malformed status.head.seq', headWith({ seq: 1.5 }), headWith({ seq: 0 })],
    ['malformed status.head.seq', headWith({ seq: -1 }), headWith({ seq: Number.MAX_SAFE_INTEGER })],
    ['malformed status.head.seq', headWith({ seq: 2 ** 53 }), headWith({ seq: 1 })],
    ['malformed status.head.seq', headWith({ seq: '1' }), headWith({ seq: 1 })],
    ['malformed iatMs', { iatMs: MAX_DATE_TIME_MS + 1 }, { iatMs: MAX_DATE_TIME_MS }],
    ['malformed presented.signature', presented('A'.repeat(43)), presented('A'.repeat(86))],
    ['malformed presented.signature', presented(1), presented('A'.repeat(86))],
    ['malformed authorityKey', { authorityKey: 'x' }, { authorityKey: KEY }],
    ['malformed authorityKey', { authorityKey: { ...KEY, x: 'A' } }, { authorityKey: KEY }],
    ['malformed authorityKey', { authorityKey: { ...KEY, use: 'sig' } }, { authorityKey: KEY }],
  ])('are %s with %j, but not with %j', (refused, bad, good) => {
    expect(read(bad)).toBe(refused)
    expect(read(good)).toBe('read')
  })
})
