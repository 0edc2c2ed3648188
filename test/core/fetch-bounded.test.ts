import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type FetchFailure, fetchBounded, refuseFetch } from '../../src/core/fetch-bounded.ts'
import { guardedFetch } from '../../src/core/guarded-fetch/node.ts'
import type { FetchCause } from '../../src/refusal.ts'

const URL = 'https://id.example/status/head'
const BOUNDS = { maxBytes: 10, deadlineMs: 1000, mediaTypes: ['text/plain'] }
const TEXT = { headers: { 'content-type': 'text/plain; charset=utf-8' } }

const answering = (response: Response) => fetchBounded(async () => response, URL, BOUNDS)
const failing = (error: unknown) => fetchBounded(() => Promise.reject(error), URL, BOUNDS)
const coded = (code: unknown) => Object.assign(new Error('no'), { code })

describe('why a document was not had', () => {
  it('is not asked of one that was', async () => {
    expect(await answering(new Response('ten bytes!', TEXT))).toEqual(new TextEncoder().encode('ten bytes!'))
  })

  it.each<[what: string, response: () => Response, cause: FetchCause]>([
    ['another status than 200', () => new Response('down', { ...TEXT, status: 503 }), 'http_503'],
    ['no body', () => new Response(null, { status: 204 }), 'http_204'],
    ['another media type', () => new Response('{}', { headers: { 'content-type': 'a/b' } }), 'media_type'],
    ['more bytes than the limit', () => new Response('eleven bytes', TEXT), 'size'],
  ])('is an answer with %s', async (_, response, cause) => {
    expect(await answering(response())).toEqual({ url: URL, cause })
  })

  it.each<[what: string, error: unknown, cause: FetchCause]>([
    ['a connection that was refused', coded('ECONNREFUSED'), 'refused'],
    [
      'the same, as the fetch of Node says it',
      new TypeError('x', { cause: coded('ECONNREFUSED') }),
      'refused',
    ],
    ['a name without an address', coded('ENOTFOUND'), 'name_not_found'],
    ['a name server that is silent', coded('EAI_AGAIN'), 'name_not_found'],
    ['a certificate that has ended', coded('CERT_HAS_EXPIRED'), 'tls'],
    ['a certificate of nobody', coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'tls'],
    ['a certificate by an unknown authority', coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'tls'],
    ['the certificate of another host', coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls'],
    ['a connection that broke', coded('ECONNRESET'), 'unreachable'],
    ['an error without a code', new TypeError('fetch failed'), 'unreachable'],
    ['a code that is no text', coded(7), 'unreachable'],
    ['something else that was thrown', 'offline', 'unreachable'],
  ])('is %s', async (_, error, cause) => {
    expect(await failing(error)).toEqual({ url: URL, cause })
  })

  it('is time that ran out, whatever the platform calls that', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const address = silent.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
    const bounds = { ...BOUNDS, deadlineMs: 50 }

    expect(await fetchBounded(fetch, url, bounds)).toEqual({ url, cause: 'timeout' })
    expect(
      await fetchBounded(
        guardedFetch(() => true),
        url,
        bounds,
      ),
    ).toEqual({ url, cause: 'timeout' })
    silent.close()
  })

  it('is a host without a public address', async () => {
    const url = 'http://127.0.0.1:9/'

    expect(
      await fetchBounded(
        guardedFetch(() => false),
        url,
        BOUNDS,
      ),
    ).toEqual({ url, cause: 'private_address' })
    expect(
      await fetchBounded(
        guardedFetch(() => true),
        url,
        BOUNDS,
      ),
    ).toEqual({ url, cause: 'refused' })
  })
})

describe('the refusal for it', () => {
  it.each<[FetchCause, dimension: string]>([
    ['http_404', 'http_status'],
    ['media_type', 'media_type'],
    ['size', 'size'],
    ['timeout', 'fetch'],
    ['refused', 'fetch'],
  ])('for %s has the dimension %s, and the document beside it', (cause, dimension) => {
    const failure: FetchFailure = { url: URL, cause }

    expect(refuseFetch('status_unavailable', failure)).toEqual({
      verified: false,
      refusal: { code: 'status_unavailable', dimension },
      fault: failure,
    })
  })
})
