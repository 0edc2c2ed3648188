import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { ProcuraError } from '../../errors.ts'
import {
  CONNECTION_CHECK_MS,
  DRAIN_MS,
  HEADERS_TIMEOUT_MS,
  IDLE_CHECK_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  MAX_REQUESTS_PER_SOCKET,
  REQUEST_TIMEOUT_MS,
} from '../limits.ts'

/** A certificate with its private key, both in PEM. */
export interface TlsIdentity {
  readonly certificate: string
  readonly privateKey: string
}

const OPTIONS = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  connectionsCheckingInterval: CONNECTION_CHECK_MS,
}

/**
 * Makes a server whose connections, header fields and times are bounded.
 *
 * @param tls Default: plain HTTP, for whom a proxy speaks TLS.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when certificate and key are not PEM, or not of each other.
 */
export function createHttpServer(listener: RequestListener, tls?: TlsIdentity): Server {
  const server = tls === undefined ? createServer(OPTIONS, listener) : createHttpsServer(listener, tls)
  server.maxConnections = MAX_CONNECTIONS
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET
  return server
}

function createHttpsServer(listener: RequestListener, { certificate, privateKey }: TlsIdentity): Server {
  try {
    return createTlsServer({ ...OPTIONS, cert: certificate, key: privateKey }, listener)
  } catch (cause) {
    throw misconfigured('the certificate and its private key must be PEM and belong together', cause)
  }
}

/**
 * Starts to listen.
 *
 * @param port 0 takes any free one.
 * @returns Address and port, as they stand in a URL: `127.0.0.1:8787`.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`
 */
export function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'the port is in use' : (cause.code ?? 'unknown')
      reject(misconfigured(`cannot listen on ${host}:${port}: ${reason}`, cause))
    })
    server.listen(port, host, () => {
      const { address, family, port: bound } = server.address() as AddressInfo
      resolve(`${family === 'IPv6' ? `[${address}]` : address}:${bound}`)
    })
  })
}

/**
 * Accepts nothing more and lets what runs finish; whoever takes too long is cut off. Clients keep a connection for
 * their next request: each is closed as soon as nothing runs on it.
 */
export function drain(server: Server): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
  const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
  return new Promise((resolve) => {
    server.close(() => {
      clearInterval(idle)
      clearTimeout(deadline)
      resolve()
    })
  })
}

function misconfigured(message: string, cause: unknown): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message, { cause })
}
