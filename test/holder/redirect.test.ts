import { describe, expect, it } from 'vitest'
import { type Hop, redirectedHop } from '../../src/holder/redirect.ts'

function hopOf(method: string, presenting = true): Hop {
  return {
    url: new URL('https://mail.example/inbox'),
    method,
    headers: new Headers({ 'content-type': 'text/plain', accept: 'a/b', authorization: 'x', cookie: 'c=1' }),
    body: new Uint8Array([1]),
    presenting,
  }
}

function redirectTo(location: string, status = 307): Response {
  return new Response(null, { status, headers: { location } })
}

describe('redirectedHop', () => {
  it.each([
    { status: 301, method: 'POST', becomes: 'GET' },
    { status: 302, method: 'POST', becomes: 'GET' },
    { status: 303, method: 'POST', becomes: 'GET' },
    { status: 303, method: 'PUT', becomes: 'GET' },
    { status: 303, method: 'HEAD', becomes: 'HEAD' },
    { status: 301, method: 'PUT', becomes: 'PUT' },
    { status: 302, method: 'DELETE', becomes: 'DELETE' },
    { status: 307, method: 'POST', becomes: 'POST' },
    { status: 308, method: 'PUT', becomes: 'PUT' },
  ])('makes a $becomes of a $method after $status', ({ status, method, becomes }) => {
    const hop = redirectedHop(hopOf(method), redirectTo('/archive', status))

    expect(hop?.method).toBe(becomes)
    const keepsBody = becomes === method
    expect(hop?.body !== undefined).toBe(keepsBody)
    expect(hop?.headers.has('content-type')).toBe(keepsBody)
    expect(hop?.headers.get('accept')).toBe('a/b')
  })

  it('goes on presenting within the origin', () => {
    expect(redirectedHop(hopOf('GET'), redirectTo('/archive'))).toMatchObject({
      url: new URL('https://mail.example/archive'),
      presenting: true,
    })
  })

  it.each([
    'https://other.example/',
    'http://mail.example/',
    'https://mail.example:8443/',
    'https://sub.mail.example/',
    '//other.example/',
  ])('stops presenting at %s, and drops what was meant for the origin', (location) => {
    const hop = redirectedHop(hopOf('GET'), redirectTo(location))

    expect(hop?.presenting).toBe(false)
    expect([...(hop?.headers.keys() ?? [])]).toEqual(['accept', 'content-type'])
  })

  it('never presents again once it has stopped', () => {
    const away: Hop = { ...hopOf('GET', false), url: new URL('https://other.example/') }

    expect(redirectedHop(away, redirectTo('https://mail.example/inbox'))?.presenting).toBe(false)
    expect(redirectedHop(away, redirectTo('/'))?.presenting).toBe(false)
  })

  it.each([
    ['no redirect', new Response(null, { status: 200, headers: { location: '/x' } })],
    ['a redirect without a location', new Response(null, { status: 302 })],
    ['a status that is not followed', new Response(null, { status: 304, headers: { location: '/x' } })],
  ])('leaves %s to the caller', (_, response) => {
    expect(redirectedHop(hopOf('GET'), response)).toBeUndefined()
  })

  it.each([
    'ftp://mail.example/',
    'data:text/plain,x',
    'https://user@mail.example/',
    'https://[',
    'javascript:1',
  ])('does not follow %s', (location) => {
    expect(() => redirectedHop(hopOf('GET'), redirectTo(location))).toThrow(TypeError)
  })
})
