import { Buffer } from 'node:buffer'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import * as portable from '../../src/core/guarded-fetch/default.ts'
import { guardedFetch, publicOnly } from '../../src/core/guarded-fetch/node.ts'
import { startServer } from '../helpers/recording-server.ts'

/** A name server that answers with these addresses, whatever the name. */
function nameServer(...addresses: string[]): LookupFunction {
  return (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
}

const never = () => false
const always = () => true

/** `served`, or why there was no answer. */
async function outcome(answer: Promise<Response>): Promise<string> {
  try {
    return await (await answer).text()
  } catch (error) {
    return (error as Error).message
  }
}

const REFUSED = 'the host has no public address'

describe('publicOnly', () => {
  const answered = (options: { all?: boolean }, ...addresses: string[]) =>
    new Promise((resolve) => {
      publicOnly(nameServer(...addresses))('id.example', options, (error, address, family) =>
        resolve(error?.message ?? [address, family]),
      )
    })

  it.each(['8.8.8.8', '203.0.114.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])(
    'resolves to the public address %s',
    async (address) => {
      const family = address.includes(':') ? 6 : 4

      expect(await answered({}, address)).toEqual([address, family])
      expect(await answered({ all: true }, address)).toEqual([[{ address, family }], undefined])
    },
  )

  it('leaves out the private addresses of a name that has both kinds', async () => {
    expect(await answered({}, '127.0.0.1', '8.8.8.8')).toEqual(['8.8.8.8', 4])
    expect(await answered({ all: true }, '8.8.8.8', '::1')).toEqual([
      [{ address: '8.8.8.8', family: 4 }],
      undefined,
    ])
    expect(await answered({ all: true }, '10.0.0.1', '::1')).toBe(REFUSED)
    expect(await answered({})).toBe(REFUSED)
  })
})

describe('guardedFetch on Node', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'ff02::1',
  ])('connects to nobody when a name leads to %s [DR-02]', async (address) => {
    const server = await startServer(() => ({ body: 'served' }))
    const url = server.origin.replace('127.0.0.1', 'rebind.example')

    expect(await outcome(guardedFetch(never, nameServer(address))(url))).toBe(REFUSED)
    expect(server.requests).toHaveLength(0)
  })

  it('connects when the operator named the host with its port', async () => {
    const server = await startServer(() => ({ body: 'served' }))
    const host = `id.internal:${new URL(server.origin).port}`
    const fetch = guardedFetch((asked) => asked === host, nameServer('127.0.0.1'))

    expect(await outcome(fetch(`http://${host}/`))).toBe('served')
    expect(await outcome(fetch('http://id.internal:1/'))).toBe(REFUSED)
    expect(server.requests).toHaveLength(1)
  })

  it.each(['http://127.0.0.1:PORT/', 'http://0x7f.1:PORT/', 'http://2130706433:PORT/', 'http://[::1]:PORT/'])(
    'does not take the address itself for a name: %s [DR-02]',
    async (text) => {
      const server = await startServer(() => ({ body: 'served' }))
      const url = text.replace('PORT', new URL(server.origin).port)

      expect(await outcome(guardedFetch(never)(url))).toBe(REFUSED)
      expect(await outcome(guardedFetch(always)(server.origin))).toBe('served')
      expect(server.requests).toHaveLength(1)
    },
  )

  it('fails when the name is unknown, or nobody answers', async () => {
    const unknown: LookupFunction = (_name, _options, callback) => callback(new Error('no such name'), '', 0)

    expect(await outcome(guardedFetch(never, unknown)('https://id.example/'))).toBe('no such name')
    expect(await outcome(guardedFetch(always)('http://127.0.0.1:1/'))).toContain('ECONNREFUSED')
  })

  it('hands over status, headers and body as they are, and follows no redirect', async () => {
    const server = await startServer(({ target }) =>
      target === '/moved'
        ? { status: 302, headers: { location: '/' } }
        : { status: 404, headers: { etag: '"1"' }, body: 'no' },
    )
    const fetch = guardedFetch(always)
    const missing = await fetch(`${server.origin}/x`, { headers: { accept: 'application/json' } })
    const moved = await fetch(new Request(`${server.origin}/moved`))

    expect([missing.status, missing.headers.get('etag'), await missing.text()]).toEqual([404, '"1"', 'no'])
    expect([moved.status, moved.headers.get('location')]).toEqual([302, '/'])
    expect(server.requests.map(({ target, header }) => [target, header('accept')])).toEqual([
      ['/x', 'application/json'],
      ['/moved', undefined],
    ])
  })

  it('has no body where there can be none', async () => {
    const server = await startServer(() => ({ status: 304 }))
    const answer = await guardedFetch(always)(server.origin)

    expect([answer.status, answer.body]).toEqual([304, null])
  })

  it('refuses what is compressed, which it did not ask for, and an impossible status', async () => {
    const server = await startServer(({ target }) =>
      target === '/odd'
        ? { status: 999 }
        : { headers: { 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(1000)) },
    )
    const fetch = guardedFetch(always)

    expect(await outcome(fetch(server.origin))).toBe('nothing compressed was asked for')
    expect(await outcome(fetch(`${server.origin}/odd`))).not.toBe('')
  })

  it('tells the status of what is compressed, for whom only that matters, and lets go of the connection', async () => {
    const server = await startServer(() => ({
      status: 202,
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(1000)),
    }))
    const answer = await guardedFetch(always)(server.origin, { method: 'POST', body: new Uint8Array(1) })

    expect(answer.status).toBe(202)
    await expect(answer.body?.cancel()).resolves.toBeUndefined()
  })

  it('lets a process end that waits for nothing but events', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).write(':\n\n')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => server.closeAllConnections())
    const { port } = server.address() as AddressInfo
    const program = `
      import { guardedFetch } from './dist/core/guarded-fetch/node.js'
      const { status, body } = await guardedFetch(() => true)('http://127.0.0.1:${port}/')
      const reader = body.getReader()
      await reader.read()
      reader.read().then(() => undefined)
      console.log(status)`
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 10_000,
    })
    server.close()

    expect(stdout).toBe('200\n')
  }, 20_000)

  it('ends with its signal', async () => {
    const server = await startServer(() => 'hang')

    expect(await outcome(guardedFetch(always)(server.origin, { signal: AbortSignal.timeout(30) }))).toContain(
      'abort',
    )
  })
})

describe('guardedFetch elsewhere', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  it("is the platform's fetch", async () => {
    vi.stubGlobal('fetch', async (input: string) => new Response(input))

    expect(await (await portable.guardedFetch(never)('https://id.example/')).text()).toBe(
      'https://id.example/',
    )
  })
})
