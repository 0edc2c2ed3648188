import { describe, expect, it } from 'vitest'
import { DID_FETCH_DEADLINE_MS, fetchDidWeb, MAX_DID_DOCUMENT_BYTES } from '../../src/did/fetch-did-web.ts'
import type { Did } from '../../src/model/did.ts'
import { documentOf } from '../helpers/did-documents.ts'
import { acceptedValue, alice, outcomeOf } from '../helpers/signers.ts'

const DID: Did = 'did:web:id.example'
const DOCUMENT = documentOf(DID, [{ ...alice, keyId: `${DID}#key-1` }])
const JSON_TYPE = { 'content-type': 'application/did+json' }

const resolve = (response: () => Response | Promise<Response>, did: Did = DID) =>
  fetchDidWeb(did, { fetch: async () => response(), clock: () => 0, configuredHosts: new Set() })

describe('fetchDidWeb', () => {
  it('asks once, at the place that the DID names, and parses what comes', async () => {
    const asked: unknown[] = []
    const document = acceptedValue(
      await fetchDidWeb('did:web:id.example', {
        fetch: async (url, init) => {
          asked.push(url, init?.redirect, new Headers(init?.headers).get('accept'))
          return Response.json(DOCUMENT, { headers: JSON_TYPE })
        },
        clock: () => 0,
        configuredHosts: new Set(),
      }),
    )

    expect(document.assertionMethod).toEqual([`${DID}#key-1`])
    expect(asked).toEqual([
      'https://id.example/.well-known/did.json',
      'manual',
      expect.stringContaining('application/did+json'),
    ])
  })

  it.each(['application/did', 'application/json; charset=utf-8', 'Application/LD+JSON'])(
    'reads %s',
    async (type) => {
      const answer = () => Response.json(DOCUMENT, { headers: { 'content-type': type } })

      expect(outcomeOf(await resolve(answer))).toBe('accepted')
    },
  )

  it.each<[what: string, answer: () => Response | Promise<Response>, dimension: string]>([
    ['a redirect', () => Response.redirect('https://evil.example/', 302), 'http_status'],
    ['an error', () => new Response('', { status: 500, headers: JSON_TYPE }), 'http_status'],
    ['a page', () => new Response('<p>', { headers: { 'content-type': 'text/html' } }), 'media_type'],
    ['no type', () => new Response(new Uint8Array([0x7b, 0x7d])), 'media_type'],
    ['too much', () => new Response(' '.repeat(MAX_DID_DOCUMENT_BYTES + 1), { headers: JSON_TYPE }), 'size'],
    ['no answer', () => Promise.reject(new TypeError('no route')), 'fetch'],
    ['no JSON', () => new Response('{', { headers: JSON_TYPE }), 'document'],
    ['no text', () => new Response(Uint8Array.of(0xff), { headers: JSON_TYPE }), 'document'],
    ['a member twice', () => new Response('{"id":"x","id":"y"}', { headers: JSON_TYPE }), 'document'],
    ['the document of another', () => Response.json(documentOf('did:web:evil.example', [])), 'document'],
  ])('refuses %s', async (_what, answer, dimension) => {
    expect(outcomeOf(await resolve(answer))).toBe(`did_unresolvable ${dimension}`)
  })

  it('asks nobody for a DID that names no public place [DR-01, DR-02]', async () => {
    let asked = 0
    const answer = () => {
      asked += 1
      return Response.json(DOCUMENT)
    }

    expect(outcomeOf(await resolve(answer, 'did:web:good.example%40evil.example'))).toBe(
      'did_unresolvable did',
    )
    expect(outcomeOf(await resolve(answer, 'did:web:127.0.0.1%3A8080'))).toBe('did_unresolvable did')
    expect(asked).toBe(0)
  })

  it('has a deadline of three seconds', () => {
    expect(DID_FETCH_DEADLINE_MS).toBe(3000)
  })
})
