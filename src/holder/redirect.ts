/** Most redirects that one `agent.fetch` follows; each costs a signature. */
export const MAX_REDIRECTS = 10

/** One request on the way along redirects, without the headers that the agent adds. */
export interface Hop {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  /** Absent: no body. */
  readonly body?: Uint8Array<ArrayBuffer>
  /** Whether the chain is presented. Once a redirect has left the origin, never again. */
  readonly presenting: boolean
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** Fetch standard "request-body-header name". */
const BODY_HEADERS = [
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
  'content-length',
]
/** What was meant for the first origin alone. */
const ORIGIN_HEADERS = [
  'agent-delegation',
  'authorization',
  'cookie',
  'host',
  'proxy-authorization',
  'signature',
  'signature-input',
]

/**
 * The request that a redirect asks for (Fetch standard "HTTP-redirect fetch"): 303, and 301 and 302 after a POST,
 * become a GET without body; 307 and 308 keep method and body. Leaving the origin ends presenting.
 *
 * @returns `undefined` when the answer is no redirect that can be followed.
 * @throws {TypeError} As `fetch` does, for a location that is no plain http(s) URL.
 */
export function redirectedHop(hop: Hop, response: Response): Hop | undefined {
  const location = response.headers.get('location')
  if (!REDIRECTS.has(response.status) || location === null) return undefined
  const url = locationUrl(location, hop.url)
  const next = becomesGet(hop.method, response.status) ? asGet(hop) : hop
  const sameOrigin = url.origin === hop.url.origin
  const headers = sameOrigin ? next.headers : without(next.headers, ORIGIN_HEADERS)
  return { ...next, url, headers, presenting: hop.presenting && sameOrigin }
}

function locationUrl(location: string, base: URL): URL {
  const url = URL.canParse(location, base.href) ? new URL(location, base) : undefined
  const followable = url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password === ''
  if (!followable) throw new TypeError('the answer redirects to a URL that cannot be followed')
  return url
}

function becomesGet(method: string, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}

function asGet({ url, headers, presenting }: Hop): Hop {
  return { url, method: 'GET', headers: without(headers, BODY_HEADERS), presenting }
}

function without(headers: Headers, names: readonly string[]): Headers {
  const rest = new Headers(headers)
  for (const name of names) rest.delete(name)
  return rest
}
