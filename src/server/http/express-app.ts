import type { IncomingMessage } from 'node:http'
import express, {
  type Express,
  type Request as ExpressRequest,
  type Response as ExpressResponse,
} from 'express'
import { rateLimit } from 'express-rate-limit'
import helmet from 'helmet'
import { ByteCollector } from '../../core/byte-collector.ts'
import { systemClock, systemRandom } from '../../core/clock.ts'
import { createUuid } from '../../core/uuid.ts'
import { ApiError } from '../api-error.ts'
import { MAX_BODY_BYTES } from '../limits.ts'
import { problemResponse, toApiError } from '../problem-details.ts'
import { withCors } from './cors.ts'
import type { Handler } from './create-handler.ts'
import { EventStreams, isEventStream } from './event-streams.ts'
import { FailureLimiter } from './failure-limiter.ts'
import { noticeProxy } from './notice-proxy.ts'
import { rateLimited } from './rate-limited.ts'
import { tooLarge } from './read-body.ts'

export interface AppOptions {
  /** Scheme, host and port under which the world reaches the service. */
  readonly origin: string
  /** Requests per minute from one address. */
  readonly requestsPerMinute: number
  /** Requests per minute from one address that may be answered with 401. */
  readonly unsignedPerMinute: number
  /** How many proxies stand in front and add to `X-Forwarded-For`. */
  readonly trustedProxies: number
  /** Is told once that a proxy stands in front although none is trusted. Default: nobody is. */
  readonly onUntrustedProxy?: () => void
}

/** Below it lies everything that must be signed; whoever fails there still gets what is public, the status above all. */
const SIGNED_ROUTES = '/v1'

/** Nothing here is a page: whatever a browser is made to show runs nothing, loads nothing and is framed by nobody. */
const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
}

/** Mounts the handler in Express: security headers, rate limits, and the bridge to the Fetch standard. */
export function createExpressApp(handler: Handler, options: AppOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', options.trustedProxies)
  app.use(helmet({ contentSecurityPolicy: CONTENT_SECURITY_POLICY }))
  if (options.trustedProxies === 0) app.use(noticeProxy(options.onUntrustedProxy ?? (() => undefined)))
  app.use(limitRequests(options.requestsPerMinute))
  const answer = (req: ExpressRequest) => bridge(handler, options.origin, req)
  const failures = new FailureLimiter(options.unsignedPerMinute, systemClock, newRequestId)
  app.use(SIGNED_ROUTES, async (req, res) => send(res, await failures.guard(req, () => answer(req))))
  const streams = new EventStreams()
  app.use(async (req, res) => {
    const response = await answer(req)
    if (!isEventStream(response)) return send(res, response)
    const full = await streams.send(req, res, response)
    if (full !== undefined) await send(res, withCors(problem(full)))
  })
  return app
}

/** Counts all requests of an address. */
function limitRequests(limit: number) {
  return rateLimit({
    windowMs: 60_000,
    limit,
    standardHeaders: false,
    legacyHeaders: false,
    validate: false,
    requestPropertyName: COUNT_OF_ADDRESS,
    handler: (req, res) => send(res, problem(rateLimited(msUntilReset(req), 'requests from this address'))),
  })
}

/** Under which the request carries how much its address has used. */
const COUNT_OF_ADDRESS = 'countOfAddress'

function msUntilReset(req: ExpressRequest): number {
  const count: { readonly resetTime?: unknown } | undefined = Reflect.get(req, COUNT_OF_ADDRESS)
  return count?.resetTime instanceof Date ? count.resetTime.getTime() - Date.now() : 0
}

/** Never rejects: what cannot become a request of the Fetch standard is a problem. */
async function bridge(handler: Handler, origin: string, req: ExpressRequest): Promise<Response> {
  try {
    return await handler(await toRequest(origin, req))
  } catch (thrown) {
    return problem(toApiError(thrown))
  }
}

async function toRequest(origin: string, req: ExpressRequest): Promise<Request> {
  const body = await collectBody(req)
  const url = exactUrl(origin, req.originalUrl)
  const init = { method: req.method, headers: toHeaders(req) }
  try {
    return new Request(url, body.length === 0 ? init : { ...init, body })
  } catch (cause) {
    throw new ApiError('malformed_request', { detail: 'this method cannot be used' }, { cause })
  }
}

/** Two spellings of one target would be two things signed; only the one that URLs normalise to is accepted. */
function exactUrl(origin: string, target: string): URL {
  const url = URL.canParse(target, origin) ? new URL(target, origin) : undefined
  if (url === undefined || url.pathname + url.search !== target) {
    throw new ApiError('malformed_request', { detail: 'the request target is not in its normal form' })
  }
  return url
}

function toHeaders(req: IncomingMessage): Headers {
  const headers = new Headers()
  for (let i = 0; i + 1 < req.rawHeaders.length; i += 2) {
    headers.append(req.rawHeaders[i] ?? '', req.rawHeaders[i + 1] ?? '')
  }
  return headers
}

/** The body as received; stops listening, and the connection with it, once it is too large. */
function collectBody(req: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return Promise.reject(tooLarge())
  return new Promise((resolve, reject) => {
    const body = new ByteCollector(MAX_BODY_BYTES)
    req.on('data', (part: Uint8Array) => {
      if (!body.add(part)) reject(tooLarge())
    })
    req.on('end', () => resolve(body.bytes()))
    req.on('error', reject)
    req.on('close', () => {
      if (!req.complete) reject(new ApiError('malformed_request', { detail: 'the request was cut off' }))
    })
  })
}

function problem(error: ApiError): Response {
  return problemResponse(error, newRequestId())
}

function newRequestId(): string {
  return createUuid(systemRandom)
}

async function send(res: ExpressResponse, response: Response): Promise<void> {
  res.status(response.status)
  for (const [name, value] of response.headers) res.setHeader(name, value)
  if (response.status === 413) res.setHeader('connection', 'close')
  res.end(response.body === null ? undefined : new Uint8Array(await response.arrayBuffer()))
}
