import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { DEFAULT_LIST_VALIDITY_MS } from '../../src/status/status-list-credential.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { FETCH_DEADLINE_MS } from '../../src/verifier/fetch-document.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { AUDIENCE, codeOf, World } from '../helpers/world.ts'
import { READ } from './stage.ts'

let server: Server
let port: number
let world: World
/** Sockets that the verifier holds open. */
let sockets: Set<Socket>
/** Answers in the place of the status host; `undefined` where it answers itself. */
let answer: RequestListener | undefined
let asked: string[]

beforeEach(async () => {
  sockets = new Set()
  asked = []
  answer = undefined
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (answer !== undefined) return answer(request, response)
    const text = world.site.documents.get(`http://127.0.0.1:${port}${request.url}`)
    response.writeHead(text === undefined ? 404 : 200).end(text)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  port = (server.address() as AddressInfo).port
  world = await World.create('Ed25519', { base: `http://127.0.0.1:${port}/status/acme` })
})

/** A verifier that fetches as Node does. */
function make(options: Partial<VerifierOptions> = {}): Verifier {
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    clock: world.clock,
    ...options,
  })
  onTestFinished(() => verifier.close())
  return verifier
}

async function outcome(verifier: Verifier): Promise<string> {
  return codeOf(await verifier.verify(await world.present(await world.agentChain()), READ))
}

