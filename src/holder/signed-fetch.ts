import { decodeUtf8 } from '../core/bytes.ts'
import type { Clock, Fetch, Random } from '../core/clock.ts'
import { isJsonObject, member, parseStrictJson } from '../core/json.ts'
import { readBounded } from '../core/read-bounded.ts'
import { ProcuraError } from '../errors.ts'
import type { Signer } from '../model/signer.ts'
import { formatAgentDelegation } from '../securing/http-signature/agent-delegation.ts'
import { AGENT_DELEGATION_PROFILE } from '../securing/http-signature/profile.ts'
import { signRequest } from '../securing/http-signature/sign.ts'
import type { ChainKeeper } from './chain-keeper.ts'
import type { HeldChain } from './held-chain.ts'

import { type Hop, MAX_REDIRECTS, redirectedHop } from './redirect.ts'

/**
 * Largest body of a request, in bytes. A signature covers the digest of the whole body, so the body is held in
 * memory before the first byte is sent.
 */
const MAX_REQUEST_BODY_BYTES: number = 16 * 1024 * 1024

/** Largest problem document that is looked at, in bytes. */
const MAX_PROBLEM_BYTES = 64 * 1024

export interface SignedFetchOptions {
  readonly chain: ChainKeeper
  readonly signer: Signer
  readonly fetch: Fetch
  readonly clock: Clock
  readonly random: Random
}

/** As the platform's `fetch`. */
export type AgentFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** What one call of the fetch has done so far. */
interface Call {
  readonly init: RequestInit
  /** A chain is replaced once for each call. */
  mayReplace: boolean
}

/**
 * Makes the fetch of an agent: each request carries the chain and a signature of its own over method, target and
 * body (docs/spec/06-presenting.md §1).
 */
export function createSignedFetch(options: SignedFetchOptions): AgentFetch {
  return async (input, init = {}) => {
    const request = new Request(input, streaming(init))
    const { redirect, signal } = request
    const call: Call = { init: { ...init, signal, redirect }, mayReplace: true }
    const hop = await firstHop(request)
    return redirect === 'follow' ? follow(options, hop, call) : send(options, hop, call)
  }
}

/** A body that is a stream may only be given along with `duplex` (Fetch standard). */
function streaming(init: RequestInit): RequestInit & { readonly duplex?: 'half' } {
  return init.body instanceof ReadableStream ? { ...init, duplex: 'half' } : init
}

async function firstHop(request: Request): Promise<Hop> {
  const url = new URL(request.url)
  const { method, headers } = request
  const body = await readBounded(request.body, MAX_REQUEST_BODY_BYTES)
  if (body === undefined) {
    throw new ProcuraError(
      'ERR_PROCURA_PAYLOAD_TOO_LARGE',
      `a signed request may have a body of at most ${MAX_REQUEST_BODY_BYTES} bytes; send more in parts`,
    )
  }
  const hop = { url, method, headers: new Headers(headers), presenting: true }
  if (body.length === 0) return hop
  if (!hop.headers.has('content-type')) hop.headers.set('content-type', 'application/octet-stream')
  return { ...hop, body }
}

async function follow(options: SignedFetchOptions, first: Hop, call: Call): Promise<Response> {
  let hop = first
  const manual: Call = { ...call, init: { ...call.init, redirect: 'manual' } }
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await send(options, hop, manual)
    if (response.type === 'opaqueredirect') {
      throw new TypeError('this platform hides redirects; call the final URL, which can then be signed for')
    }
    const next = redirectedHop(hop, response)
    if (next === undefined) return response
    await response.body?.cancel()
    hop = next
  }
  throw new TypeError(`more than ${MAX_REDIRECTS} redirects`)
}

/** Sends one request; when the answer says that the chain is out of date, fetches that again and sends once more. */
async function send(options: SignedFetchOptions, hop: Hop, call: Call): Promise<Response> {
  if (!hop.presenting) return transmit(options, hop, call, {})
  const held = await options.chain.usable()
  const response = await transmit(options, hop, call, await presentation(options, hop, held))
  if (!call.mayReplace || !(await asksForRefresh(response))) return response
  call.mayReplace = false
  if (!(await options.chain.replaceRefused(held))) return response
  await response.body?.cancel()
  return transmit(options, hop, call, await presentation(options, hop, await options.chain.usable()))
}

async function presentation(
  { signer, clock, random }: SignedFetchOptions,
  { url, method, headers, body }: Hop,
  { tokens }: HeldChain,
): Promise<Record<string, string>> {
  const delegation = { 'agent-delegation': formatAgentDelegation(tokens) }
  const type = headers.get('content-type')
  const proof = await signRequest({
    profile: AGENT_DELEGATION_PROFILE,
    method,
    targetUri: targetOf(url),
    headers: { ...delegation, ...(type === null ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body }),
    signer,
    now: clock(),
    random,
  })
  return { ...delegation, ...proof }
}

function targetOf(url: URL): string {
  const target = new URL(url)
  target.hash = ''
  return target.href
}

function transmit(
  options: SignedFetchOptions,
  { url, method, headers, body }: Hop,
  { init }: Call,
  added: Readonly<Record<string, string>>,
): Promise<Response> {
  const all = new Headers(headers)
  for (const [name, value] of Object.entries(added)) {
    // Someone else's signature may stand beside ours (RFC 9421 §4.3); a chain or a digest of the body may not.
    if (name.startsWith('signature')) all.append(name, value)
    else all.set(name, value)
  }
  return options.fetch(url.href, { ...init, method, headers: all, body: body ?? null })
}

/** Whether the answer is a problem document (RFC 9457) with `"refresh": true`. The answer stays readable. */
async function asksForRefresh(response: Response): Promise<boolean> {
  const type = response.headers.get('content-type') ?? ''
  if (response.status < 400 || !/^application\/problem\+json(;|$)/i.test(type)) return false
  const bytes = await readBounded(response.clone().body, MAX_PROBLEM_BYTES).catch(() => undefined)
  const text = bytes === undefined ? undefined : decodeUtf8(bytes)
  const problem = text === undefined ? undefined : parseStrictJson(text)
  return isJsonObject(problem) && member(problem, 'refresh') === true
}
