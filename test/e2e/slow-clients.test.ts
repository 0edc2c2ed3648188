import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { HEADERS_TIMEOUT_MS } from '../../src/server/limits.ts'
import { send, startTestService } from '../helpers/issuer-service.ts'

let service: Awaited<ReturnType<typeof startTestService>>

beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

function open(): Socket {
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  return socket
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

describe('connections [SC-06]', () => {
  it('that send their header fields byte by byte are cut off, while others are served', async () => {
    const slow = Array.from({ length: 200 }, open)
    for (const socket of slow) socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n')
    const drip = setInterval(() => {
      for (const socket of slow) if (!socket.destroyed) socket.write('X-A: b\r\n')
    }, 500)
    onTestFinished(() => clearInterval(drip))

    const ended = Promise.all(slow.map(closed))
    expect((await send(`${service.url}/livez`)).status).toBe(200)
    const outcome = await Promise.race([
      ended.then(() => 'cut off'),
      new Promise((resolve) => setTimeout(() => resolve('kept'), HEADERS_TIMEOUT_MS + 12_000)),
    ])

    expect(outcome).toBe('cut off')
    expect((await send(`${service.url}/readyz`)).status).toBe(200)
  }, 40_000)

  it('that stay idle are closed after a while', async () => {
    const socket = open()
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    socket.resume()

    await closed(socket)
  }, 20_000)
})
