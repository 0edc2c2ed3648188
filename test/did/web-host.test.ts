import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { originOfHost, pathOfSegments } from '../../src/did/web-host.ts'

const NONE: ReadonlySet<string> = new Set()

describe('originOfHost', () => {
  it.each([
    ['id.example', 'https://id.example'],
    ['a.b.c.id.example', 'https://a.b.c.id.example'],
    ['id.example%3A8443', 'https://id.example:8443'],
    ['xn--bcher-kva.example', 'https://xn--bcher-kva.example'],
    ['1.2.3.4.example', 'https://1.2.3.4.example'],
    ['id.xn--p1ai', 'https://id.xn--p1ai'],
  ])('reads %s as %s', (host, origin) => {
    expect(originOfHost(host, NONE)).toBe(origin)
  })

  it.each([
    ['an escaped user', 'good.example%40evil.example'],
    ['an escaped slash', 'id.example%2Fevil'],
    ['an escaped backslash', 'id.example%5Cevil'],
    ['an escaped dot', '127%2E0%2E0%2E1'],
    ['an escaped hash', 'id.example%23x'],
    ['an escaped question mark', 'id.example%3Fx'],
    ['an escaped letter', 'id.ex%61mple'],
    ['a colon in small letters', 'id.example%3a8443'],
    ['two ports', 'id.example%3A1%3A2'],
    ['no port after the colon', 'id.example%3A'],
    ['a port with a leading zero', 'id.example%3A08443'],
    ['a port that is none', 'id.example%3A65536'],
    ['the default port', 'id.example%3A443'],
    ['capitals', 'ID.example'],
    ['an underscore', 'id_x.example'],
    ['letters of another script', 'bücher.example'],
    ['a final dot', 'id.example.'],
    ['an empty label', 'id..example'],
    ['nothing', ''],
    ['a label that begins with a hyphen', '-id.example'],
    ['a label of 64 letters', `${'a'.repeat(64)}.example`],
    ['a name of 254 letters', `${'a.'.repeat(125)}abcd`],
    ['an IPv4 address', '127.0.0.1'],
    ['a public IPv4 address', '8.8.8.8'],
    ['the metadata service', '169.254.169.254'],
    ['an address in hexadecimal', '0x7f.1'],
    ['an address in one number', '2130706433'],
    ['an address in one hexadecimal number', '0x7f000001'],
    ['an address in octal', '0177.0.0.1'],
    ['a short address', '127.1'],
    ['an IPv6 address', '[::1]'],
    ['an escaped IPv6 address', '%5B%3A%3A1%5D'],
    ['localhost', 'localhost'],
    ['a name under localhost', 'x.localhost'],
    ['a single label', 'intranet'],
    ['a name of a local network', 'printer.local'],
    ['the name of a metadata service', 'metadata.google.internal'],
    ['a home', 'router.home.arpa'],
  ])('refuses %s [DR-01, DR-02, DR-04]', (_name, host) => {
    expect(originOfHost(host, NONE)).toBeUndefined()
  })

  it('reads loopback as http, exactly where the operator named it', () => {
    const configured = new Set(['127.0.0.1:8080', 'localhost'])

    expect(originOfHost('127.0.0.1%3A8080', configured)).toBe('http://127.0.0.1:8080')
    expect(originOfHost('localhost', configured)).toBe('http://localhost')
    expect(originOfHost('127.0.0.1%3A8081', configured)).toBeUndefined()
    expect(originOfHost('127.0.0.1', configured)).toBeUndefined()
    expect(originOfHost('localhost%3A8080', configured)).toBeUndefined()
    expect(originOfHost('127.0.0.2%3A8080', configured)).toBeUndefined()
  })

  it('reads a local name where the operator named it', () => {
    expect(originOfHost('id.corp.internal', new Set(['id.corp.internal']))).toBe('https://id.corp.internal')
  })

  it('means exactly the host that it wrote, whatever the text', () => {
    const parts = fc.constantFrom(
      'a',
      'b1',
      '.',
      '-',
      '%3A',
      '80',
      '@',
      '/',
      '%40',
      '0x',
      'example',
      ':',
      '[',
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (chosen) => {
        const text = chosen.join('')
        const origin = originOfHost(text, NONE)
        if (origin === undefined) return
        const url = new URL(origin)
        expect(url.origin).toBe(origin)
        expect(`${url.username}${url.password}${url.search}${url.hash}`).toBe('')
        expect(url.host).toBe(text.replace('%3A', ':'))
      }),
    )
  })
})

describe('pathOfSegments', () => {
  it.each([
    [[], ''],
    [['status'], '/status'],
    [['a', 'B-2', 'c.d_e'], '/a/B-2/c.d_e'],
    [['...'], '/...'],
  ])('reads %j as %j', (segments, path) => {
    expect(pathOfSegments(segments)).toBe(path)
  })

  it.each([
    [['..', '..', 'admin']],
    [['.']],
    [['%2e%2e']],
    [['a%2Fb']],
    [['a', '', 'b']],
    [['x%23y']],
    [['x%3Fy']],
    [['a/b']],
    [['a b']],
    [Array(33).fill('a')],
  ])('refuses %j [DR-04]', (segments) => {
    expect(pathOfSegments(segments)).toBeUndefined()
  })
})
