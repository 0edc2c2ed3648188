import { readBounded } from '../../core/read-bounded.ts'
import { ProcuraError } from '../../errors.ts'
import { isChainUpload, MAX_UPLOAD_BYTES } from '../../model/chain-upload.ts'
import type { PresentedRequest } from '../../model/presented-request.ts'
import { readActionName } from '../../verifier/action-name.ts'
import type { Verifier } from '../../verifier/create-verifier.ts'
import type { Ask } from '../../verifier/presentation.ts'
import type { PresentationVerdict, VerifiedPresentation } from '../../verifier/verdict.ts'
import { answerUpload } from '../chain-upload.ts'
import { isEventStream } from '../event-stream.ts'
import { assertListener, type KnownOptions, misconfigured, refuseUnknown } from '../known-options.ts'
import { readMaxBodyBytes } from '../limits.ts'
import { announce, type OnVerdict, ownRefusal } from '../on-verdict.ts'
import { type Answer, problemOf } from '../problem.ts'
import { endWithDelegation } from './end-with-delegation.ts'

/** What a request asks for, in the service's own terms. A `Request` does not know the peer's address; the runtime does. */
export type FetchAsk = Ask

/** Who verifies, and what is asked. */
export interface FetchGateOptions {
  readonly verifier: Verifier
  /**
   * Names what is asked. `body` is what was received; it is not yet known to be the presenter's, so take from it only
   * what is then checked.
   */
  readonly ask: FetchAsk | ((request: Request, body: Uint8Array) => FetchAsk | Promise<FetchAsk>)
  /** Largest body, in bytes; a larger one is answered 413. Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** Told of every decision. Default: nobody. */
  readonly onVerdict?: OnVerdict<Request>
}

/**
 * Puts the verifier before a fetch-style handler (`Request` → `Response`), as Hono, Workers, Deno, Bun and Next run
 * them. A refused request is answered with problem details and never reaches the handler; an accepted one does, with
 * its body to read again. An event stream that the handler answers with is ended when the delegation ends.
 *
 * It also takes the chains that agents send in advance because no request field holds them: let one gate of the
 * verifier see `POST /.well-known/agent-delegation`.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, when the gate is made, naming what is to be mended; when it
 *   is called, `ERR_PROCURA_INVALID_ARGUMENT` for what is no `Request`.
 */
export function requireDelegation(
  options: FetchGateOptions,
  handler: (request: Request, delegation: VerifiedPresentation) => Response | Promise<Response>,
): (request: Request) => Promise<Response> {
  const { verifier, ask, onVerdict } = options
  assertListener(onVerdict)
  const maxBodyBytes = readMaxBodyBytes(options.maxBodyBytes)
  refuseUnknown(options, GATE_OPTIONS, 'requireDelegation()')
  if (typeof ask !== 'function') assertAsk(ask)
  return async (request) => {
    assertRequest(request)
    const decided = <V extends PresentationVerdict>(verdict: V): V => announce(onVerdict, verdict, request)
    const isUpload = isChainUpload({ method: request.method, target: targetOf(request) })
    const body = await readBounded(request.body, isUpload ? MAX_UPLOAD_BYTES : maxBodyBytes)
    if (body === undefined) {
      const { refusal } = decided(ownRefusal({ code: 'limit_exceeded', dimension: 'body' }))
      return respond(problemOf(refusal, verifier.origin))
    }
    if (isUpload) return respond(await answerUpload(verifier, present(request, body), decided))
    const asked = typeof ask === 'function' ? await ask(request, body) : ask
    const verdict = decided(await verifier.verify(present(request, body), asked))
    if (!verdict.verified) return respond(problemOf(verdict.refusal, verifier.origin))
    const response = await handler(request.body === null ? request : new Request(request, { body }), verdict)
    const isEvents = isEventStream(response.headers.get('content-type') ?? undefined)
    return isEvents ? endWithDelegation(verifier, verdict, response) : response
  }
}

const GATE_OPTIONS: KnownOptions<FetchGateOptions> = {
  verifier: true,
  ask: true,
  maxBodyBytes: true,
  onVerdict: true,
}

const ASK_MEMBERS: KnownOptions<FetchAsk> = {
  action: true,
  identifier: true,
  arguments: true,
  clientAddress: true,
}

/** What is asked at every request alike. */
function assertAsk(ask: FetchAsk): void {
  readActionName(ask?.action, 'ask.action')
  refuseUnknown(ask, ASK_MEMBERS, 'ask')
  if (ask.identifier !== undefined && typeof ask.identifier !== 'string')
    misconfigured('ask.identifier must be a text, such as "inbox/support"')
}

/** Frameworks hand routes something of their own, with the request in it. */
function assertRequest(request: Partial<Request> | undefined): void {
  if (typeof request?.url === 'string' && typeof request.headers?.get === 'function') return
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_ARGUMENT',
    "the gate takes a Request; in Hono that is c.req.raw: app.get('/inbox', (c) => gate(c.req.raw))",
  )
}

function present(request: Request, body: Uint8Array): PresentedRequest {
  return {
    method: request.method,
    target: targetOf(request),
    header: (name) => request.headers.get(name) ?? undefined,
    body,
  }
}

function targetOf({ url }: Request): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

function respond({ status, headers, body }: Answer): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), { status, headers })
}
