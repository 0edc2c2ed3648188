import { describe, expect, it } from 'vitest'
import { isStatusListUrl } from '../../src/model/status-url.ts'
import {
  headUrl,
  isHeadUrl,
  leafTableUrl,
  listVersionUrl,
  statusBaseOf,
  statusListId,
  statusListUrl,
  tokenStatusListId,
} from '../../src/status/layout.ts'
import { BASE, DIGEST, NOW, R7, S7 } from './fixtures.ts'

describe('the layout of what a status issuer serves', () => {
  it('has the two lists of a pair under one number', () => {
    expect(statusListUrl(BASE, statusListId('revocation', 7))).toBe(R7)
    expect(statusListUrl(BASE, statusListId('suspension', 7))).toBe(S7)
  })

  it('has the mirror of a pair under the same number', () => {
    expect(statusListUrl(BASE, tokenStatusListId(7))).toBe(`${BASE}/t7`)
  })

  it('has versions, leaf tables and the head beside them, all at plain URLs', () => {
    const urls = [listVersionUrl(R7, NOW), leafTableUrl(BASE, DIGEST), headUrl(BASE)]

    expect(urls).toEqual([`${R7}/${NOW}.jwt`, `${BASE}/leaves/${DIGEST}`, `${BASE}/head`])
    expect(urls.filter(isStatusListUrl)).toEqual(urls)
  })

  it('is found from the URL of the head, if that lies where heads lie', () => {
    expect(statusBaseOf(headUrl(BASE))).toBe(BASE)
    expect(isHeadUrl(headUrl(BASE))).toBe(true)
    expect(isHeadUrl(`${BASE}/ahead`)).toBe(false)
    expect(isHeadUrl(R7)).toBe(false)
  })
})
