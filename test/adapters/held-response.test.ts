import { once } from 'node:events'
import { connect } from 'node:net'
import express, { type Express, type Response as ExpressResponse, type RequestHandler } from 'express'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { END_GRACE_MS } from '../../src/adapters/express/held-response.ts'
import { delegated, endWithDelegation, requireDelegation } from '../../src/adapters/express/index.ts'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import type { Watch } from '../../src/verifier/watch.ts'
import { settled } from '../helpers/manual-timers.ts'
import { type ServedWorld, serveWorld } from '../helpers/served-world.ts'

const LAST = (code: string) => `event: delegation-ended\ndata: {"code":"${code}"}\n\n`
const PROOF_MS = 60_000

let at: ServedWorld
/** Responses in the order of their requests. */
let responses: ExpressResponse[]
let errors: unknown[]

beforeEach(async () => {
  at = await serveWorld()
  responses = []
  errors = []
})

afterEach(() => {
  at.close()
  expect(errors).toEqual([])
})

function serve(handler: RequestHandler, more: (app: Express) => void = () => undefined): void {
  const app = express()
  app.use(delegated(at.verifier))
  more(app)
  app.get('/events', requireDelegation('mail.read'), (req, res, next) => {
    responses.push(res)
    res.on('error', (error) => errors.push(error))
    handler(req, res, next)
  })
  at.server.on('request', app)
}

const stream: RequestHandler = (_req, res) => {
  res.set('content-type', 'text/event-stream')
  res.write('data: first\n\n')
}

interface Listener {
  readonly status: number
  readonly text: () => string
  readonly ended: Promise<string>
}

/** Reads a response until it ends. */
async function listen(target = '/events', headers?: Record<string, string>): Promise<Listener> {
  const response = await fetch(at.origin + target, { headers: headers ?? (await at.sign(target)) })
  let text = ''
  const ended = (async () => {
    const decoder = new TextDecoder()
    for await (const part of response.body ?? []) text += decoder.decode(part, { stream: true })
    return text
  })()
  return { status: response.status, text: () => text, ended }
}

