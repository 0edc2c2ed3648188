import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestService } from '../helpers/issuer-service.ts'

let service: Awaited<ReturnType<typeof startTestService>>

beforeAll(async () => {
  service = await startTestService({ unsignedPerMinute: 1000 })
})
afterAll(() => service.close())

/** Sends bytes that no HTTP client would, and answers status and problem code of what comes back. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () => socket.write(bytes))
    let text = ''
    socket.on('data', (part) => {
      text += part
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(outcomeOf(text)))
  })
}

function outcomeOf(answer: string): string {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'closed'
  const code = /"code":"([a-z_]+)"/.exec(answer)?.[1]
  return code === undefined ? status : `${status} ${code}`
}

interface Sent {
  readonly method?: string
  readonly target?: string
  /** Lines of the head after the signed ones. */
  readonly lines?: readonly string[]
  readonly body?: string
}

/** An administrator signs `GET /v1/whoami`; something else is sent. */
async function send({ method = 'GET', target = '/v1/whoami', lines = [], body = '' }: Sent): Promise<string> {
  const signed = Object.entries(await service.admin.sign('GET', '/v1/whoami'))
  const fields = signed.map(([name, value]) => `${name}: ${value}`)
  const head = [`${method} ${target} HTTP/1.1`, 'host: id.example', 'connection: close', ...fields, ...lines]
  return exchange(`${head.join('\r\n')}\r\n\r\n${body}`)
}

describe('a signed request', () => {
  it('passes as it was signed, also beside the signature of someone else', async () => {
    const beside = ['signature: other=:AAAA:', 'signature-input: other=("@method");tag="other"']

    expect(await send({})).toBe('200')
    expect(await send({ lines: beside })).toBe('200')
  })

  it.each<[what: string, sent: Sent, outcome: string]>([
    ['with an absolute target', { target: 'http://id.example/v1/whoami' }, '400 malformed_request'],
    ['with two slashes', { target: '//v1/whoami' }, '400 malformed_request'],
    ['with a host in the path', { target: '//id.example/v1/whoami' }, '400 malformed_request'],
    ['with an empty query', { target: '/v1/whoami?' }, '400 malformed_request'],
    ['with a fragment', { target: '/v1/whoami#a' }, '400 malformed_request'],
    ['with a dot segment', { target: '/v1/x/../whoami' }, '400 malformed_request'],
    ['with a backslash', { target: '/v1\\whoami' }, '400 malformed_request'],
    ['with an escaped letter', { target: '/v1/who%61mi' }, '404 no_such_route'],
    ['in capitals', { target: '/V1/WHOAMI' }, '404 no_such_route'],
    ['with a slash at the end', { target: '/v1/whoami/' }, '404 no_such_route'],
    ['with another query', { target: '/v1/whoami?a=1' }, '401 signature_invalid'],
    ['for another route', { target: '/v1/audit' }, '401 signature_invalid'],
    ['by another method', { method: 'HEAD' }, '401'],
    ['by a method that HTTP reserves', { method: 'TRACE' }, '400 malformed_request'],
    ['with the whole server as target', { method: 'OPTIONS', target: '*' }, '400 malformed_request'],
    [
      'with a second signature of the same tag',
      { lines: ['signature: b=:AAAA:', 'signature-input: b=("@method");tag="procura-api"'] },
      '401 signature_invalid',
    ],
    ['with the same label twice', { lines: ['signature: procura-api=:AAAA:'] }, '401 signature_invalid'],
    [
      'with an idempotency key that nobody signed',
      { lines: ['idempotency-key: mine'] },
      '401 signature_invalid',
    ],
    [
      'with a body that nobody signed',
      { lines: ['content-length: 2', 'content-type: application/json'], body: '{}' },
      '400 malformed_request',
    ],
    [
      'with a length and parts',
      { lines: ['content-length: 2', 'transfer-encoding: chunked'], body: '0\r\n\r\n' },
      '400',
    ],
  ])('does not pass %s', async (_, sent, outcome) => {
    expect(await send(sent)).toBe(outcome)
  })
})

describe('a public path', () => {
  it.each([
    ['/status/acme/head', '200'],
    ['/status/..%2f..%2fkey-encryption-key', '404 no_such_route'],
    ['/status/acme/..%5c..%5csettings.json', '404 no_such_route'],
    ['/status/acme/%2e%2e/%2e%2e/settings.json', '400 malformed_request'],
    ['/status/../settings.json', '400 malformed_request'],
    ['/status/acme/r1%00', '404 no_such_route'],
    ['/status/acme/%zz', '404 no_such_route'],
    ['/status/__proto__/constructor', '404 not_found'],
  ])('%s answers %s [PB-05]', async (path, outcome) => {
    const answer = exchange(`GET ${path} HTTP/1.1\r\nhost: id.example\r\nconnection: close\r\n\r\n`)

    expect(await answer).toBe(outcome)
  })
})
