import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import express, { type Express, type Response as ExpressResponse, type RequestHandler } from 'express'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { delegated, endWithDelegation, requireDelegation } from '../../src/adapters/express/index.ts'
import { settled } from '../helpers/manual-timers.ts'
import { type ServedWorld, serveWorld } from '../helpers/served-world.ts'

let at: ServedWorld
let app: Express
let client: Client
/** What no handler listens to, and would end the process. */
let errors: unknown[]

beforeEach(async () => {
  at = await serveWorld()
  app = express().use(delegated(at.verifier))
  at.server.on('request', app)
  client = await Client.connect(at.origin)
  errors = []
})

afterEach(() => {
  client.socket.destroy()
  at.close()
  expect(errors).toEqual([])
})

/** A client of one connection that is not told by a library what to think of it. */
class Client {
  readonly socket: Socket
  received = ''
  /** The code of the error that it was closed with. */
  readonly closed: Promise<string | undefined>

  private constructor(socket: Socket) {
    this.socket = socket
    let code: string | undefined
    this.closed = new Promise((resolve) => socket.once('close', () => resolve(code)))
    socket.on('data', (part) => {
      this.received += String(part)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code
    })
  }

  static async connect(origin: string): Promise<Client> {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    await once(socket, 'connect')
    return new Client(socket)
  }

  /** Sends requests without waiting for answers. */
  send(...requests: readonly string[]): void {
    this.socket.write(requests.join(''))
  }
}

async function get(target: string, { method = 'GET', version = '1.1' } = {}): Promise<string> {
  const signed = Object.entries(await at.sign(target, { method }))
  const fields = signed.map(([name, value]) => `${name}: ${value}`)
  return [`${method} ${target} HTTP/${version}`, 'host: x', ...fields, '', ''].join('\r\n')
}

/** The response to the next request for a target, once its handler has begun. */
function route(target: string, handler: RequestHandler): Promise<ExpressResponse> {
  return new Promise((resolve) => {
    app.get(target, requireDelegation('mail.read'), (req, res, next) => {
      res.on('error', (error) => errors.push(error))
      handler(req, res, next)
      resolve(res)
    })
  })
}

const open: RequestHandler = (_req, res) => {
  res.type('text/event-stream').write('data: open\n\n')
}

const whole: RequestHandler = (_req, res) => {
  res.type('text/event-stream').write('data: whole\n\n')
  res.end()
}

describe('an event stream that its handler has ended, and that is still on its way', () => {
  it('is not added to when its proof ends behind a stream that stays open on the same connection [LC-03]', async () => {
    const behind = await get('/whole')
    await at.timers.advance(30_000)
    const [first, second] = [route('/open', open), route('/whole', whole)]
    client.send(await get('/open'), behind)
    await Promise.all([first, second])

    await at.timers.advance(30_000)

    await settled()
    expect((await second).writableEnded).toBe(true)
    expect((await first).writableEnded).toBe(false)
    expect(client.received).toContain('data: open\n\n')
  })

  it('is not added to when its proof ends before a slow reader has taken it [LC-03]', async () => {
    const response = route('/big', (_req, res) => {
      res.type('text/event-stream').write(`data: ${'x'.repeat(32 * 1024 * 1024)}\n\n`)
      res.end()
    })
    client.socket.pause()
    client.send(await get('/big'))
    expect((await response).writableFinished).toBe(false)

    await at.timers.advance(60_000)

    await settled()
    expect((await response).writableEnded).toBe(true)
  })

  it('arrives whole while its delegation lasts', async () => {
    const response = route('/whole', whole)
    client.send(await get('/whole'))
    await response

    await vi.waitFor(() => expect(client.received).toMatch(/data: whole\n\n\r\n0\r\n\r\n$/))
    expect(at.timers.waiting).toBe(0)
  })
})

describe('a response that its handler asked to end, and that has begun', () => {
  const part =
    (headers: Record<string, string>): RequestHandler =>
    (req, res) => {
      endWithDelegation(req)
      res.set(headers).write('x'.repeat(500))
    }

  it.each([
    ['a length', { 'content-length': '1000' }],
    ['the length of an event stream', { 'content-length': '1000', 'content-type': 'text/event-stream' }],
    ['chunks', {}],
  ])('with %s is broken off, and nothing comes after it on its connection [LC-01]', async (_, headers) => {
    app.get('/ping', (_req, res) => void res.send('PONG'))
    const response = route('/file', part(headers))
    client.send(await get('/file'), 'GET /ping HTTP/1.1\r\nhost: x\r\n\r\n')
    await response
    await vi.waitFor(() => expect(client.received).toContain('xxx'))

    await at.revoke()

    await client.closed
    expect(client.received).not.toMatch(/PONG|delegation-ended|\r\n0\r\n\r\n$/)
    await vi.waitFor(() => expect(at.timers.waiting).toBe(0))
  })

  it('with neither length nor chunks ends with a reset, unlike one that ends by itself [LC-01]', async () => {
    const response = route('/file', part({}))
    client.send(await get('/file', { version: '1.0' }))
    await response
    await vi.waitFor(() => expect(client.received).toContain('xxx'))

    await at.revoke()

    expect(await client.closed).toBe('ECONNRESET')
  })

  it('with neither length nor chunks ends without one when its handler ends it', async () => {
    const response = route('/file', part({}))
    client.send(await get('/file', { version: '1.0' }))
    ;(await response).end()

    expect(await client.closed).toBeUndefined()
  })

  it('is given up when it waits behind another one that goes on', async () => {
    const behind = await get('/file')
    await at.timers.advance(30_000)
    const [first, second] = [route('/open', open), route('/file', part({}))]
    client.send(await get('/open'), behind)
    await Promise.all([first, second])

    await at.timers.advance(30_000)
    ;(await first).end()

    await client.closed
    expect(client.received).toMatch(/data: open\n\n\r\n0\r\n\r\n$/)
  })

  it('is watched no longer than its client stays, though it waits behind another one [LC-03]', async () => {
    const [first, second] = [route('/open', open), route('/file', part({}))]
    client.send(await get('/open'), await get('/file'))
    await Promise.all([first, second])
    expect(at.timers.waiting).toBe(2)

    client.socket.destroy()

    await vi.waitFor(() => expect(at.timers.waiting).toBe(0))
  })
})

describe('an event stream of a server that takes a body for an error', () => {
  const told = async (method: string): Promise<string> => {
    const server = createServer({ rejectNonStandardBodyWrites: true }, app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const response = route('/open', (_req, res) => res.type('text/event-stream').flushHeaders())
    client.socket.destroy()
    client = await Client.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    client.send(await get('/open', { method }))
    await response
    await vi.waitFor(() => expect(client.received).toContain('event-stream'))
    await at.revoke()
    await vi.waitFor(async () => expect((await response).closed).toBe(true))
    client.socket.destroy()
    server.close()
    return client.received
  }

  it('ends with its delegation where it has none, as for HEAD [LC-03]', async () => {
    expect(await told('HEAD')).toMatch(/\r\n\r\n$/)
  })

  it('ends with an event where it has one', async () => {
    expect(await told('GET')).toContain('event: delegation-ended')
  })
})
