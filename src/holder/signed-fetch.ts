import type { Clock, Fetch, Random } from '../core/clock.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { readBounded } from '../core/read-bounded.ts'
import { ProcuraError } from '../errors.ts'
import { fitsAgentDelegation, formatAgentDelegation } from '../securing/http-signature/agent-delegation.ts'
import type { AgentKeys } from './agent-keys.ts'
import type { ChainKeeper } from './chain-keeper.ts'
import type { ChainStaples } from './chain-staples.ts'
import { ChainUploads } from './chain-uploads.ts'
import { discloseChain } from './disclose-chain.ts'
import type { HeldChain } from './held-chain.ts'
import { problemIn } from './problem-in.ts'
import { type Hop, MAX_REDIRECTS, redirectedHop } from './redirect.ts'
import { createRequestSigner, type RequestSigner } from './request-signer.ts'

/**
 * Largest body of a request, in bytes. A signature covers the digest of the whole body, so the body is held in
 * memory before the first byte is sent.
 */
const MAX_REQUEST_BODY_BYTES: number = 16 * 1024 * 1024

export interface SignedFetchOptions {
  readonly chain: ChainKeeper
  readonly keys: AgentKeys
  readonly fetch: Fetch
  readonly clock: Clock
  readonly random: Random
  readonly staples: ChainStaples
}

/** As the platform's `fetch`. */
export type AgentFetch = (input: string | URL | Request, init?: AgentRequestInit) => Promise<Response>

/** As the platform's, and what only a presenter has to say. */
export interface AgentRequestInit extends RequestInit {
  /**
   * What the request asks for, such as `['mail.read']`. Of links secured with SD-JWT only the grants for these actions at
   * this URL are shown; without it, all grants at this URL.
   */
  readonly actions?: readonly string[]
}

/** What one call of the fetch has done so far. */
interface Call {
  readonly init: RequestInit & { readonly signal: AbortSignal }
  readonly actions?: readonly string[]
  /** A chain is replaced once for each call. */
  mayReplace: boolean
  /** And sent in advance once more than needed. */
  mayUpload: boolean
  /** And its status once. */
  mayStaple: boolean
}

interface Context {
  readonly options: SignedFetchOptions
  readonly uploads: ChainUploads
}

/**
 * Makes the fetch of an agent: each request carries the chain and a signature of its own over method, target and
 * body (docs/spec/06-presenting.md §1).
 */
export function createSignedFetch(options: SignedFetchOptions): AgentFetch {
  const context: Context = { options, uploads: new ChainUploads(options.fetch) }
  return async (input, { actions, ...init } = {}) => {
    const request = new Request(input, streaming(init))
    const { redirect, signal } = request
    const asked = actions === undefined ? {} : { actions }
    const may = { mayReplace: true, mayUpload: true, mayStaple: true }
    const call: Call = { init: { ...init, signal, redirect }, ...asked, ...may }
    const hop = await firstHop(request)
    return redirect === 'follow' ? follow(context, hop, call) : send(context, hop, call)
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

async function follow(context: Context, first: Hop, call: Call): Promise<Response> {
  let hop = first
  const manual: Call = { ...call, init: { ...call.init, redirect: 'manual' } }
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await send(context, hop, manual)
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

/**
 * Sends one request; when the answer says that the chain is out of date, fetches that again and sends once more, and so
 * when it says that the status of the chain is not known, after that was brought.
 */
async function send(context: Context, hop: Hop, call: Call): Promise<Response> {
  if (!hop.presenting) return transmit(context, hop, call, {})
  const { chain } = context.options
  const held = await chain.usable()
  const response = await present(context, hop, call, held)
  const problem = await problemIn(response)
  if (!(await isMended(context, hop, call, held, problem))) return response
  await response.body?.cancel()
  return send(context, hop, call)
}

/** Whether a request may pass now that did not: because its chain, or what is known of its status, is newer. */
async function isMended(
  context: Context,
  hop: Hop,
  call: Call,
  held: HeldChain,
  problem: JsonObject | undefined,
): Promise<boolean> {
  if (call.mayReplace && problem?.refresh === true) {
    call.mayReplace = false
    return context.options.chain.replaceRefused(held)
  }
  if (!call.mayStaple || !WANTS_STATUS.has(problem?.code)) return false
  call.mayStaple = false
  return unlessAborted(bringStatus(context, hop.url, held), call.init.signal)
}

/** What a service provider says that does not know the status of the chain, or not well enough. */
const WANTS_STATUS: ReadonlySet<Json | undefined> = new Set(['status_unavailable', 'status_stale'])

async function bringStatus(
  { options, uploads }: Context,
  { origin }: URL,
  held: HeldChain,
): Promise<boolean> {
  const texts = await discloseChain(held.tokens, { origin })
  const sign = createRequestSigner(options.keys.of(held), options)
  return uploads.staple(origin, texts, sign, () => options.staples.make(held.links))
}

/** Sends one request with the chain, or, when no field holds that, with a reference to it. */
async function present(context: Context, hop: Hop, call: Call, held: HeldChain): Promise<Response> {
  const { tokens } = held
  const sign = createRequestSigner(context.options.keys.of(held), context.options)
  const { origin, pathname: path } = hop.url
  const { actions } = call
  const shown = await discloseChain(tokens, { origin, path, ...(actions === undefined ? {} : { actions }) })
  if (fitsAgentDelegation(shown)) {
    return transmit(context, hop, call, await sign(hop, formatAgentDelegation(shown)))
  }
  // One upload serves every request to the origin.
  return refer(context, hop, call, { tokens: await discloseChain(tokens, { origin }), sign })
}

/** A chain as a service provider is to see it, and what signs for it. */
interface Shown {
  readonly tokens: readonly string[]
  readonly sign: RequestSigner
}

/** Sends the chain in advance where that was not done; once more when the service provider has it no more. */
async function refer(context: Context, hop: Hop, call: Call, shown: Shown): Promise<Response> {
  const { origin } = hop.url
  const upload = context.uploads.at(origin, shown.tokens, shown.sign)
  const refusal = await unlessAborted(upload.refusal, call.init.signal)
  if (refusal !== undefined) return refusal()
  const response = await transmit(context, hop, call, await shown.sign(hop, upload.reference))
  if (!call.mayUpload || (await problemIn(response))?.code !== 'chain_required') return response
  call.mayUpload = false
  context.uploads.forget(origin, upload)
  await response.body?.cancel()
  return refer(context, hop, call, shown)
}

/** What others wait for as well goes on when one caller gives up. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function transmit(
  { options }: Context,
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
