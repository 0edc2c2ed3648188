import { describe, expect, it } from 'vitest'
import type { Json } from '../../../src/core/json.ts'
import { splitSdJwt } from '../../../src/securing/sd-jwt/sd-jwt.ts'
import { acceptedValue, outcomeOf } from '../../helpers/signers.ts'
import { digest } from './fixtures.ts'

const encoded = (value: Json) => Buffer.from(JSON.stringify(value)).toString('base64url')
const JWS = 'a.b.c'

describe('taking an SD-JWT apart', () => {
  it('reads members and elements, and what a key binding commits to', () => {
    const [member, element] = [encoded(['salt', 'name', null]), encoded(['salt', { a: 1 }])] as const
    const presented = `${JWS}~${member}~${element}~`

    expect(acceptedValue(splitSdJwt(`${presented}d.e.f`, 2))).toStrictEqual({
      jws: JWS,
      disclosures: [
        { text: member, digest: digest(member), name: 'name', value: null },
        { text: element, digest: digest(element), value: { a: 1 } },
      ],
      presented,
      keyBinding: 'd.e.f',
    })
    expect(acceptedValue(splitSdJwt(`${JWS}~`, 0))).toStrictEqual({
      jws: JWS,
      disclosures: [],
      presented: `${JWS}~`,
    })
  })

  it.each<[string, Json]>([
    ['a salt that is no text', [7, 'name', 1]],
    ['a salt alone', ['salt']],
    ['nothing', []],
    ['a member more', ['salt', 'name', 1, 2]],
    ['a name that is no text', ['salt', 7, 1]],
    ['no list', { 0: 'salt', 1: 'name', 2: 1, length: 3 }],
  ])('refuses a disclosure with %s', (_, value) => {
    expect(outcomeOf(splitSdJwt(`${JWS}~${encoded(['salt', 'name', 1])}~`, 9))).toBe('accepted')
    expect(outcomeOf(splitSdJwt(`${JWS}~${encoded(value)}~`, 9))).toBe('malformed disclosures')
  })

  it('refuses what has no end, another end, or more disclosures than it may', () => {
    const one = encoded(['salt', 'name', 1])

    expect(outcomeOf(splitSdJwt(JWS, 9))).toBe('malformed token')
    expect(outcomeOf(splitSdJwt('', 9))).toBe('malformed token')
    expect(outcomeOf(splitSdJwt(`${JWS}~${one}`, 9))).toBe('malformed keyBinding')
    expect(outcomeOf(splitSdJwt(`${JWS}~${one}~`, 1))).toBe('accepted')
    expect(outcomeOf(splitSdJwt(`${JWS}~${one}~`, 0))).toBe('limit_exceeded disclosures')
  })
})
