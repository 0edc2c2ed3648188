import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../../../src/core/bytes.ts'
import { MAX_BODY_BYTES } from '../../../src/server/limits.ts'
import { type Answer, type CallOptions, send, startTestService } from '../../helpers/issuer-service.ts'

let service: Awaited<ReturnType<typeof startTestService>>

beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

function problem({ status, json }: Answer): string {
  return `${status} ${json.code}`
}

const OWNER = {
  name: 'Support',
  accountable: 'Ada Lovelace',
  entitlements: [{ type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }],
}

function post(options: CallOptions, body?: object): Promise<Answer> {
  return service.admin.post('/v1/owners', body, options)
}

function text(raw: string): CallOptions {
  return { raw: encodeUtf8(raw) }
}

describe('a body', () => {
  it.each([
    { of: 'duplicate members', options: text('{"name":"a","name":"b"}') },
    { of: 'a depth of 1000', options: text(`${'['.repeat(1000)}${']'.repeat(1000)}`) },
    { of: 'half a document', options: text('{"name":') },
    { of: 'a number that no double holds', options: text('{"name":12345678901234567890}') },
    { of: 'invalid UTF-8', options: { raw: Uint8Array.of(0x7b, 0xff, 0x7d) } },
    { of: 'a lone surrogate', options: text('{"name":"\\ud800"}') },
    { of: 'a comment', options: text('{} // no') },
  ])('of $of is refused as malformed, and the service lives on [IV-01]', async ({ options }) => {
    expect(problem(await post(options))).toBe('400 malformed_json')
    expect((await post({}, OWNER)).status).toBe(201)
  })

  it('that is no object is refused', async () => {
    expect(problem(await post(text('[]')))).toBe('422 invalid_request')
    expect(problem(await post(text('null')))).toBe('422 invalid_request')
  })

  it.each(['text/plain', 'application/jose', 'application/json; charset=latin1', 'application/json-seq'])(
    'of the type %s is refused [IV-01]',
    async (contentType) => {
      const answer = await post({ contentType }, OWNER)

      expect(problem(answer)).toBe('415 unsupported_media_type')
      expect(answer.json.available).toEqual(['application/json'])
    },
  )

  it('may say its charset', async () => {
    expect((await post({ contentType: 'application/json; charset=UTF-8' }, OWNER)).status).toBe(201)
  })

  it('beyond the limit is refused before it is read [IV-01]', async () => {
    const body = new Uint8Array(MAX_BODY_BYTES + 1)

    expect(problem(await send(`${service.url}/v1/owners`, { method: 'POST', body }))).toBe(
      '413 body_too_large',
    )
    expect((await post({}, OWNER)).status).toBe(201)
  })

  it('of 10 MB without an announced length is cut off at the limit [IV-01]', async () => {
    const chunk = new Uint8Array(64 * 1024)
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(chunk),
    })
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit

    const outcome = await send(`${service.url}/v1/owners`, init).then(problem, () => 'connection closed')

    expect(['413 body_too_large', 'connection closed']).toContain(outcome)
    expect((await send(`${service.url}/livez`)).status).toBe(200)
  })

  it('has no place in a DELETE', async () => {
    const answer = await service.admin.delete('/v1/principals/did:key:z6Mk', text('{}'))

    expect(problem(answer)).toBe('400 malformed_request')
  })

  it('may be left out where nothing is needed', async () => {
    const { json } = await post({}, OWNER)

    expect(problem(await service.admin.post(`/v1/owners/${json.id}/resume`))).toBe('409 not_suspended')
    expect(problem(await service.admin.post(`/v1/owners/${json.id}/suspend`))).toBe('422 invalid_request')
  })

  it('with credential members of its own is refused: the service signs only what it built [IV-08]', async () => {
    const answer = await service.admin.post('/v1/delegations', {
      agent: 'agt_x',
      inherit: true,
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      credentialStatus: [],
      proof: {},
    })

    expect(problem(answer)).toBe('422 invalid_request')
    expect(answer.json.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/@context',
      '/credentialStatus',
      '/proof',
    ])
  })
})

describe('header fields', () => {
  it('of 7.5 KiB pass, those of 64 KiB do not', async () => {
    const passes = await send(`${service.url}/livez`, { headers: { 'agent-delegation': 'x'.repeat(7680) } })
    const outcome = await send(`${service.url}/livez`, { headers: { flood: 'x'.repeat(65_536) } })

    expect(passes.status).toBe(200)
    expect(outcome.status).toBe(431)
  })

  it('that are no HTTP are answered with 400', async () => {
    expect(await raw('GARBAGE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  })

  it.each(['TRACE', 'CONNECTED', 'get'])('with the method %s are refused', async (method) => {
    expect(await raw(`${method} /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 4\d\d /,
    )
    expect((await send(`${service.url}/livez`)).status).toBe(200)
  })

  it.each(['http://evil.example/v1/whoami', '/v1/\\whoami', '//evil.example/v1/whoami', '/v1/./whoami'])(
    'with the target %s are refused',
    async (target) => {
      const answer = await raw(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)

      expect(answer).toMatch(/^HTTP\/1\.1 400 .*malformed_request/s)
    },
  )
})

/** Sends bytes as they are and reads until the end. */
async function raw(request: string): Promise<string> {
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  socket.write(request)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
