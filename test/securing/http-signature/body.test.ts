import { describe, expect, it } from 'vitest'
import { checkStatedDigest, isBodyElsewhere } from '../../../src/securing/http-signature/body.ts'
import { formatContentDigest } from '../../../src/securing/http-signature/content-digest.ts'
import { requestOf } from '../../helpers/world.ts'

const BODY = new TextEncoder().encode('{}')
const DIGEST = formatContentDigest(BODY)
const NONE = formatContentDigest(new Uint8Array())

describe('a body', () => {
  it.each<[what: string, headers: Record<string, string>, elsewhere: boolean]>([
    ['nothing', {}, false],
    ['a length of 0', { 'content-length': '0' }, false],
    ['the digest of nothing', { 'content-digest': NONE }, false],
    ['a length', { 'content-length': '2' }, true],
    ['a transfer coding', { 'transfer-encoding': 'chunked' }, true],
    ['a digest', { 'content-digest': DIGEST }, true],
    ['a digest that cannot be read', { 'content-digest': 'sha-512=:AA==:' }, true],
  ])('that is not given is elsewhere when %s shows: %s', (_, headers, elsewhere) => {
    expect(isBodyElsewhere(requestOf('POST', '/', headers))).toBe(elsewhere)
  })

  it('that is given, or is empty, is nowhere else', () => {
    const headers = { 'content-length': '2', 'content-digest': DIGEST }

    expect(isBodyElsewhere(requestOf('POST', '/', headers, BODY))).toBe(false)
    expect(isBodyElsewhere(requestOf('POST', '/', headers, new Uint8Array()))).toBe(false)
  })
})

describe('a digest for somebody else to compare', () => {
  const codeOf = (digest: string | undefined) => {
    const stated = checkStatedDigest(
      requestOf('POST', '/', digest === undefined ? {} : { 'content-digest': digest }),
    )
    return stated.verified ? 'verified' : stated.refusal.code
  }

  it('is 32 bytes of SHA-256, beside whatever others', () => {
    expect(codeOf(DIGEST)).toBe('verified')
    expect(codeOf(`sha-512=:AA==:, ${DIGEST}`)).toBe('verified')
  })

  it.each([
    ['none', undefined],
    ['of another algorithm', 'sha-512=:AA==:'],
    ['too short', 'sha-256=:AA==:'],
    ['too long', `sha-256=:${'A'.repeat(44)}:`],
    ['no dictionary', 'sha-256'],
  ])('is refused when it is %s', (_, digest) => {
    expect(codeOf(digest)).toBe('holder_proof_invalid')
  })

  it('is read up to the length that a field has to have', () => {
    const padded = (length: number) => `${DIGEST}, a=:${'A'.repeat(length - DIGEST.length - 6)}:`

    expect(padded(4096)).toHaveLength(4096)
    expect(codeOf(padded(4096))).toBe('verified')
    expect(codeOf(padded(4100))).toBe('limit_exceeded')
  })

  it('is not read when it is longer than any field has to be', () => {
    expect(codeOf(`${DIGEST}, ${'a'.repeat(4096)}=:AA==:`)).toBe('limit_exceeded')
  })
})
