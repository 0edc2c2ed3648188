/** One day, in seconds: what is public stays so. */
const PREFLIGHT_MAX_AGE = '86400'

/** Anyone's page may read what is public; nothing here depends on cookies. */
export function withCors(response: Response): Response {
  response.headers.set('access-control-allow-origin', '*')
  response.headers.set('access-control-expose-headers', 'ETag, Retry-After')
  response.headers.set('cross-origin-resource-policy', 'cross-origin')
  return response
}

/** Answers a preflight for a public route; the others have nothing to offer to a page. */
export function preflight(): Response {
  const headers = {
    'access-control-allow-methods': 'GET, HEAD',
    'access-control-allow-headers': 'If-None-Match, Last-Event-ID',
    'access-control-max-age': PREFLIGHT_MAX_AGE,
  }
  return withCors(new Response(null, { status: 204, headers }))
}
