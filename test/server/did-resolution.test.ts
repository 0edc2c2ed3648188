import { describe, expect, it } from 'vitest'
import { encodeDidKey } from '../../src/did/did-key.ts'
import { answerDidResolution } from '../../src/server/did-resolution.ts'
import { ED25519, P256 } from '../did/keys.ts'

const DID = encodeDidKey(ED25519)
const RESULT = 'application/did-resolution'

/** Status, media type and error, as `400 application/did-resolution invalidDid`. */
async function outcome(...asked: Parameters<typeof answerDidResolution>): Promise<string> {
  const { status, contentType, body } = await answerDidResolution(...asked)
  const { didResolutionMetadata } = body as { didResolutionMetadata?: { error?: string } }
  const error = didResolutionMetadata?.error
  return `${status} ${contentType}${error === undefined ? '' : ` ${error}`}`
}

describe('answerDidResolution', () => {
  it.each([
    [null, RESULT],
    ['', RESULT],
    ['*/*', RESULT],
    ['application/json', RESULT],
    [RESULT, RESULT],
    ['application/ld+json;profile="https://w3id.org/did-resolution"', RESULT],
    ['text/html, application/xml;q=0.9, */*;q=0.8', RESULT],
    ['application/did', 'application/did'],
    ['application/did+ld+json', 'application/did+ld+json'],
    ['application/did+json, */*', 'application/did+json'],
    ['application/did;q=0, application/did+json', 'application/did+json'],
    ['Application/DID', 'application/did'],
  ])('answers a caller that accepts %j with %s', async (accept, contentType) => {
    const outcomes = await outcome(DID, accept)

    expect(outcomes).toBe(accept === '' ? `406 ${RESULT} representationNotSupported` : `200 ${contentType}`)
  })

  it('gives the document alone to a caller that asks for it', async () => {
    const whole = await answerDidResolution(DID, null)
    const document = await answerDidResolution(DID, 'application/did')

    expect(whole.body).toMatchObject({ didDocument: document.body })
    expect(document.body).toMatchObject({ id: DID })
  })

  it.each([
    ['text/html', '406 application/did-resolution representationNotSupported'],
    ['application/did+cbor', '406 application/did-resolution representationNotSupported'],
    ['*/*;q=0', '406 application/did-resolution representationNotSupported'],
    [`${'text/html,'.repeat(32)}*/*`, '406 application/did-resolution representationNotSupported'],
  ])('says that %j is not to be had', async (accept, answer) => {
    expect(await outcome(DID, accept)).toBe(answer)
  })

  it.each([
    ['not-a-did', '400 application/did-resolution invalidDid'],
    ['%ff', '400 application/did-resolution invalidDid'],
    [`${DID}%23key`, '400 application/did-resolution invalidDid'],
    [`${DID}%2Fpath`, '400 application/did-resolution invalidDid'],
    [`did%253Akey%253A${DID.slice(8)}`, '400 application/did-resolution invalidDid'],
    [
      encodeDidKey({ ...ED25519, raw: ED25519.raw.slice(1) }),
      '400 application/did-resolution invalidPublicKeyLength',
    ],
    ['did:web:id.example', '501 application/did-resolution methodNotSupported'],
    ['did:constructor:x', '501 application/did-resolution methodNotSupported'],
  ])('answers %s with %s', async (segment, answer) => {
    expect(await outcome(segment, null)).toBe(answer)
    expect(await outcome(segment, 'application/did')).toBe(answer)
  })

  it('decodes the segment once', async () => {
    const web = (did: string) => (did === 'did:web:id.example%3A8443' ? { id: did } : undefined)

    expect(await outcome(encodeURIComponent(encodeDidKey(P256)), null)).toBe(`200 ${RESULT}`)
    expect(await outcome('did:web:id.example%253A8443', null, { web })).toBe(`200 ${RESULT}`)
    expect(await outcome('did:web:id.example%3A8443', null, { web })).toBe(`404 ${RESULT} notFound`)
  })
})
