import { type Clock, type Fetch, type Random, systemClock, systemRandom } from '../../core/clock.ts'
import { createUuid } from '../../core/uuid.ts'
import { ApiError } from '../api-error.ts'
import type { Handler } from '../http/create-handler.ts'
import { createExpressApp } from '../http/express-app.ts'
import { createHttpServer, drain, listen, type TlsIdentity } from '../http/http-server.ts'
import { REQUESTS_PER_MINUTE, UNSIGNED_PER_MINUTE } from '../limits.ts'
import type { Logger } from '../logger.ts'
import { problemResponse } from '../problem-details.ts'
import { createVcApi, isInstancePath, resolveIdentifier, type SignInHeader } from './handler.ts'
import type { Mode } from './instance.ts'

export interface ServeInstancesOptions {
  /** 0 takes any free one. */
  readonly port: number
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string
  /** Default: scheme, address and port on which it listens. */
  readonly origin?: string
  readonly mode: Mode
  /** Default: plain HTTP. */
  readonly tls?: TlsIdentity
  readonly header?: SignInHeader
  /** Default none. */
  readonly statusOrigins?: readonly string[]
  readonly log: Logger
  /** Default: the platform's. */
  readonly fetch?: Fetch
  readonly clock?: Clock
  readonly random?: Random
}

export interface ServedInstances {
  readonly origin: string
  /** Stops accepting, finishes what runs. The keys of the instances are gone. */
  close(): Promise<void>
}

/**
 * Serves VC API instances and DID resolution, and nothing else: no store, no tenant, no key that outlives it.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`
 */
export async function serveInstances(options: ServeInstancesOptions): Promise<ServedInstances> {
  const { port, host = '127.0.0.1', tls, clock = systemClock, random = systemRandom } = options
  let app: ReturnType<typeof createExpressApp> | undefined
  // The origin, and with it everything else, is known once a free port has been taken.
  const server = createHttpServer((req, res) => {
    if (app === undefined) res.writeHead(503).end()
    else app(req, res)
  }, tls)
  const address = await listen(server, host, port)
  try {
    const origin = options.origin ?? `${tls === undefined ? 'http' : 'https'}://${address}`
    const vcApi = await createVcApi({ ...options, origin, host, clock, random })
    app = createExpressApp(router(vcApi, random), {
      origin,
      requestsPerMinute: REQUESTS_PER_MINUTE,
      unsignedPerMinute: UNSIGNED_PER_MINUTE,
      trustedProxies: 0,
    })
    return { origin, close: () => drain(server) }
  } catch (error) {
    await drain(server)
    throw error
  }
}

/** Where to read on for whoever asks for another path. */
const AVAILABLE = ['GET /instances', 'GET /1.0/identifiers/*did']

function router(vcApi: Handler, random: Random): Handler {
  return async (request) => {
    const { pathname } = new URL(request.url)
    if (isInstancePath(pathname)) return vcApi(request)
    const isGet = request.method === 'GET' || request.method === 'HEAD'
    if (pathname.startsWith('/1.0/identifiers/') && isGet) return resolveIdentifier(request)
    return problemResponse(new ApiError('no_such_route', { available: AVAILABLE }), createUuid(random))
  }
}
