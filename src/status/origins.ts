import { isStatusListUrl, isStatusOrigin } from '../model/status-url.ts'

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
  return isStatusListUrl(url) && liesUnder(url, origins.filter(isStatusOrigin))
}

/** As {@link isUnderOrigins}, for what a credential says: its URLs and origins were found well-formed when it was read. */
export function liesUnder(url: string, origins: readonly string[]): boolean {
  return origins.some((origin) => url.startsWith(origin.endsWith('/') ? origin : `${origin}/`))
}
