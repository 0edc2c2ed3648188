import type { Server } from 'node:http'
import { createServer } from 'node:net'

/** A port of the loopback interface that nobody uses. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  const port = await listen(probe)
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** Lets an HTTP server listen on a free port. Answers its origin: `http://127.0.0.1:4711`. */
export async function originOf(server: Server): Promise<string> {
  return `http://127.0.0.1:${await listen(server)}`
}

function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address !== null) resolve(address.port)
      else reject(new Error('no port'))
    })
  })
}
