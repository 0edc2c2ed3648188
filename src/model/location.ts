import type { Json } from '../core/json.ts'
import type { Location } from './grant.ts'
import { isPathPrefix, isUnambiguousPath } from './path.ts'

/** Longest location, in characters. */
const MAX_LOCATION_CHARS = 512

/** Scheme, DNS name or IP literal, port, path of RFC 3986 characters. No userinfo, query, fragment or wildcard. */
const LOCATION =
  /^(https?):\/\/([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\])(?::([1-9]\d{0,4}))?(\/[A-Za-z0-9._~!$&'()+,=:@%/-]*)?$/

/**
 * Reads a location of a grant. Host lower-cased, default port dropped, a missing path is `/`; a path that readers
 * may understand differently is refused (docs/spec/03-grants.md "Values").
 */
export function parseLocation(json: Json): Location | undefined {
  if (typeof json !== 'string' || json.length > MAX_LOCATION_CHARS) return undefined
  const match = LOCATION.exec(json)
  if (match === null) return undefined
  const [, scheme = '', host = '', port, path = '/'] = match
  if (!isUnambiguousPath(path) || Number(port ?? 0) > 65_535) return undefined
  const dropped = port === undefined || (scheme === 'https' ? port === '443' : port === '80')
  return { origin: `${scheme}://${host.toLowerCase()}${dropped ? '' : `:${port}`}`, path }
}

/** Tells whether everything at `inner` is also at `outer`. */
export function coversLocation(outer: Location, inner: Location): boolean {
  return outer.origin === inner.origin && isPathPrefix(outer.path, inner.path)
}

/**
 * Tells whether a request goes to this location. Under a path prefix a path that readers may understand
 * differently is denied; where the whole origin is granted it leads nowhere else.
 *
 * @param path As received, without query.
 */
export function isAtLocation(location: Location, origin: string, path: string): boolean {
  if (location.origin !== origin) return false
  return location.path === '/' || (isPathPrefix(location.path, path) && isUnambiguousPath(path))
}
