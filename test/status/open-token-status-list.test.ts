import { getListFromStatusListJWT } from '@sd-jwt/jwt-status-list'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { refuse } from '../../src/refusal.ts'
import { signCompactJws } from '../../src/securing/vc-jose/sign.ts'
import {
  openTokenStatusList,
  parseTokenStatusListClaims,
  TOKEN_STATUS_LIST_TYP,
} from '../../src/status/open-token-status-list.ts'
import {
  buildTokenStatusList,
  type NewTokenStatusList,
  signTokenStatusList,
} from '../../src/status/sign-token-status-list.ts'
import { readTokenStatus } from '../../src/status/token-status-list.ts'
import { BASE, bitsWith, issuer, mallory, NOW, openOptions, reasonOf, unwrap } from './fixtures.ts'

const T7 = `${BASE}/t7`
const options = { ...openOptions, url: T7 }

const mirror = (changes: Partial<NewTokenStatusList> = {}): NewTokenStatusList => ({
  url: T7,
  revocation: bitsWith(3, 9113),
  suspension: bitsWith(4),
  issuedAt: NOW - 1000,
  ...changes,
})

const sign = (payload: JsonObject, signer = issuer, typ = TOKEN_STATUS_LIST_TYP) =>
  signCompactJws({ typ, payload, signer })

const signMirror = (changes: Partial<NewTokenStatusList> = {}) =>
  signTokenStatusList(mirror(changes), (jws) => signCompactJws({ ...jws, signer: issuer }))

/** How a list with these claims is taken. */
async function outcome(claims: JsonObject, changes: Partial<NewTokenStatusList> = {}): Promise<string> {
  const payload = { ...(await buildTokenStatusList(mirror(changes))), ...claims }
  return reasonOf(await openTokenStatusList(await sign(payload), options))
}

describe('openTokenStatusList', () => {
  it('opens the mirror of a pair', async () => {
    const list = unwrap(await openTokenStatusList(await signMirror(), options))

    expect(list).toMatchObject({
      url: T7,
      bits: 2,
      issuedAt: NOW - 1000,
      validUntil: NOW - 1000 + 6 * 3_600_000,
      ttlMs: 60_000,
    })
    expect([0, 3, 4, 9113].map((index) => readTokenStatus(list, index))).toEqual([0, 1, 2, 1])
  })

  it('is read by another implementation as well', async () => {
    const list = getListFromStatusListJWT(await signMirror())

    expect([0, 3, 4, 9113].map((index) => list.getStatus(index))).toEqual([0, 1, 2, 1])
    expect(list.statusList).toHaveLength(131_072)
  })

  it('has its times in seconds, and no claim beyond those of the draft', async () => {
    const claims = await buildTokenStatusList(
      mirror({ issuedAt: NOW + 999, validUntil: NOW + 60_999, ttlMs: 5_900 }),
    )

    expect(claims).toEqual({
      sub: T7,
      iat: NOW / 1000,
      exp: NOW / 1000 + 60,
      ttl: 5,
      status_list: { bits: 2, lst: expect.stringMatching(/^[\w-]+$/) },
    })
    expect(await buildTokenStatusList(mirror({ ttlMs: 10 }))).toMatchObject({ ttl: 1 })
  })

  it('refuses a signature by anybody else [SL-07]', async () => {
    const claims = await buildTokenStatusList(mirror())
    const disguised = { ...mallory, keyId: issuer.keyId }

    expect(reasonOf(await openTokenStatusList(await sign(claims), options))).toBe('accepted')
    expect(reasonOf(await openTokenStatusList(await sign(claims, mallory), options))).toBe(
      'status_invalid kid',
    )
    const [header, payload] = (await sign(claims)).split('.')
    const [, , signature] = (await sign(claims, { ...disguised })).split('.')
    expect(reasonOf(await openTokenStatusList(`${header}.${payload}.${signature}`, options))).toBe(
      'status_invalid signature',
    )
  })

  it.each(['vc+jwt', 'JWT', 'statuslist+cwt', 'procura-head+jwt'])('refuses a %s [SM-07]', async (typ) => {
    const claims = await buildTokenStatusList(mirror())

    expect(reasonOf(await openTokenStatusList(await sign(claims, issuer, typ), options))).toBe(
      'status_invalid typ',
    )
  })

  it('refuses a list of another URL [SL-08]', async () => {
    expect(await outcome({ sub: T7 })).toBe('accepted')
    expect(await outcome({ sub: `${BASE}/t8` })).toBe('status_invalid sub')
  })

  it('refuses a list of the future, but for the skew of clocks', async () => {
    expect(await outcome({}, { issuedAt: NOW + 30_000 })).toBe('accepted')
    expect(await outcome({}, { issuedAt: NOW + 31_000 })).toBe('status_invalid iat')
  })

  it('refuses a list that has ended [SL-12]', async () => {
    expect(await outcome({ exp: NOW / 1000 + 1 })).toBe('accepted')
    expect(await outcome({ exp: NOW / 1000 })).toBe('status_stale exp')
  })

  it.each<[string, JsonObject, string]>([
    ['an URL that is none', { sub: 1 }, 'sub'],
    ['no time', { iat: '1' }, 'iat'],
    ['half a second', { iat: 1.5 }, 'iat'],
    ['no end', { exp: null }, 'exp'],
    ['an end before its beginning', { exp: NOW / 1000 - 1 }, 'exp'],
    ['a ttl of nothing', { ttl: 0 }, 'ttl'],
    ['a ttl of text', { ttl: '60' }, 'ttl'],
    ['no list', { status_list: [] }, 'status_list'],
    ['an odd number of bits', { status_list: { bits: 3, lst: 'eNrbuRgAAhcBXQ' } }, 'bits'],
    ['no statuses', { status_list: { bits: 1 } }, 'lst'],
    ['statuses that are no zlib', { status_list: { bits: 1, lst: 'AAAA' } }, 'lst'],
  ])('refuses %s', async (_, claims, member) => {
    expect(await outcome({})).toBe('accepted')
    expect(await outcome(claims)).toBe(`status_invalid ${member}`)
  })

  it.each<[string, JsonObject]>([
    ['sub', { sub: 7 }],
    ['iat', { iat: -1 }],
    ['iat', { iat: null }],
  ])('refuses a wrong %s in %j before anybody compares it', async (claim, changes) => {
    const claims = await buildTokenStatusList(mirror())

    expect(reasonOf(parseTokenStatusListClaims(claims))).toBe('accepted')
    expect(reasonOf(parseTokenStatusListClaims({ ...claims, ...changes }))).toBe(`status_invalid ${claim}`)
  })

  it('takes 60 s where no ttl stands, and lets claims be that it does not know', async () => {
    const { ttl: _, ...claims } = await buildTokenStatusList(mirror())

    expect(unwrap(parseTokenStatusListClaims({ ...claims, iss: 'https://id.example' }))).toMatchObject({
      ttlMs: 60_000,
    })
  })

  it('says when the keys of the status issuer cannot be had', async () => {
    const resolver = { resolve: () => refuse('did_unresolvable') }

    expect(reasonOf(await openTokenStatusList(await signMirror(), { ...options, resolver }))).toBe(
      'did_unresolvable',
    )
  })
})