describe('an event stream over Express', () => {
  it('goes on while all holds, and is closed when the proof of its request ends, with an event that says why', async () => {
    serve(stream)
    const listener = await listen()

    for (let i = 0; i < 5; i++) {
      await at.timers.advance(11_000)
      await at.world.site.publish()
      await at.verifier.sync()
    }
    responses[0]?.write('data: second\n\n')
    await vi.waitFor(() => expect(listener.text()).toBe('data: first\n\ndata: second\n\n'))
    await at.timers.advance(5_000)

    expect(await listener.ended).toBe(`data: first\n\ndata: second\n\n${LAST('holder_proof_invalid')}`)
    await vi.waitFor(() => expect(at.timers.waiting).toBe(0))
  })

  it('is closed when it is revoked in the middle [LC-01]', async () => {
    serve(stream)
    const listener = await listen()

    await at.revoke()

    expect(await listener.ended).toBe(`data: first\n\n${LAST('revoked')}`)
  })

  it('is closed by the poll in the background, with no call of anybody', async () => {
    const { world, origin } = at
    const verifier = createVerifier({
      audience: `${origin}/`,
      trust: [world.trust],
      freshness: { '*': 'sensitive' },
      pollSeconds: 0.05,
      fetch: world.site.fetch,
      clock: world.clock,
    })
    at = { ...at, verifier }
    await verifier.start()
    serve(stream)
    const listener = await listen()

    world.site.set('suspension', 1)
    await world.site.publish()

    expect(await listener.ended).toBe(`data: first\n\n${LAST('suspended')}`)
    verifier.close()
  })

  it('is closed when the issuer cannot be reached for longer than the policy allows', async () => {
    at.close()
    at = await serveWorld({ freshness: { '*': 'critical' } })
    serve(stream)
    const listener = await listen()
    at.world.site.reachable = false

    await at.timers.advance(30_001)

    expect(await listener.ended).toBe(`data: first\n\n${LAST('status_stale')}`)
  })

  it.each<[string, (res: ExpressResponse) => void]>([
    [
      'by writeHead with an object',
      (res) => void res.writeHead(200, { 'Content-Type': 'text/event-stream' }),
    ],
    [
      'by writeHead with a reason',
      (res) => void res.writeHead(200, 'OK', { 'content-type': 'text/event-stream' }),
    ],
    [
      'by writeHead with a list',
      (res) => void res.writeHead(200, ['X-A', 'b', 'content-type', 'text/event-stream']),
    ],
    [
      'by writeHead with pairs',
      (res) => void res.writeHead(200, [['Content-Type', 'text/event-stream']] as unknown as string[]),
    ],
    ['by flushing the header', (res) => void res.type('text/event-stream').flushHeaders()],
    [
      'with a charset',
      (res) => void res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }),
    ],
  ])('is known however it is begun: %s', async (_, begin) => {
    const bare = (app: Express): void => void app.disable('x-powered-by')
    serve((_req, res) => {
      begin(res)
      res.write('data: x\n\n')
    }, bare)
    const listener = await listen()
    await vi.waitFor(() => expect(listener.text()).toBe('data: x\n\n'))

    await at.revoke()

    expect(await listener.ended).toBe(`data: x\n\n${LAST('revoked')}`)
  })

  it('is closed without a word in the middle of an event, whose half nobody takes for a whole', async () => {
    serve((_req, res) => {
      res.type('text/event-stream')
      res.write('data: first\n\ndata: pay 1')
    })
    const listener = await listen()

    await at.revoke()

    expect(await listener.ended).toBe('data: first\n\ndata: pay 1')
  })

  it('is told to a handler by close, and swallows what is written afterwards [LC-01]', async () => {
    serve(stream)
    const listener = await listen()
    const closed = once(responses[0] as ExpressResponse, 'close')

    await at.revoke()
    expect(responses[0]?.write('data: secret\n\n')).toBe(false)
    responses[0]?.end('data: secret\n\n')
    responses[0]?.end()
    await closed

    expect(await listener.ended).not.toContain('secret')
  })

  it('is not begun when it was revoked in between', async () => {
    serve(async (_req, res) => {
      await at.revoke()
      res.type('text/event-stream').write('data: first\n\n')
      await settled()
      res.write('data: second\n\n')
    })
    const listener = await listen()

    expect(await listener.ended).toBe(`data: first\n\n${LAST('revoked')}`)
  })

  it('is watched no longer than it lasts', async () => {
    serve((_req, res) => {
      stream(_req, res, () => undefined)
      setImmediate(() => res.end())
    })

    const listener = await listen()

    expect(await listener.ended).toBe('data: first\n\n')
    await vi.waitFor(() => expect(at.timers.waiting).toBe(0))
  })

  it('is watched no longer than its client stays', async () => {
    serve(stream)
    const controller = new AbortController()
    const response = await fetch(`${at.origin}/events`, {
      headers: await at.sign('/events'),
      signal: controller.signal,
    })
    expect(response.status).toBe(200)
    expect(at.timers.waiting).toBe(1)

    controller.abort()

    await vi.waitFor(() => expect(at.timers.waiting).toBe(0))
  })

  it('does not keep a connection for a client that never reads [LC-03]', async () => {
    serve((_req, res) => {
      res.type('text/event-stream')
      res.write(`data: ${'x'.repeat(8 * 1024 * 1024)}\n\n`)
    })
    const { port } = new URL(at.origin)
    const socket = connect(Number(port), '127.0.0.1')
    const fields = Object.entries(await at.sign('/events')).map(([name, value]) => `${name}: ${value}`)
    socket.write([`GET /events HTTP/1.1`, `host: x`, ...fields, '', ''].join('\r\n'))
    socket.pause()
    await vi.waitFor(() => expect(responses).toHaveLength(1))
    const closed = once(responses[0] as ExpressResponse, 'close')

    await at.revoke()
    await at.timers.advance(END_GRACE_MS - 1)
    expect(responses[0]?.closed).toBe(false)
    await at.timers.advance(1)

    await closed
    socket.destroy()
  })
})

