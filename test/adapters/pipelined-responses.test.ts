import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import express, { type Express, type Response as ExpressResponse, type RequestHandler } from 'express'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { delegated, requireDelegation } from '../../src/adapters/express/index.ts'
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

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (part) => {
      this.received += String(part)
    })
    socket.on('error', () => undefined)
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

async function get(target: string): Promise<string> {
  const fields = Object.entries(await at.sign(target)).map(([name, value]) => `${name}: ${value}`)
  return [`GET ${target} HTTP/1.1`, 'host: x', ...fields, '', ''].join('\r\n')
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
