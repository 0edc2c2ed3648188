import { createServer } from 'node:http'
import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { freePort } from './issuer-service.ts'

/** A token as it came, and what was sent along. */
export interface ReceivedSet {
  readonly token: string
  readonly contentType: string | undefined
  readonly accept: string | undefined
  readonly authorization: string | undefined
}

/** Somebody to whom security event tokens are pushed (RFC 8935), on loopback. */
export interface EventReceiver {
  readonly host: string
  readonly url: string
  readonly received: readonly ReceivedSet[]
  /** Answers this from now on. Default 202. */
  answer(status: number): void
  /** Is not there, or again at the same place. */
  stop(): Promise<void>
  start(): Promise<void>
}

export async function startEventReceiver(): Promise<EventReceiver> {
  const port = await freePort()
  const received: ReceivedSet[] = []
  let status = 202
  const server = createServer((req, res) => {
    const parts: Buffer[] = []
    req.on('data', (part: Buffer) => parts.push(part))
    req.on('end', () => {
      const { accept, authorization, 'content-type': contentType } = req.headers
      received.push({ token: Buffer.concat(parts).toString(), contentType, accept, authorization })
      res.writeHead(status).end()
    })
  })
  const start = () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  await start()
  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}/events`,
    received,
    answer: (next) => {
      status = next
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
    start,
  }
}

/** Verifies a token as a receiver does that knows nothing of us: by the configuration of its issuer, with `jose`. */
export async function openSet(token: string, issuer: string, audience: string): Promise<JWTPayload> {
  const { origin, pathname } = new URL(issuer)
  const path = pathname === '/' ? '' : pathname
  const configuration = await (await fetch(`${origin}/.well-known/ssf-configuration${path}`)).json()
  if (configuration.issuer !== issuer) throw new Error('the configuration is of another issuer')
  const jwks = await (await fetch(configuration.jwks_uri)).json()
  const options = { issuer, audience, typ: 'secevent+jwt', algorithms: ['RS256'] }
  return (await jwtVerify(token, createLocalJWKSet(jwks), options)).payload
}
