import { sha256 } from '#crypto'
import { encodeUtf8, equalBytes } from '../../core/bytes.ts'
import { type Clock, type Fetch, type Random, systemClock, systemRandom } from '../../core/clock.ts'
import { createUuid } from '../../core/uuid.ts'
import { ProcuraError } from '../../errors.ts'
import { isLoopbackHost, isStatusOrigin } from '../../model/status-url.ts'
import { ApiError } from '../api-error.ts'
import { answerDidResolution } from '../did-resolution.ts'
import { json } from '../http/answer.ts'
import { parseJsonBody, readBody } from '../http/read-body.ts'
import type { Logger } from '../logger.ts'
import { problemResponse, toApiError } from '../problem-details.ts'
import { signInWanted } from './answers.ts'
import { createInstances, type Instance, type Mode } from './instance.ts'
import { INSTANCE_ROUTES, type InstanceRoute } from './routes.ts'

/** Under which path all instances lie. */
const INSTANCES_PATH = '/instances'

/** A header that every caller must send: `Authorization: Bearer …`. */
export interface SignInHeader {
  readonly name: string
  readonly value: string
}

export interface VcApiOptions {
  /** Scheme, host and port under which the world reaches the instances; it stands in the addresses of lists. */
  readonly origin: string
  readonly mode: Mode
  /** On which address it listens. */
  readonly host: string
  /** Default: nobody has to sign in, which is for loopback addresses alone. */
  readonly header?: SignInHeader
  /** Origins, with or without a path, under which status lists of others may be fetched. Default none. */
  readonly statusOrigins?: readonly string[]
  readonly log: Logger
  /** Default: the platform's. */
  readonly fetch?: Fetch
  readonly clock?: Clock
  readonly random?: Random
}

/** Answers what lies below {@link INSTANCES_PATH}; never rejects. */
export type VcApiHandler = (request: Request) => Promise<Response>

/**
 * Makes the instances and the handler of their routes (docs/conformance-service.md).
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` where others than this machine can call, without a header.
 */
export async function createVcApi(options: VcApiOptions): Promise<VcApiHandler> {
  const { origin, host, mode, clock = systemClock, random = systemRandom, header, log } = options
  const isLocal = isLoopbackHost(new URL(origin).hostname) && (isLoopbackHost(host) || host === '::1')
  if (header === undefined && !isLocal) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_CONFIGURATION',
      'VC API instances that others than this machine can reach need a header for sign-in: set PROCURA_VC_API_HEADER',
    )
  }
  const { statusOrigins = [], fetch = globalThis.fetch } = options
  const wrong = statusOrigins.findIndex((one) => !isStatusOrigin(one))
  if (wrong >= 0) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_CONFIGURATION',
      `status origin ${wrong + 1} must be https, or http on loopback, without a query: https://lists.example/status/`,
    )
  }
  const instances = await createInstances({ origin, mode, clock, random, statusOrigins, fetch })
  return async (request) => {
    const requestId = createUuid(random)
    try {
      return await answer(request, instances, header)
    } catch (thrown) {
      const error = toApiError(thrown)
      if (error.code === 'internal') log.error({ err: error.cause, requestId }, 'a request failed')
      return problemResponse(error, requestId)
    }
  }
}

/**
 * Reads `Name: value`.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`; the message does not repeat the value.
 */
export function parseSignInHeader(text: string): SignInHeader {
  const [, name, value] = /^([A-Za-z0-9-]{1,64}):[ \t]*([!-~](?:[ -~]{0,1022}[!-~])?)[ \t]*$/.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_CONFIGURATION',
      'PROCURA_VC_API_HEADER must be one header, such as "Authorization: Bearer SECRET"',
    )
  }
  return { name, value }
}

async function answer(
  request: Request,
  instances: readonly Instance[],
  header: SignInHeader | undefined,
): Promise<Response> {
  const { pathname } = new URL(request.url)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  if (pathname === INSTANCES_PATH && method === 'GET') return json({ instances: instances.map(describe) })
  const [, , name, ...rest] = pathname.split('/')
  const instance = instances.find((one) => one.name === name)
  const found = INSTANCE_ROUTES.filter((route) => matches(route, rest))
  if (instance === undefined || found.length === 0)
    throw new ApiError('no_such_route', { available: available(INSTANCE_ROUTES) })
  const route = found.find((one) => one.method === method)
  if (route === undefined) throw notAllowed(found)
  if (route.isPublic !== true && !isSignedIn(request, header)) return signInWanted()
  const body = method === 'POST' ? parseJsonBody(request, await readBody(request)) : {}
  return route.handle({ instance, body, list: rest[1] ?? '' })
}

function matches({ path }: InstanceRoute, given: readonly string[]): boolean {
  const wanted = path.split('/')
  return (
    wanted.length === given.length &&
    wanted.every((segment, i) => segment === ':list' || segment === given[i])
  )
}

function available(routes: readonly InstanceRoute[]): readonly string[] {
  return routes.map(({ method, path }) => `${method} ${INSTANCES_PATH}/:name/${path}`)
}

function notAllowed(routes: readonly InstanceRoute[]): ApiError {
  return new ApiError('method_not_allowed', {
    available: available(routes),
    headers: { allow: routes.map(({ method }) => method).join(', ') },
  })
}

/** Compares digests, so that the time it takes says nothing of the secret. */
function isSignedIn(request: Request, header: SignInHeader | undefined): boolean {
  if (header === undefined) return true
  const given = request.headers.get(header.name) ?? ''
  return equalBytes(sha256(encodeUtf8(given)), sha256(encodeUtf8(header.value)))
}

/** What the manifest of a test suite needs to know. */
function describe({ name, mode, did, signer, status }: Instance): object {
  return { name, mode, id: did, verificationMethod: signer.keyId, statusLists: status.urls }
}

/** `GET /1.0/identifiers/{did}` of DID Resolution, for suites that run against the instances alone. */
export async function resolveIdentifier(request: Request): Promise<Response> {
  const segment = new URL(request.url).pathname.slice('/1.0/identifiers/'.length)
  const { status, contentType, body } = await answerDidResolution(segment, request.headers.get('accept'))
  return json(body, status, { 'content-type': contentType })
}

/** Whether a path is for the handler of the instances. */
export function isInstancePath(pathname: string): boolean {
  return pathname === INSTANCES_PATH || pathname.startsWith(`${INSTANCES_PATH}/`)
}
