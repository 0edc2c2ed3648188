import { createUuid } from '../../core/uuid.ts'
import { ApiError } from '../api-error.ts'
import { problemResponse, toApiError } from '../problem-details.ts'
import type { Service } from '../service.ts'
import { authenticate, proveKey } from './authenticate.ts'
import type { KeyCall, PublicCall } from './call.ts'
import { preflight, withCors } from './cors.ts'
import { parseJsonBody, readBody } from './read-body.ts'
import { type KeyRoute, type Route, type RouteMatch, Router, type SignedRoute } from './route.ts'
import { traceparentOf, writeContext } from './write-context.ts'

/** Answers a request; never rejects. */
export type Handler = (request: Request) => Promise<Response>

/**
 * The whole API as one function of the Fetch standard, so that any framework can mount it.
 *
 * `request.url` must hold the request target exactly as the client sent it; its host is not looked at.
 */
export function createHandler(service: Service, routes: readonly Route[]): Handler {
  const router = new Router(routes)
  const available = routes.map(({ method, path }) => `${method} ${path}`)
  return async (request) => {
    const requestId = createUuid(service.issuer.random)
    const startedAt = performance.now()
    const url = new URL(request.url)
    const matches = router.match(url.pathname)
    const call = { service, request, query: url.searchParams, requestId }
    const response = await answer(call, matches, available)
    response.headers.set('x-request-id', requestId)
    logAnswer(service, request, { matches, response, requestId, startedAt })
    return request.method === 'HEAD' ? new Response(null, response) : response
  }
}

async function answer(
  call: Omit<PublicCall, 'params'>,
  matches: readonly RouteMatch[],
  available: readonly string[],
): Promise<Response> {
  const isPublic = matches.some(({ route }) => route.access === 'public')
  try {
    if (matches.length === 0) throw new ApiError('no_such_route', { available })
    if (call.request.method === 'OPTIONS' && isPublic) return preflight()
    const { route, params } = selectRoute(matches, call.request.method)
    if (route.access === 'public') return withCors(await route.handle({ ...call, params }))
    if (route.access === 'key') return await keyed(route, { ...call, params })
    return await signed(route, { ...call, params })
  } catch (thrown) {
    const response = refused(call.service, thrown, call.requestId)
    return isPublic ? withCors(response) : response
  }
}

/** Methods of routes that change something. */
const CHANGING: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** Which route, by whom at which address or with what is not written: the audit trail has who did what. */
function logAnswer(
  { log }: Service,
  { method }: Request,
  answered: {
    readonly matches: readonly RouteMatch[]
    readonly response: Response
    readonly requestId: string
    readonly startedAt: number
  },
): void {
  const level = CHANGING.has(method) ? 'info' : 'debug'
  const route = answered.matches[0]?.route.path
  const ms = Math.round((performance.now() - answered.startedAt) * 10) / 10
  log[level](
    { method, route, status: answered.response.status, ms, requestId: answered.requestId },
    'answered',
  )
}

function selectRoute(matches: readonly RouteMatch[], method: string): RouteMatch {
  const wanted = method === 'HEAD' ? 'GET' : method
  const match = matches.find(({ route }) => route.method === wanted)
  if (match !== undefined) return match
  const allow = matches.map(({ route }) => route.method).join(', ')
  throw new ApiError('method_not_allowed', {
    available: matches.map(({ route }) => `${route.method} ${route.path}`),
    headers: { allow },
  })
}

/** First who, then whether at all, and only then what: an unsigned call learns nothing from its body. */
async function signed(route: SignedRoute, call: PublicCall): Promise<Response> {
  const { service, request, requestId } = call
  const bytes = await readBody(request)
  const principal = await authenticate(service, request, bytes)
  if (!route.access.some((role) => role === principal.role)) throw new ApiError('forbidden')
  if (CHANGING.has(request.method)) service.writes.take(principal)
  const body = parseJsonBody(request, bytes)
  const write = writeContext(request, bytes, { principal, requestId, at: service.issuer.clock() })
  return await route.handle({ ...call, principal, body, write })
}

async function keyed(route: KeyRoute, call: PublicCall): Promise<Response> {
  const { service, request, requestId } = call
  const bytes = await readBody(request)
  const { did, useNonce } = await proveKey(service, request, bytes)
  const admit: KeyCall['admit'] = async ({ tenant, role }) => {
    service.writes.take({ tenant, did, role })
    await useNonce()
  }
  const write = { requestId, at: service.issuer.clock(), ...traceparentOf(request) }
  return await route.handle({ ...call, did, admit, body: parseJsonBody(request, bytes), write })
}

/** A service that is unavailable for no cause says how it is, as `/readyz` does: what made it so was logged when it came. */
function refused(service: Service, thrown: unknown, requestId: string): Response {
  const error = toApiError(thrown)
  if (error.cause !== undefined && (error.code === 'internal' || error.code === 'unavailable')) {
    const isTold = error.code === 'unavailable' && service.issuer.store.isAway()
    service.log[isTold ? 'debug' : 'error']({ err: error.cause, requestId }, 'a request failed')
  }
  return problemResponse(error, requestId)
}
