/** Longest URL of a status list, in characters: keeps lists of leaves and log lines bounded. */
export const MAX_STATUS_URL_CHARS = 512

/**
 * Scheme, lower-case DNS name or loopback address, port, and a path of unreserved characters. Whatever two
 * parsers could read differently has no place in it: userinfo, query, fragment, percent-encoding, backslash,
 * empty segment, IP literals in any notation (a last label of digits or 0x… is refused), upper-case host.
 */
const STATUS_URL =
  /^(https?):\/\/((?:[a-z0-9-]{1,63}\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?|127\.0\.0\.1|\[::1\])(?::([1-9]\d{0,4}))?((?:\/[A-Za-z0-9._~-]+)*)(\/?)$/
const DOT_SEGMENT = /\/\.{1,2}(?=\/|$)/

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([
  ['https', '443'],
  ['http', '80'],
])

/** Tells whether a host, as `URL.hostname` writes it, is this machine: the only one that is reached over http. */
export function isLoopbackHost(hostname: string): boolean {
  return LOOPBACK.has(hostname)
}

/**
 * Tells whether `url` can name a status list: https (http only on loopback), one spelling per list, a path that
 * ends in a segment. Nothing is fetched to find out (docs/spec/05-status.md "Accepting status").
 */
export function isStatusListUrl(url: string): boolean {
  return isStatusOrigin(url) && !url.endsWith('/')
}

/**
 * Tells whether `origin` can name a place for status lists: an origin, alone or with a path prefix, as
 * `https://id.example/status/`.
 */
export function isStatusOrigin(origin: string): boolean {
  if (origin.length > MAX_STATUS_URL_CHARS) return false
  const match = STATUS_URL.exec(origin)
  if (match === null) return false
  const [, scheme = '', host = '', port, path = ''] = match
  if (scheme === 'http' && !isLoopbackHost(host)) return false
  if (port !== undefined && (DEFAULT_PORTS.get(scheme) === port || Number(port) > 65_535)) return false
  return !DOT_SEGMENT.test(path)
}
