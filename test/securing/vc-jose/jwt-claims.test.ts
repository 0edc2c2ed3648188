import { describe, expect, it } from 'vitest'
import { checkTimes, checkUnwrapped, documentOf } from '../../../src/securing/vc-jose/jwt-claims.ts'

const NOW = 1_795_338_000_000
const SECONDS = NOW / 1000

describe('documentOf', () => {
  it('leaves out the claims of the JWT, and nothing else', () => {
    const document = { type: ['VerifiableCredential'], credentialSubject: { iss: 'stays' } }

    expect(documentOf({ ...document, iss: 'did:key:z6Mk', exp: 1, nonce: 'n', cnf: {} })).toEqual(document)
  })
})

describe('checkUnwrapped', () => {
  it.each(['vc', 'vp'])('refuses a payload with the claim %s of the data model before 2.0', (dimension) => {
    expect(checkUnwrapped({ [dimension]: {} })).toMatchObject({ refusal: { code: 'malformed', dimension } })
    expect(checkUnwrapped({ type: dimension })).toBeUndefined()
  })
})

describe('checkTimes', () => {
  it.each([
    ['exp', SECONDS - 30, SECONDS - 29, 'expired'],
    ['nbf', SECONDS + 31, SECONDS + 30, 'not_yet_valid'],
    ['iat', SECONDS + 31, SECONDS + 30, 'not_yet_valid'],
  ])('judges %s within the skew of clocks', (claim, wrong, good, code) => {
    expect(checkTimes({ [claim]: wrong }, NOW)).toMatchObject({ refusal: { code, dimension: claim } })
    expect(checkTimes({ [claim]: good }, NOW)).toBeUndefined()
  })

  it.each([
    ['text', '1'],
    ['negative', -1],
  ])('refuses a NumericDate that is %s', (_, exp) => {
    expect(checkTimes({ exp }, NOW)).toMatchObject({ refusal: { code: 'malformed', dimension: 'exp' } })
    expect(checkTimes({ exp: 0 }, NOW)).toMatchObject({ refusal: { code: 'expired', dimension: 'exp' } })
  })
})
