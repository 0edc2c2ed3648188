import { describe, expect, it } from 'vitest'
import type { PublishedList } from '../../src/issuer/published-status.ts'
import { isUnchangingPath, newestFiles, versionFiles } from '../../src/issuer/status-files.ts'
import { NOW } from './publishing-store.ts'

const LIST: PublishedList = {
  list: 7,
  purpose: 'revocation',
  version: NOW,
  validUntil: NOW + 21_600_000,
  bitsDigest: 'digest',
  revision: 1,
  jwt: 'a token',
  vc: '{}',
}

describe('the newest version of a list', () => {
  it('lies under its bare name and both ends, the token last', () => {
    expect(newestFiles('acme', LIST, NOW).map(({ path }) => path)).toEqual([
      'status/acme/r7',
      'status/acme/r7.json',
      'status/acme/r7.jwt',
    ])
  })

  it('is only a token when it was signed before there was another form', () => {
    const { vc: _, ...list } = LIST

    expect(newestFiles('acme', list, NOW).map(({ path }) => path)).toEqual(['status/acme/r7.jwt'])
    expect(versionFiles('acme', list).map(({ path }) => path)).toEqual([`status/acme/r7/${NOW}.jwt`])
  })

  it.each([
    [21_600_000, 60],
    [30_000, 30],
    [999, 0],
    [-1, 0],
  ])('with %d ms of validity left is kept by caches for %d s at most [PB-02]', (leftMs, seconds) => {
    const files = newestFiles('acme', LIST, LIST.validUntil - leftMs)

    expect(files.map(({ maxAgeSeconds }) => maxAgeSeconds)).toEqual([seconds, seconds, seconds])
  })
})

describe('what is named by its content', () => {
  it.each([
    [`status/acme/r7/${NOW}.jwt`, true],
    [`status/acme/s1/${NOW}.json`, true],
    [`status/acme/leaves/${'A'.repeat(43)}`, true],
    ['status/acme/changes/29922300', true],
    ['status/acme/changes/x', false],
    ['status/acme/r7.jwt', false],
    ['status/acme/head', false],
    ['status/acme/leaves/short', false],
    [`status/acme/x/r7/${NOW}.jwt`, false],
    [`status/acmes/r7/${NOW}.jwt`, false],
    ['status/acme/notes.jwt', false],
  ])('%s: %s', (path, is) => {
    expect(isUnchangingPath('acme', path)).toBe(is)
  })
})
