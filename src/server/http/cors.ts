import { ApiError } from '../api-error.ts'
import type { RouteMatch } from './route.ts'

/** One day, in seconds: what is public stays so. */
const PREFLIGHT_MAX_AGE = '86400'

/** Anyone's page may read what is public; nothing here depends on cookies. */
export function withCors(response: Response): Response {
  response.headers.set('access-control-allow-origin', '*')
  response.headers.set('access-control-expose-headers', 'ETag, Retry-After')
  response.headers.set('cross-origin-resource-policy', 'cross-origin')
  return response
}

/** Answers a preflight for public routes; the others have none to offer. */
export function preflight(matches: readonly RouteMatch[]): Response {
  const methods = matches.filter(({ route }) => route.access === 'public').map(({ route }) => route.method)
  const allow = [...new Set(matches.map(({ route }) => route.method))].join(', ')
  if (methods.length === 0) throw new ApiError('method_not_allowed', { headers: { allow } })
  const headers = {
    'access-control-allow-methods': 'GET, HEAD',
    'access-control-allow-headers': 'If-None-Match',
    'access-control-max-age': PREFLIGHT_MAX_AGE,
  }
  return withCors(new Response(null, { status: 204, headers }))
}