describe('another response over Express', () => {
  it('is left alone, however long it takes', async () => {
    serve((_req, res) => {
      res.type('application/x-ndjson')
      res.write('{}\n')
    })
    const listener = await listen()
    await vi.waitFor(() => expect(listener.text()).toBe('{}\n'))

    await at.revoke()
    await at.timers.advance(PROOF_MS)
    responses[0]?.end('{}\n')

    expect(await listener.ended).toBe('{}\n{}\n')
  })

  it('breaks off with its delegation when it is asked for, so that no part is taken for the whole [LC-01]', async () => {
    serve((req, res) => {
      res.type('application/x-ndjson')
      endWithDelegation(req)
      res.write('{}\n')
    })
    const listener = await listen()
    await vi.waitFor(() => expect(listener.text()).toBe('{}\n'))

    const broken = expect(listener.ended).rejects.toThrow('terminated')
    await at.revoke()

    await broken
    expect(listener.text()).toBe('{}\n')
  })

  it('is a refusal when the delegation ends before anything was said', async () => {
    serve((req) => void endWithDelegation(req))
    const answer = listen()
    await vi.waitFor(() => expect(responses).toHaveLength(1))

    await at.revoke()

    const { status, ended } = await answer
    expect(status).toBe(401)
    expect(JSON.parse(await ended)).toMatchObject({ code: 'revoked', link: 1 })
  })

  it('is a refusal of its own length, whatever its handler has set for another body', async () => {
    serve((req, res) => {
      res.set({ 'content-length': '1000', 'content-encoding': 'gzip', etag: '"a"', 'x-request': '1' })
      endWithDelegation(req)
    })
    const answer = fetch(`${at.origin}/events`, { headers: await at.sign('/events') })
    await vi.waitFor(() => expect(responses).toHaveLength(1))

    await at.revoke()

    const { headers, ...refused } = await answer
    expect(await (await answer).json()).toMatchObject({ code: 'revoked' })
    expect([headers.get('etag'), headers.get('content-encoding'), headers.get('x-request')]).toEqual([
      null,
      null,
      '1',
    ])
    expect(refused).toBeDefined()
  })

  it('lets a handler answer that has not noticed the end: it goes nowhere, and nothing throws [LC-03]', async () => {
    serve((req) => void endWithDelegation(req))
    const answer = listen()
    await vi.waitFor(() => expect(responses).toHaveLength(1))
    const [res] = responses as [ExpressResponse]

    await at.revoke()

    expect(() => {
      res.writeEarlyHints({ link: '</a>; rel=preload' })
      res.status(200).cookie('a', 'b').append('x-a', 'b').removeHeader('etag')
      res.setHeaders(new Map([['x-a', 'c']]))
      res.flushHeaders()
      res.writeHead(200, { 'x-a': 'd' }).write('late')
      res.json({ done: true })
    }).not.toThrow()
    const { status, ended } = await answer
    expect([status, JSON.parse(await ended).code]).toEqual([401, 'revoked'])
  })

  it('tells who waits for a write after the end that it failed', async () => {
    serve((req, res) => {
      endWithDelegation(req)
      stream(req, res, () => undefined)
    })
    const listener = await listen()
    const [res] = responses as [ExpressResponse]
    const outcome = (write: (done: (error?: Error | null) => void) => void) =>
      new Promise((resolve) => write((error) => resolve(error?.message ?? 'written')))
    expect(await outcome((done) => res.write('data: a\n\n', done))).toBe('written')

    await at.revoke()

    const late = 'the response has ended with its delegation'
    expect(await outcome((done) => res.write('data: b\n\n', 'utf8', done))).toBe(late)
    expect(await outcome((done) => res.end(done))).toBe(late)
    expect(await listener.ended).not.toContain('data: b')
  })

  it('has one watch, which goes on with a newer verdict of the same presenter', async () => {
    let watch: Watch | undefined
    serve((req, res) => {
      watch = endWithDelegation(req)
      stream(req, res, () => undefined)
      expect(endWithDelegation(req)).toBe(watch)
    })
    const listener = await listen()
    await at.timers.advance(50_000)
    await at.world.site.publish()
    await at.verifier.sync()
    const request = await at.world.present(at.chain, { target: '/events', origin: at.origin })
    const ask = { action: 'mail.read', clientAddress: '127.0.0.1' }

    expect(watch?.renew(await at.verifier.verify(request, ask))).toMatchObject({ verified: true })
    await at.timers.advance(50_000)
    responses[0]?.end('data: last\n\n')

    expect(await listener.ended).toBe('data: first\n\ndata: last\n\n')
  })

  it('is not watched when its client left before that was asked for', async () => {
    const controller = new AbortController()
    let isAsked = false
    serve(async (req, res) => {
      controller.abort()
      await once(res, 'close')
      endWithDelegation(req)
      isAsked = true
    })
    const headers = await at.sign('/events')

    await expect(fetch(`${at.origin}/events`, { headers, signal: controller.signal })).rejects.toThrow(
      'abort',
    )

    await vi.waitFor(() => expect(isAsked).toBe(true))
    expect(at.timers.waiting).toBe(0)
  })

  it('cannot be asked for where no delegation was required', async () => {
    serve(stream, (app) => {
      app.get('/open', (req, res) => {
        expect(() => endWithDelegation(req)).toThrow(
          expect.objectContaining({ code: 'ERR_PROCURA_NOT_STARTED' }),
        )
        res.end()
      })
    })

    expect((await fetch(`${at.origin}/open`)).status).toBe(200)
  })
})
