import { type Did, didMethodOf, methodSpecificIdOf } from '../model/did.ts'
import { originOfHost, pathOfSegments } from './web-host.ts'

/**
 * The URL of a `did:web` document (did:web Method Specification § Read).
 *
 * @returns `undefined` for a DID that names no place on the public web, see {@link originOfHost}.
 */
export function didWebUrl(did: Did, configuredHosts: ReadonlySet<string>): string | undefined {
  const [host = '', ...segments] = methodSpecificIdOf(did).split(':')
  const base = directoryOf(host, segments, configuredHosts)
  return base === undefined ? undefined : `${base}/did.json`
}

function directoryOf(
  host: string,
  segments: readonly string[],
  configuredHosts: ReadonlySet<string>,
): string | undefined {
  const origin = originOfHost(host, configuredHosts)
  const path = segments.length === 0 ? '/.well-known' : pathOfSegments(segments)
  return origin === undefined || path === undefined ? undefined : `${origin}${path}`
}

/** Where the document of a DID of the web lies; `undefined` for other methods, too. */
export function webUrlOf(did: Did, configuredHosts: ReadonlySet<string>): string | undefined {
  switch (didMethodOf(did)) {
    case 'web':
      return didWebUrl(did, configuredHosts)
    case 'webvh':
      return didWebvhUrl(did, configuredHosts)
    default:
      return undefined
  }
}

/** The host that a DID of the web names, as `id.example%3A8443`. */
export function webHostOf(did: Did): string {
  return methodSpecificIdOf(did).split(':')[didMethodOf(did) === 'webvh' ? 1 : 0] ?? ''
}

/** Tells whether the DID's document lies on the web and may change. */
export function isWebDid(did: Did): boolean {
  return ['web', 'webvh'].includes(didMethodOf(did))
}

/** A SCID: SHA-256 multihash in base58btc. */
const SCID = /^Qm[1-9A-HJ-NP-Za-km-z]{44}$/

/**
 * The URL of the log of a `did:webvh` (did:webvh 1.0 § The DID to HTTPS Transformation): as for `did:web`, behind the
 * SCID.
 */
export function didWebvhUrl(did: Did, configuredHosts: ReadonlySet<string>): string | undefined {
  const [scid = '', host = '', ...segments] = methodSpecificIdOf(did).split(':')
  const base = SCID.test(scid) ? directoryOf(host, segments, configuredHosts) : undefined
  return base === undefined ? undefined : `${base}/did.jsonl`
}
