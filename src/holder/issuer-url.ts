import { ProcuraError } from '../errors.ts'
import { isLoopbackHost } from '../model/status-url.ts'

/**
 * Reads the base URL of an issuer: https, or http on a loopback host; a path prefix is allowed, a query is not.
 *
 * @returns The URL with a path that ends in `/`.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`
 */
export function parseIssuerUrl(issuer: string): URL {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  const plain = url !== undefined && url.search + url.hash + url.username + url.password === ''
  if (!plain || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname)))) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_CONFIGURATION',
      'issuer must be an https URL, such as https://id.example (http only for localhost), without query or user information',
    )
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}
