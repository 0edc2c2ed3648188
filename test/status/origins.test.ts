import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isStatusListUrl, isStatusOrigin, MAX_STATUS_URL_CHARS } from '../../src/model/status-url.ts'
import { isUnderOrigins } from '../../src/status/origins.ts'

const ORIGINS = ['https://id.example/status/']

describe('isUnderOrigins', () => {
  it.each([
    ['https://id.example/status/r7', ORIGINS],
    ['https://id.example/status/acme/r7', ORIGINS],
    ['https://id.example/status/r7', ['https://other.example', 'https://id.example/status']],
    ['https://id.example/r7', ['https://id.example']],
    ['https://id.example/r7', ['https://id.example/']],
    ['https://id.example:8443/status/r7', ['https://id.example:8443/status/']],
    ['http://127.0.0.1:8787/status/r7', ['http://127.0.0.1:8787/status/']],
    ['http://[::1]:8787/status/r7', ['http://[::1]:8787']],
    ['http://localhost/status/r7', ['http://localhost/']],
  ])('allows %s under %j', (url, origins) => {
    expect(isUnderOrigins(url, origins)).toBe(true)
  })

  it.each([
    ['another host', 'https://evil.example/status/r7'],
    ['a host that begins alike', 'https://id.example.evil.example/status/r7'],
    ['a path that begins alike', 'https://id.example/status-b/r7'],
    ['the origin itself', 'https://id.example/status/'],
    ['the origin without its slash', 'https://id.example/status'],
    ['a path above', 'https://id.example/r7'],
    ['another port', 'https://id.example:8443/status/r7'],
    ['the default port spelled out', 'https://id.example:443/status/r7'],
    ['http', 'http://id.example/status/r7'],
    ['http on a loopback that is not listed', 'http://127.0.0.1/status/r7'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:text/plain,x'],
    ['ftp', 'ftp://id.example/status/r7'],
    ['no scheme', '//id.example/status/r7'],
    ['a relative reference', 'status/r7'],
    ['userinfo', 'https://id.example@evil.example/status/r7'],
    ['userinfo of the right host', 'https://a:b@id.example/status/r7'],
    ['a query', 'https://id.example/status/r7?x=1'],
    ['a fragment', 'https://id.example/status/r7#list'],
    ['dot segments', 'https://id.example/status/../keys'],
    ['a dot segment at the end', 'https://id.example/status/x/..'],
    ['a single dot', 'https://id.example/status/./r7'],
    ['an encoded slash', 'https://id.example/status/..%2f..%2fkeys'],
    ['encoded dots', 'https://id.example/status/%2e%2e/keys'],
    ['a backslash', 'https://id.example/status/..\\keys'],
    ['an empty segment', 'https://id.example/status//r7'],
    ['a trailing slash', 'https://id.example/status/r7/'],
    ['upper case in the host', 'https://ID.example/status/r7'],
    ['upper case in the scheme', 'HTTPS://id.example/status/r7'],
    ['a trailing dot in the host', 'https://id.example./status/r7'],
    ['white space', 'https://id.example/status/r7 '],
    ['a line feed', 'https://id.example/status/r7\n'],
    ['letters beyond ASCII', 'https://id.example/status/ŕ7'],
    ['nothing', ''],
  ])('refuses %s [SL-06, PB-05]', (_, url) => {
    expect(isUnderOrigins('https://id.example/status/r7', ORIGINS)).toBe(true)
    expect(isUnderOrigins(url, ORIGINS)).toBe(false)
  })

  it.each([
    'https://10.0.0.5/',
    'https://169.254.169.254/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://[::ffff:7f00:1]/',
  ])('refuses the address %s even where it is listed [SL-06]', (origin) => {
    expect(isUnderOrigins(`${origin}r7`, [origin])).toBe(false)
  })

  it('refuses everything without origins, or under one that is not well-formed', () => {
    const url = 'https://id.example/status/r7'

    for (const origins of [
      [],
      [''],
      ['https://'],
      ['https://id.example/status/?'],
      ['https://id.example/sta%74us/'],
    ]) {
      expect(isUnderOrigins(url, origins)).toBe(false)
    }
  })

  it('refuses a URL beyond the limit of length', () => {
    const url = `https://id.example/status/${'r'.repeat(MAX_STATUS_URL_CHARS - 26)}`

    expect(isUnderOrigins(url, ORIGINS)).toBe(true)
    expect(isUnderOrigins(`${url}r`, ORIGINS)).toBe(false)
  })

  it('allows only what the URL parser of the platform reads the same way', () => {
    const part = fc.constantFrom(
      'id.example',
      '/',
      'status',
      'r7',
      '..',
      '.',
      '%2e',
      '@',
      ':',
      '443',
      '\\',
      '?',
      '#',
      'A',
      ';',
    )
    const text = fc
      .array(part, { maxLength: 8 })
      .map((parts) => `https://id.example/status/${parts.join('')}`)

    fc.assert(
      fc.property(text, (url) => {
        if (!isUnderOrigins(url, ORIGINS)) return
        expect(new URL(url).href).toBe(url)
        expect(new URL(url).pathname.startsWith('/status/')).toBe(true)
      }),
    )
  })
})

describe('isStatusListUrl', () => {
  it.each(['http://127.0.0.1:8787/r7', 'https://id.example/r7'])('takes %s', (url) => {
    expect(isStatusListUrl(url)).toBe(true)
  })

  it.each([
    'http://id.example/r7',
    'https://id.example:0/r7',
    'https://id.example:65536/r7',
    'http://localhost:80/r7',
  ])('does not take %s', (url) => {
    expect(isStatusListUrl(url)).toBe(false)
  })
})

describe('isStatusOrigin', () => {
  it('takes an origin with or without a path prefix, and nothing else', () => {
    const good = [
      'https://id.example',
      'https://id.example/',
      'https://id.example/status',
      'http://localhost:3000/',
    ]
    const bad = [
      'id.example',
      'https://*.example/',
      'https://id.example/?',
      'http://id.example/',
      'https://id.example//',
    ]

    expect(good.filter(isStatusOrigin)).toEqual(good)
    expect(bad.filter(isStatusOrigin)).toEqual([])
  })
})
