import { describe, expect, it, vi } from 'vitest'
import { describeRefusal } from '../../src/describe-refusal.ts'
import { fetchDidWebvh, type WebvhPackage } from '../../src/did/fetch-did-webvh.ts'
import { parseDidUrl } from '../../src/model/did.ts'
import type { Refused } from '../../src/refusal.ts'
import { outcomeOf } from '../helpers/signers.ts'

const DID = 'did:webvh:Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2Dg:id.example'

function accessTo(fetch: () => Promise<Response>) {
  return { clock: () => 0, configuredHosts: new Set<string>(), fetch: vi.fn(fetch) }
}

const answers: WebvhPackage = {
  resolveDIDFromLog: async (_log, { scid }) => ({ meta: { scid } }),
}

describe('fetchDidWebvh', () => {
  it('says which package to install when it is missing, and fetches nothing', async () => {
    const access = accessTo(async () => new Response(''))
    const verdict = await fetchDidWebvh(DID, access, async () => undefined)

    expect(outcomeOf(verdict)).toBe('unsupported install the package didwebvh-ts')
    expect(describeRefusal((verdict as Refused).refusal)).toContain('install the package didwebvh-ts')
    expect(access.fetch).not.toHaveBeenCalled()
  })

  it.each([
    ['a redirect', async () => Response.redirect('https://evil.example/', 302), 'http_status'],
    ['a page', async () => new Response('', { headers: { 'content-type': 'text/html' } }), 'media_type'],
    ['too much', async () => new Response('x'.repeat((1 << 20) + 1)), 'size'],
    [
      'no text',
      async () => new Response(Uint8Array.of(255), { headers: { 'content-type': 'text/jsonl' } }),
      'log',
    ],
    ['no log', async () => new Response('{}'), 'log'],
    ['no answer', () => Promise.reject(new TypeError()), 'fetch'],
  ])('refuses %s', async (_what, fetch, dimension) => {
    expect(outcomeOf(await fetchDidWebvh(DID, accessTo(fetch), async () => answers))).toBe(
      `did_unresolvable ${dimension}`,
    )
  })

  it('asks for the log below the path of the DID', async () => {
    const access = accessTo(async () => new Response(''))
    await fetchDidWebvh(`${DID}:a:b`, access, async () => answers)
    await fetchDidWebvh(DID, access, async () => answers)

    expect(access.fetch.mock.calls.map(([url]: unknown[]) => url)).toEqual([
      'https://id.example/a/b/did.jsonl',
      'https://id.example/.well-known/did.jsonl',
    ])
  })

  it.each(['did:webvh:id.example', 'did:webvh:QmShort:id.example', DID.replace('id.example', '127.0.0.1')])(
    'finds no place for %s [DR-02]',
    async (text) => {
      const did = parseDidUrl(`${text}#x`)?.did ?? DID
      const access = accessTo(async () => new Response(''))

      expect(outcomeOf(await fetchDidWebvh(did, access, async () => answers))).toBe('did_unresolvable did')
      expect(access.fetch).not.toHaveBeenCalled()
    },
  )
})
