/** Longest URL of a status list, in characters: keeps lists of leaves and log lines bounded. */
export const MAX_STATUS_URL_CHARS = 512

/**
 * Scheme, lower-case DNS name or loopback address, port, and a path of unreserved characters. Whatever two
 * parsers could read differently has no place in it: userinfo, query, fragment, percent-encoding, backslash,
 * empty segment, IP literals in any notation (a last label of digits or 0x… is refused), upper-case host.
 */
const STATUS_URL =
  /^(https?):\/\/((?:[a-z0-9-]{1,63}\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?|127\.0\.0\.1|\[::1\])(?::([1-9]\d{0,4}))?((?:\/[A-Za-z0-9._~-]+)*)(\/?)$/

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([
  ['https', '443'],
  ['http', '80'],
])

/**
 * Tells whether `url` can name a status list: https (http only on loopback), one spelling per list, a path that
 * ends in a segment. Nothing is fetched to find out.
 */
export function isStatusListUrl(url: string): boolean {
  return isPlainUrl(url) && !url.endsWith('/')
}

/**
 * Tells whether `origin` can name a place for status lists: an origin, alone or with a path prefix, as
 * `https://id.example/status/`.
 */
export function isStatusOrigin(origin: string): boolean {
  return isPlainUrl(origin)
}

/**
 * Tells whether a status list lies under one of the allowed origins, by whole path segments:
 * `https://id.example/status/r7` is under `https://id.example/status/`, `https://id.example/status-b/r7` is not
 * (docs/spec/05-status.md "Accepting status").
 *
 * Scheme, host and port must be equal, so http on loopback needs an origin that lists exactly that.
 *
 * @param origins Origins with or without a path prefix. One that is not well-formed allows nothing.
 */
export function isUnderOrigins(url: string, origins: readonly string[]): boolean {
  return isStatusListUrl(url) && origins.some((origin) => isStatusOrigin(origin) && lies(url, origin))
}

function lies(url: string, origin: string): boolean {
  return url.startsWith(origin.endsWith('/') ? origin : `${origin}/`)
}

function isPlainUrl(text: string): boolean {
  if (text.length > MAX_STATUS_URL_CHARS) return false
  const match = STATUS_URL.exec(text)
  if (match === null) return false
  const [, scheme = '', host = '', port, path = ''] = match
  if (scheme === 'http' && !LOOPBACK.has(host)) return false
  if (port !== undefined && (DEFAULT_PORTS.get(scheme) === port || Number(port) > 65_535)) return false
  return !/\/\.{1,2}(?=\/|$)/.test(path)
}
