import { lookup as systemLookup } from 'node:dns'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { Readable } from 'node:stream'
import type { Fetch } from '../clock.ts'
import { letProcessEnd } from '../timer.ts'

/** Addresses that are not of the public internet (IANA special-purpose registries), and those that embed others. */
const PRIVATE_IPV4 = blockListOf(
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
)

/** Outside of 2000::/3 nothing is public, and an IPv4 address in disguise lies there. */
const PRIVATE_IPV6 = blockListOf(
  ['::', 3],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['4000::', 2],
  ['8000::', 1],
)

/** Longest that an unused connection is kept for the next look, in milliseconds. */
const IDLE_MS = 60_000

/**
 * A fetch for documents, and for posting bytes (no redirects, nothing compressed) that connects to public addresses only: the
 * name is resolved once, and the address that was checked is the one that is connected to. Rebinding a name between
 * the check and the connection therefore gains nothing.
 *
 * @param mayBePrivate Hosts, with their port if it is not the default one, that the operator named and that may lie
 * anywhere.
 * @param lookup Default: the system's.
 */
export function guardedFetch(
  mayBePrivate: (host: string) => boolean,
  lookup: LookupFunction = systemLookup,
): Fetch {
  const options = { keepAlive: true, timeout: IDLE_MS }
  const guarded = { ...options, lookup: publicOnly(lookup) }
  const agents = {
    open: { http: new HttpAgent({ ...options, lookup }), https: new HttpsAgent({ ...options, lookup }) },
    guarded: { http: new HttpAgent(guarded), https: new HttpsAgent(guarded) },
  }
  return async (input, init = {}) => {
    const url = new URL(typeof input === 'string' ? input : input.url)
    const isOpen = mayBePrivate(url.host)
    if (!isOpen && isPrivateLiteral(url.hostname)) throw privateAddress()
    return send(url, init, isOpen ? agents.open : agents.guarded)
  }
}

function send(
  url: URL,
  init: RequestInit,
  agents: { readonly http: HttpAgent; readonly https: HttpsAgent },
): Promise<Response> {
  const isSecure = url.protocol === 'https:'
  const headers = { ...Object.fromEntries(new Headers(init.headers)), 'accept-encoding': 'identity' }
  const { method = 'GET', body } = init
  const options = { method, headers, ...(init.signal == null ? {} : { signal: init.signal }) }
  return new Promise((resolve, reject) => {
    const request = isSecure
      ? httpsRequest(url, { ...options, agent: agents.https })
      : httpRequest(url, { ...options, agent: agents.http })
    request.on('error', reject)
    // An answer that switches protocols ends in neither; without this, nobody would ever be told.
    request.on('close', () => reject(new TypeError('the connection was closed without an answer')))
    request.on('response', (message) => {
      if (message.headers['content-type']?.startsWith(ENDLESS) === true) letProcessEnd(message.socket)
      try {
        resolve(toResponse(message))
      } catch (error) {
        request.destroy()
        reject(error)
      }
    })
    request.end(body instanceof Uint8Array ? body : undefined)
  })
}

/** A body that goes on for as long as somebody reads it; waiting for more of it keeps no process alive. */
const ENDLESS = 'text/event-stream'

/** A body of none, for the statuses that may not have one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

function toResponse(message: IncomingMessage): Response {
  const { statusCode = 0 } = message
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  if (!WITHOUT_BODY.has(statusCode)) {
    return new Response(bodyOf(message), { status: statusCode, headers })
  }
  message.resume()
  return new Response(null, { status: statusCode, headers })
}

/** What is compressed was not asked for and is not read; whoever wants only the status has it. */
function bodyOf(message: IncomingMessage): ReadableStream {
  if (message.headers['content-encoding'] === undefined) return Readable.toWeb(message) as ReadableStream
  const end = () => void message.destroy()
  const refuse = (controller: ReadableStreamDefaultController) => {
    end()
    controller.error(new TypeError('nothing compressed was asked for'))
  }
  return new ReadableStream({ pull: refuse, cancel: end }, { highWaterMark: 0 })
}

/** Resolves a name to its public addresses; fails when it has none. */
export function publicOnly(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const all = Array.isArray(addresses) ? addresses : []
      const usable = all.filter(({ address }) => !isPrivate(address))
      const [first] = usable
      if (error !== null || first === undefined) callback(error ?? privateAddress(), '', 0)
      else if (options.all === true) callback(null, usable)
      else callback(null, first.address, first.family)
    })
  }
}

/** Tells whether a host is an address, in brackets for IPv6, that is not a public one. */
function isPrivateLiteral(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(address) !== 0 && isPrivate(address)
}

function isPrivate(address: string): boolean {
  return isIP(address) === 6 ? PRIVATE_IPV6.check(address, 'ipv6') : PRIVATE_IPV4.check(address, 'ipv4')
}

function privateAddress(): Error {
  return Object.assign(new TypeError('the host has no public address'), { code: 'ERR_PRIVATE_ADDRESS' })
}

function blockListOf(...subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [address, prefix] of subnets) {
    list.addSubnet(address, prefix, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}