describe('a status host that', () => {
  it.each<[what: string, listener: RequestListener]>([
    ['answers 404', (_, response) => response.writeHead(404).end()],
    ['answers 500', (_, response) => response.writeHead(500).end('{"lists":[]}')],
    ['answers 429', (_, response) => response.writeHead(429, { 'retry-after': '86400' }).end()],
    ['answers 204', (_, response) => response.writeHead(204).end()],
    ['cuts the connection', (request) => request.socket.destroy()],
    [
      'breaks off',
      (request, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('eyJ')
        setTimeout(() => request.socket.destroy(), 10)
      },
    ],
    [
      'switches protocols',
      (request) =>
        request.socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    ],
    ['speaks no HTTP', (request) => request.socket.end('220 ready\r\n')],
  ])(
    '%s leaves status unknown, until it is older than the policy allows [SL-01, PD-01, PD-16]',
    async (_what, listener) => {
      answer = listener
      const cold = make()
      await cold.sync()
      answer = undefined
      const warm = make()
      await warm.sync()
      answer = listener
      await warm.sync()

      expect(await outcome(cold)).toBe('status_unavailable')
      expect(await outcome(warm)).toBe('verified')
      world.now += 301_000
      await warm.sync()
      expect(await outcome(warm)).toBe('status_stale')
      answer = undefined
      world.site.set('revocation', 77)
      await world.site.publish()
      await warm.sync()
      await cold.sync()
      expect([await outcome(cold), await outcome(warm)]).toContain('verified')
    },
  )

  it('is not there leaves status unknown [SL-01]', async () => {
    server.closeAllConnections()
    server.close()
    const verifier = make()

    expect(await verifier.sync()).toMatchObject([{ failure: { code: 'status_unavailable' } }])
    expect(await outcome(verifier)).toBe('status_unavailable')
  })

  it.each<[what: string, listener: RequestListener]>([
    ['says nothing', () => undefined],
    ['sends a head and nothing more', (_, response) => void response.writeHead(200).write('e')],
    [
      'sends a byte at a time',
      (_, response) => {
        response.writeHead(200)
        const timer = setInterval(() => response.write('e'), 50)
        response.on('close', () => clearInterval(timer))
      },
    ],
  ])(
    '%s is given up at the deadline, its connection closed [SL-02]',
    { timeout: 15_000 },
    async (_what, listener) => {
      answer = listener
      const verifier = make()
      const start = Date.now()
      const [state] = await verifier.sync()

      expect(state).toMatchObject({ failure: { code: 'status_unavailable' } })
      expect(Date.now() - start).toBeGreaterThanOrEqual(FETCH_DEADLINE_MS - 100)
      await expect.poll(() => sockets.size).toBe(0)
      answer = undefined
      await verifier.sync()
      expect(await outcome(verifier)).toBe('verified')
    },
  )

  it('sends without end is cut off where a head ends [SL-02]', async () => {
    let sent = 0
    answer = (_, response) => {
      response.writeHead(200)
      const write = (): void => {
        while (!response.destroyed && response.write('e'.repeat(16_384))) sent += 16_384
      }
      response.on('drain', write)
      write()
    }
    const verifier = make()
    await verifier.sync()

    expect(await outcome(verifier)).toBe('status_unavailable')
    await expect.poll(() => sockets.size).toBe(0)
    expect(sent).toBeLessThan(16 * 1024 * 1024)
  })

  it.each([
    ['another host', 'http://127.0.0.1:OTHER/head'],
    ['the address of a cloud host', 'http://169.254.169.254/latest'],
    ['a file', 'file:///etc/passwd'],
    ['itself', '/status/acme/head'],
    ['another path', '/elsewhere/head'],
  ])('leads to %s is not followed [SL-05]', async (_what, location) => {
    let reached = 0
    const other = createServer((_, response) => {
      reached += 1
      response.end()
    })
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const to = location.replace('OTHER', String((other.address() as AddressInfo).port))
    for (const status of [301, 302, 303, 307, 308]) {
      answer = (_, response) => response.writeHead(status, { location: to }).end()
      const verifier = make()
      await verifier.sync()
      expect(await outcome(verifier)).toBe('status_unavailable')
    }

    expect(reached).toBe(0)
    expect(new Set(asked)).toEqual(new Set(['/status/acme/head']))
    answer = undefined
    const verifier = make()
    await verifier.sync()
    expect(await outcome(verifier)).toBe('verified')
  })

  it('is asked once, however many presentations name its lists at once [SL-26]', async () => {
    answer = (_, response) => response.writeHead(500).end()
    const verifier = make()
    await verifier.sync()
    answer = undefined
    asked.length = 0
    const chain = await world.agentChain()
    const requests = await Promise.all(Array.from({ length: 200 }, () => world.present(chain)))
    const codes = await Promise.all(
      requests.map(async (request) => codeOf(await verifier.verify(request, READ))),
    )

    expect(new Set(codes)).toEqual(new Set(['status_unavailable']))
    await expect.poll(() => outcome(verifier)).toBe('verified')
    for (const path of new Set(asked)) expect(asked.filter((one) => one === path)).toHaveLength(1)
  })

  it.each<[what: string, laterMs: number, code: string]>([
    ['is as old as it may be', 300_000, 'verified'],
    ['is too old', 300_001, 'status_stale'],
    ['has ended', DEFAULT_LIST_VALIDITY_MS, 'status_stale'],
  ])(
    'is asked by nobody of 5,000 who verify at the moment when what is held %s, and once for each document by who looks then [SL-26]',
    async (_what, laterMs, code) => {
      const verifier = make({ bearer: ['mail.read'] })
      await verifier.sync()
      world.now += laterMs
      const token = await world.token(await world.agentChain())
      asked.length = 0
      const verdicts = Array.from({ length: 5_000 }, () => verifier.verifyToken(token, READ))
      const codes = (await Promise.all(verdicts)).map(codeOf)

      expect(new Set(codes)).toEqual(new Set([code]))
      expect(asked).toEqual([])
      world.site.set('revocation', 77)
      world.site.set('suspension', 77)
      await world.site.publish()
      const looks = Array.from({ length: 100 }, () => verifier.sync())
      const again = Array.from({ length: 500 }, () => verifier.verifyToken(token, READ))
      await Promise.all([...looks, ...again])
      expect(codeOf(await verifier.verifyToken(token, READ))).toBe('verified')
      for (const path of new Set(asked)) expect(asked.filter((one) => one === path)).toHaveLength(1)
      expect(asked.filter((path) => path.endsWith('/head'))).toHaveLength(1)
    },
  )

  it('failed once is asked again, and then believed [SL-26]', async () => {
    answer = (_, response) => response.writeHead(500).end()
    const verifier = make()
    await verifier.sync()
    expect(await outcome(verifier)).toBe('status_unavailable')
    answer = undefined
    await verifier.sync()

    expect(await outcome(verifier)).toBe('verified')
  })
})
