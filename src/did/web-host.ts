import { isLoopbackHost } from '../model/status-url.ts'

/** Longest host name, in characters (RFC 1035 §2.3.4). */
const MAX_HOST_CHARS = 253

/** Most path segments of a DID; bounds the length of the URL together with that of a DID. */
const MAX_PATH_SEGMENTS = 32

/**
 * Host names of at least two labels in lower case, the last one beginning with a letter, which no spelling of an IPv4
 * address does; `xn--` labels are plain names here. No percent-encoding, no user, nothing that two parsers could read
 * differently.
 */
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Names that only mean something on the network that one happens to be on (RFC 6761, RFC 6762, RFC 8375, ICANN). */
const LOCAL_NAME = /\.(?:localhost|local|internal|home\.arpa)$/

/** The only escape of a DID's host is that of the colon before a port, in capitals, so that each DID has one spelling. */
const PORT = /^%3A([1-9]\d{0,4})$/

/** Unreserved characters that a DID may have, without the escapes. */
const SEGMENT = /^[A-Za-z0-9._-]+$/

/**
 * The origin that the host of a `did:web` or `did:webvh` means.
 *
 * @param text First part of the method-specific id, as `id.example` or `id.example%3A8443`.
 * @param configuredHosts Hosts, with a port if they have one, that the operator named exactly: only among those may be
 * loopback, which is reached over http, and names of a local network.
 * @returns `undefined` for whatever may not be connected to: addresses in any notation, loopback, local names.
 */
export function originOfHost(text: string, configuredHosts: ReadonlySet<string>): string | undefined {
  const escapeAt = text.indexOf('%')
  const name = escapeAt < 0 ? text : text.slice(0, escapeAt)
  const port = escapeAt < 0 ? '' : PORT.exec(text.slice(escapeAt))?.[1]
  if (port === undefined || Number(port) > 65_535 || port === '443') return undefined
  const host = port === '' ? name : `${name}:${port}`
  if (isLoopbackHost(name)) return configuredHosts.has(host) && port !== '80' ? `http://${host}` : undefined
  if (name.length > MAX_HOST_CHARS || !HOST.test(name)) return undefined
  return LOCAL_NAME.test(name) && !configuredHosts.has(host) ? undefined : `https://${host}`
}

/** The path that further parts of the method-specific id mean, as `/a/b`; `undefined` when one of them is no name. */
export function pathOfSegments(segments: readonly string[]): string | undefined {
  const isPath =
    segments.length <= MAX_PATH_SEGMENTS &&
    segments.every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..')
  return isPath ? segments.map((segment) => `/${segment}`).join('') : undefined
}
