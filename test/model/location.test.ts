import { describe, expect, it } from 'vitest'
import type { Location } from '../../src/model/grant.ts'
import { coversLocation, isAtLocation, parseLocation } from '../../src/model/location.ts'

function location(text: string): Location {
  const parsed = parseLocation(text)
  if (parsed === undefined) throw new Error(`not a location: ${text}`)
  return parsed
}

describe('parseLocation', () => {
  it.each([
    ['https://mail.example', 'https://mail.example', '/'],
    ['https://mail.example/', 'https://mail.example', '/'],
    ['https://mail.example/inbox', 'https://mail.example', '/inbox'],
    ['https://mail.example/inbox/', 'https://mail.example', '/inbox/'],
    ['https://MAIL.Example/Inbox', 'https://mail.example', '/Inbox'],
    ['https://mail.example:443/', 'https://mail.example', '/'],
    ['http://mail.example:80/', 'http://mail.example', '/'],
    ['http://mail.example:443/', 'http://mail.example:443', '/'],
    ['https://mail.example:8443/a', 'https://mail.example:8443', '/a'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080', '/'],
    ['http://[::1]:8080/', 'http://[::1]:8080', '/'],
    ['http://my_service/a%20b', 'http://my_service', '/a%20b'],
  ])('reads %s', (text, origin, path) => {
    expect(parseLocation(text)).toEqual({ origin, path })
  })

  it.each([
    ['nothing [DC-05]', ''],
    ['null [DC-05]', null],
    ['a number', 5],
    ['a wildcard for a host', 'https://*.example/'],
    ['a wildcard for everything', '*'],
    ['a wildcard in the path', 'https://mail.example/*'],
    ['no scheme', 'mail.example'],
    ['another scheme', 'ftp://mail.example/'],
    ['a scheme in upper case', 'HTTPS://mail.example/'],
    ['userinfo', 'https://mail.example@evil.example/'],
    ['a query', 'https://mail.example/?a'],
    ['a fragment', 'https://mail.example/#a'],
    ['no host', 'https:///inbox'],
    ['a dot behind the host', 'https://mail.example./'],
    ['a host with an empty label', 'https://mail..example/'],
    ['port 0', 'https://mail.example:0/'],
    ['port 65536', 'https://mail.example:65536/'],
    ['an empty port', 'https://mail.example:/'],
    ['a host beyond ASCII', 'https://måil.example/'],
    ['dot segments [DC-04]', 'https://mail.example/a/../b'],
    ['a dot segment at the end', 'https://mail.example/a/..'],
    ['a single dot', 'https://mail.example/./a'],
    ['encoded dots', 'https://mail.example/%2E%2e/a'],
    ['an encoded slash [DC-04]', 'https://mail.example/a%2Fb'],
    ['an encoded backslash', 'https://mail.example/a%5cb'],
    ['a dot encoded twice', 'https://mail.example/%252e%252e/a'],
    ['a backslash', 'https://mail.example/a\\b'],
    ['an empty segment', 'https://mail.example//a'],
    ['a path parameter', 'https://mail.example/a;x=1'],
    ['white space', 'https://mail.example/a b'],
    ['a line feed', 'https://mail.example/\n'],
    ['513 characters', `https://mail.example/${'a'.repeat(492)}`],
  ])('refuses %s', (_, json) => {
    expect(parseLocation(json)).toBeUndefined()
  })
})

describe('coversLocation', () => {
  it.each([
    ['https://mail.example/', 'https://mail.example/inbox'],
    ['https://mail.example/inbox', 'https://mail.example/inbox'],
    ['https://mail.example/inbox', 'https://mail.example/inbox/'],
    ['https://mail.example/inbox', 'https://mail.example/inbox/a'],
    ['https://mail.example/inbox/', 'https://mail.example/inbox/a'],
    ['https://mail.example', 'https://MAIL.example:443/'],
  ])('%s covers %s', (outer, inner) => {
    expect(coversLocation(location(outer), location(inner))).toBe(true)
  })

  it.each([
    ['https://mail.example/inbox', 'https://mail.example/'],
    ['https://mail.example/inbox', 'https://mail.example/inboxSECRET'],
    ['https://mail.example/inbox/', 'https://mail.example/inbox'],
    ['https://mail.example/inbox', 'https://mail.example/Inbox'],
    ['https://mail.example/', 'http://mail.example/'],
    ['https://mail.example/', 'https://mail.example:8443/'],
    ['https://mail.example/', 'https://mail.example.evil.example/'],
    ['https://mail.example/', 'https://evil-mail.example/'],
  ])('%s does not cover %s [DC-04]', (outer, inner) => {
    expect(coversLocation(location(outer), location(inner))).toBe(false)
  })
})

describe('isAtLocation', () => {
  const inbox = location('https://mail.example/inbox')
  const whole = location('https://mail.example/')

  it.each([
    '/inbox',
    '/inbox/',
    '/inbox/a',
    '/inbox/a.b',
    '/inbox/...',
    '/inbox/%20',
    '/inbox/.hidden',
    '/inbox/ü',
  ])('finds %s under a prefix', (path) => {
    expect(isAtLocation(inbox, 'https://mail.example', path)).toBe(true)
  })

  it.each([
    '/inboxSECRET',
    '/',
    '/INBOX',
    '/inbox/../admin',
    '/inbox/..',
    '/inbox/.',
    '/inbox/./a',
    '/inbox%2f..',
    '/inbox/%2e%2e/admin',
    '/inbox/%2E./admin',
    '/inbox/..%2fadmin',
    '/inbox/..%5Cadmin',
    '/inbox/%252e%252e/admin',
    '/inbox/%00',
    '/inbox/..\\admin',
    '/inbox//admin',
    '/inbox/a;/../admin',
    '/inbox?a',
    '/inbox/a\u0000',
    'inbox',
    '',
  ])('does not find %j under a prefix [DC-04]', (path) => {
    expect(isAtLocation(inbox, 'https://mail.example', path)).toBe(false)
  })

  it('finds every path of an origin that is granted whole, because none leads out of it', () => {
    expect(isAtLocation(whole, 'https://mail.example', '/inbox/../admin')).toBe(true)
    expect(isAtLocation(whole, 'https://mail.example', '/a;b//c')).toBe(true)
  })

  it('finds nothing at another origin', () => {
    expect(isAtLocation(whole, 'https://evil.example', '/')).toBe(false)
    expect(isAtLocation(whole, 'http://mail.example', '/')).toBe(false)
  })
})
