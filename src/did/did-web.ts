import { type Did, methodSpecificIdOf } from '../model/did.ts'
import { originOfHost, pathOfSegments } from './web-host.ts'

/**
 * The URL of a `did:web` document (did:web Method Specification § Read).
 *
 * @returns `undefined` for a DID that names no place on the public web, see {@link originOfHost}.
 */
export function didWebUrl(did: Did, configuredHosts: ReadonlySet<string>): string | undefined {
  const [host = '', ...segments] = methodSpecificIdOf(did).split(':')
  const origin = originOfHost(host, configuredHosts)
  const path = segments.length === 0 ? '/.well-known' : pathOfSegments(segments)
  return origin === undefined || path === undefined ? undefined : `${origin}${path}/did.json`
}
