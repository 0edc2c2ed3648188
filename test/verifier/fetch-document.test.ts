import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { FETCH_DEADLINE_MS, fetchDocument } from '../../src/verifier/fetch-document.ts'

let server: Server

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/head`
}

const LIMIT = 100

describe('fetching a document', () => {
  it('answers its text, up to the limit', async () => {
    const url = await serve((_req, res) => res.end('x'.repeat(LIMIT)))

    expect(await fetchDocument(fetch, url, LIMIT)).toEqual({ verified: true, value: 'x'.repeat(LIMIT) })
  })

  it.each<[what: string, listener: RequestListener, code: string]>([
    ['more than the limit', (_req, res) => res.end('x'.repeat(LIMIT + 1)), 'status_unavailable'],
    ['an error', (_req, res) => res.writeHead(500).end('down'), 'status_unavailable'],
    ['nothing to be found', (_req, res) => res.writeHead(404).end(), 'status_unavailable'],
    [
      'too many requests',
      (_req, res) => res.writeHead(429, { 'retry-after': '9' }).end(),
      'status_unavailable',
    ],
    ['no body', (_req, res) => res.writeHead(204).end(), 'status_unavailable'],
    ['bytes that are no text', (_req, res) => res.end(Buffer.of(0xff, 0xfe)), 'status_invalid'],
    ['a connection that breaks', (req) => req.socket.destroy(), 'status_unavailable'],
    [
      'a body that breaks off',
      (req, res) => {
        res.writeHead(200, { 'content-length': '50' }).write('half')
        setTimeout(() => req.socket.destroy(), 10)
      },
      'status_unavailable',
    ],
  ])('refuses %s [SL-01]', async (_, listener, code) => {
    expect(await fetchDocument(fetch, await serve(listener), LIMIT)).toMatchObject({ refusal: { code } })
  })

  it('does not follow a redirect [SL-05]', async () => {
    const asked: (string | undefined)[] = []
    const url = await serve((req, res) => {
      asked.push(req.url)
      res.writeHead(302, { location: '/elsewhere' }).end()
    })

    expect(await fetchDocument(fetch, url, LIMIT)).toMatchObject({ refusal: { code: 'status_unavailable' } })
    expect(asked).toEqual(['/head'])
  })

  it(
    'gives up at the deadline on a body that trickles, and lets the connection go [SL-02]',
    async () => {
      let closed = false
      const url = await serve((req, res) => {
        const timer = setInterval(() => res.write('x'), 200)
        req.socket.on('close', () => {
          clearInterval(timer)
          closed = true
        })
      })

      expect(await fetchDocument(fetch, url, LIMIT)).toMatchObject({
        refusal: { code: 'status_unavailable' },
      })
      await expect.poll(() => closed).toBe(true)
    },
    FETCH_DEADLINE_MS * 3,
  )
})
